package ci.launcher;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ci.testing.Ran;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./jbang` once it has JBang: what it runs, and when it builds.
@Tag("launcher")
class LauncherTest {
  private static final String HELLO =
      """
      package server;
      public class Server {
        public static void main(String... args) throws Exception {
          System.out.println("hello " + java.util.List.of(args) + " " + Word.WORD);
          System.exit(args.length);
        }
      }
      """;

  @TempDir Path folder;

  private TestProject project;

  @BeforeEach
  void write() throws Exception {
    project = new TestProject(folder.resolve("a project's folder"));
    project.write("server/Server.java", TestProject.SCRIPT + HELLO);
    project.write("server/Word.java", word("one"));
    project.provideJBang();
  }

  private static String word(String word) {
    return "package server;\nclass Word { static final String WORD = \"" + word + "\"; }\n";
  }

  @Test
  void argumentsAndExitCodesPassThroughFromAnyFolderAndThroughALink() throws Exception {
    var link = Files.createSymbolicLink(folder.resolve("a link"), project.launcher());
    for (int i = 0; i < 2; i++) { // built, then remembered
      var ran =
          Ran.run(folder, project.environment(), link.toString(), "server@catalog", "a  b", "$x'");
      assertEquals("hello [a  b, $x'] one\n", ran.out(), ran.err());
      assertEquals(2, ran.code());
    }
  }

  @Test
  void anUnchangedCommandNeedsNoJBangAndAChangedOneIsBuiltAnew() throws Exception {
    assertEquals("hello [] one\n", project.run("server@catalog").out());
    var jar = project.jbangJar();
    var aside = Files.move(jar, folder.resolve("aside"));
    assertEquals("hello [] one\n", project.run("server@catalog").out(), "without JBang");

    Files.move(aside, jar);
    project.write("server/Word.java", word("two"));
    assertEquals("hello [] two\n", project.run("server@catalog").out());
    project.write("server/Word.java", word("one"));
    assertEquals("hello [] one\n", project.run("server@catalog").out(), "changed back");
  }

  @Test
  void theRunThatMakesAClassArchiveIsNotTheOneThatIsRemembered() throws Exception {
    project.write("server/Server.java", "//" + "CDS\n" + TestProject.SCRIPT + HELLO);
    assertEquals("hello [] one\n", project.run("server@catalog").out());
    assertEquals("", project.remembered());
    assertEquals("hello [] one\n", project.run("server@catalog").out());
    assertTrue(project.remembered().contains("-XX:SharedArchiveFile="), project::remembered);
  }

  @Test
  void aCommandWhoseJarWasRemovedIsBuiltAnew() throws Exception {
    assertEquals("hello [] one\n", project.run("server@catalog").out());
    project.deleteBuiltJars();
    var ran = project.run("server@catalog");
    assertEquals("hello [] one\n", ran.out(), ran.err());
  }

  @Test
  void aProgramThatDoesNotCompileIsNotRememberedAndSaysWhy() throws Exception {
    project.write("server/Word.java", "package server;\nclass Word {}\n");
    var ran = project.run("server@catalog");
    assertAll(
        () -> assertTrue(ran.code() > 0),
        () -> assertEquals("", ran.out()),
        () -> assertTrue(ran.err().contains("WORD"), ran.err()));
    project.write("server/Word.java", word("mended"));
    assertEquals("hello [] mended\n", project.run("server@catalog").out());
  }

  @Test
  void twoFirstStartsAtOnceBothBuildRightAndThenRunTogether() throws Exception {
    // Each program waits for the other's file: held apart by a lock they would not end with 0.
    project.write("server/Server.java", TestProject.SCRIPT + TestProject.MEETING);
    for (boolean withFlock : List.of(true, false)) {
      project.deleteBuiltJars();
      var environment = withFlock ? project.environment() : project.environmentWithout("flock");
      var meeting = Files.createTempDirectory(folder, "meeting").toString();
      var one = project.start(environment, "server@catalog", meeting, "one", "two");
      var two = project.start(environment, "server@catalog", meeting, "two", "one");
      for (var ran : List.of(one.join(), two.join())) {
        assertEquals("met\n", ran.out(), "flock " + withFlock + ": " + ran.err());
      }
    }
  }

  @Test
  void aHolderOfTheLockThatWasKilledBlocksNobody() throws Exception {
    var gone = new ProcessBuilder("true").start();
    gone.waitFor();
    Files.createSymbolicLink(
        project.state().resolve("lock.holder"), Path.of(Long.toString(gone.pid())));
    var ran = Ran.run(folder, project.environmentWithout("flock"), project.command());
    assertEquals("hello [] one\n", ran.out(), ran.err());
    assertFalse(Files.isSymbolicLink(project.state().resolve("lock.holder")));
  }

  @Test
  void anInterruptReachesTheProgram() throws Exception {
    project.write("server/Server.java", TestProject.SCRIPT + TestProject.UNTIL_STOPPED);
    var ready = folder.resolve("ready");
    var stopped = folder.resolve("stopped");
    var running =
        project.start(
            project.environment(), "server@catalog", ready.toString(), stopped.toString());
    TestProject.await(ready, running);
    new ProcessBuilder("kill", "-INT", Long.toString(running.process().pid())).start().waitFor();
    assertEquals(130, running.join().code());
    assertTrue(Files.exists(stopped), "the program's shutdown hook ran");
  }

  @Test
  void whatIsNoCommandIsRefused() throws Exception {
    var unknown = project.run("nonsense@catalog");
    assertTrue(unknown.code() > 0 && unknown.err().contains("nonsense"), unknown.err());
    var odd = project.run("a b@catalog");
    assertEquals(3, odd.code());
    assertTrue(odd.err().contains("a b@catalog is no command"), odd.err());
  }

  @Test
  void everythingElseIsJBangsOwn() throws Exception {
    assertEquals(0, project.run("--version").code());
    var ran = project.run("server/Server.java", "x");
    assertEquals("hello [x] one\n", ran.out(), ran.err());
    assertEquals(1, ran.code());
  }
}
