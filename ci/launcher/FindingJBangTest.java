package ci.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ci.testing.Ran;
import com.sun.net.httpserver.SimpleFileServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How `./jbang` comes by JBang and a JDK, and what it says when it can't.
@Tag("launcher")
class FindingJBangTest {
  private static final String HELLO =
      """
      package server;
      public class Server {
        public static void main(String... args) {
          System.out.println("hello");
        }
      }
      """;

  @TempDir Path folder;

  private TestProject project;

  @BeforeEach
  void write() throws Exception {
    project = new TestProject(folder.resolve("project"));
    project.write("server/Server.java", TestProject.SCRIPT + HELLO);
    project.write("server/Word.java", "package server;\nclass Word {}\n");
  }

  @Test
  void withoutJBangAndWithoutMavenOneSentenceSaysWhatToDo() throws Exception {
    var ran = run(project.environmentWithout("mvn"));
    assertEquals(
        "jbang: no JBang %s or newer: install JBang, or Maven, or set VYRY_MAVEN_URL to the base URL of a Maven repository.\n"
            .formatted(TestProject.version()),
        ran.err());
    assertEquals(3, ran.code());
  }

  @Test
  void theJarIsFetchedFromTheGivenRepositoryAndChecked() throws Exception {
    var file = published();
    Files.createLink(file, TestProject.pinnedJar());
    var ran = runWithRepository();
    assertEquals("hello\n", ran.out(), ran.err());

    Files.delete(project.jbangJar());
    Files.delete(file);
    Files.writeString(file, "another program");
    project.write("server/Word.java", "package server;\nclass Word { int changed; }\n");
    ran = runWithRepository();
    assertEquals(3, ran.code());
    assertTrue(ran.err().contains("refused") && ran.err().contains("SHA-256"), ran.err());
    assertNothingFetched();
  }

  @Test
  void aRepositoryThatDoesNotAnswerIsToldInOneSentence() throws Exception {
    Files.createDirectories(folder.resolve("repository"));
    var ran = runWithRepository();
    assertEquals(3, ran.code());
    assertTrue(
        ran.err().contains("jbang: could not fetch JBang " + TestProject.version() + " ("),
        ran.err());
    assertNothingFetched();
  }

  @Test
  void withoutAJdkThatIsNewEnoughOneSentenceSaysWhatToDo() throws Exception {
    project.set("java_version", "99");
    var ran = run(project.environment());
    assertEquals(
        "jbang: no JDK 99 or newer in JAVA_HOME, on the PATH or in the usual folders: install one,"
            + " or set JAVA_HOME to it.\n",
        ran.err());
    assertEquals(3, ran.code());
  }

  @Test
  void aJdkIsFoundInTheUsualFoldersWhenJavaHomeIsTooOld() throws Exception {
    project.provideJBang();
    var old = fakeJdk(folder.resolve("old"), "17.0.15");
    var environment = project.environment();
    environment.put("JAVA_HOME", old.toString());
    var jdks = Files.createDirectories(folder.resolve("project/.jdks")); // HOME is the project
    Files.createSymbolicLink(jdks.resolve("mine"), Path.of(System.getProperty("java.home")));
    var ran = run(environment);
    assertEquals("hello\n", ran.out(), ran.err());
  }

  @Test
  void anInstalledJBangIsUsedWhenItIsNewEnough() throws Exception {
    var environment = project.environmentWithout("mvn");
    install(environment, "0.200.0");
    var ran = run(environment);
    assertEquals(
        "installed run server@%s/jbang-catalog.json\n".formatted(root()), ran.out(), ran.err());
    assertTrue(ran.err().contains("installed build server@"), "built first, under the lock");

    install(environment, "0.131.9");
    project.write("server/Word.java", "package server;\nclass Word { int changed; }\n");
    assertEquals(3, run(environment).code(), "too old, and no other is to be had");
  }

  private Path root() throws IOException {
    return folder.toRealPath().resolve("project");
  }

  private Ran run(Map<String, String> environment) throws Exception {
    return Ran.run(folder, environment, project.command());
  }

  private Ran runWithRepository() throws Exception {
    var server =
        SimpleFileServer.createFileServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            folder.resolve("repository").toAbsolutePath(),
            SimpleFileServer.OutputLevel.NONE);
    server.start();
    try {
      var environment = project.environmentWithout("mvn");
      environment.put("VYRY_MAVEN_URL", "http://localhost:" + server.getAddress().getPort() + "/");
      return run(environment);
    } finally {
      server.stop(0);
    }
  }

  private Path published() throws IOException {
    var version = TestProject.version();
    var place = folder.resolve("repository/dev/jbang/jbang-cli").resolve(version);
    return Files.createDirectories(place).resolve("jbang-cli-" + version + "-all.jar");
  }

  private void assertNothingFetched() throws IOException {
    try (var files = Files.list(project.state())) {
      assertFalse(
          files
              .map(Path::getFileName)
              .map(Path::toString)
              .anyMatch(n -> n.matches(".*jar|fetch.*")));
    }
  }

  private static Path fakeJdk(Path home, String version) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    var javac = Files.writeString(home.resolve("bin/javac"), "");
    javac.toFile().setExecutable(true);
    return home;
  }

  /// A jbang on the PATH that says what it is called with.
  private static void install(Map<String, String> environment, String version) throws IOException {
    var file = Path.of(environment.get("PATH"), "jbang");
    Files.deleteIfExists(file);
    Files.writeString(
        file,
        """
        #!/bin/sh
        if [ "$1" = --version ]; then echo %s >&2; else echo installed "$@"; fi
        """
            .formatted(version));
    file.toFile().setExecutable(true);
  }
}
