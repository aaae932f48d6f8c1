package ci.launcher;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ci.run.Checkout;
import ci.testing.Ran;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/// A project of one command with the real launcher, its own JBang folder and its own PATH.
final class TestProject {
  /// What each command starts with, without needing any artifact.
  static final String SCRIPT =
      "///usr/bin/env jbang \"$0\" \"$@\" ; exit $?\n"
          + "//"
          + "JAVA 25+\n//"
          + "SOURCES Word.java\n";

  /// A program that writes its second argument's file and waits for its third's.
  static final String MEETING =
      """
      package server;
      import java.nio.file.*;
      public class Server {
        public static void main(String... args) throws Exception {
          var meeting = Path.of(args[0]);
          Files.createFile(meeting.resolve(args[1]));
          for (int i = 0; i < 600 && !Files.exists(meeting.resolve(args[2])); i++) Thread.sleep(100);
          System.out.println(Files.exists(meeting.resolve(args[2])) ? "met" : "alone");
        }
      }
      """;

  /// A program that writes one file when it runs and another when it is told to stop.
  static final String UNTIL_STOPPED =
      """
      package server;
      import java.nio.file.*;
      public class Server {
        public static void main(String... args) throws Exception {
          Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try { Files.createFile(Path.of(args[1])); } catch (Exception e) { e.printStackTrace(); }
          }));
          Files.createFile(Path.of(args[0]));
          new java.util.concurrent.CountDownLatch(1).await();
        }
      }
      """;

  private static final String CATALOG =
      """
      {"catalogs": {"catalog": {"catalog-ref": "jbang-catalog.json"}},
       "aliases": {"server": {"script-ref": "server/Server.java"}}}
      """;

  /// What the launcher and Maven's own script call.
  private static final List<String> TOOLS =
      List.of(
          "basename",
          "bash",
          "cat",
          "chmod",
          "cksum",
          "curl",
          "dirname",
          "env",
          "expr",
          "find",
          "flock",
          "grep",
          "head",
          "ln",
          "ls",
          "mkdir",
          "mktemp",
          "mv",
          "mvn",
          "readlink",
          "rm",
          "rmdir",
          "sed",
          "sh",
          "sha256sum",
          "sleep",
          "sort",
          "tail",
          "tr",
          "uname",
          "which");

  private final Path root;
  private final Path jbangFolder;

  TestProject(Path root) throws IOException {
    this.root = root;
    this.jbangFolder = root.resolve("jbang folder");
    Files.createDirectories(state());
    write("jbang-catalog.json", CATALOG);
    Files.copy(checkout().resolve("jbang"), launcher());
  }

  static Path checkout() {
    var checkout = Checkout.find();
    assumeTrue(checkout.isPresent(), "needs a checkout: the launcher is not in a command's jar");
    return checkout.get();
  }

  /// Waits until the program has written `file`.
  static void await(Path file, Ran.Running running) throws IOException, InterruptedException {
    var limit = System.nanoTime() + Duration.ofMinutes(2).toNanos(); // it is built first
    while (!Files.exists(file)) {
      if (System.nanoTime() > limit || !running.process().isAlive()) {
        throw new IOException("the program did not start: " + running.join());
      }
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }

  Path launcher() {
    return root.resolve("jbang");
  }

  Path state() {
    return jbangFolder.resolve("launcher");
  }

  Path jbangJar() throws IOException {
    try (var files = Files.list(state())) {
      return files.filter(file -> file.toString().endsWith(".jar")).findFirst().orElseThrow();
    }
  }

  /// The java command that the launcher has remembered, or "".
  String remembered() {
    try (var files = Files.list(state())) {
      var memory = files.filter(f -> f.getFileName().toString().startsWith("server-")).findFirst();
      return memory.isPresent() ? Files.readString(memory.get()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void write(String path, String text) throws IOException {
    Files.createDirectories(root.resolve(path).getParent());
    Files.writeString(root.resolve(path), text);
  }

  /// Puts the launcher's setting `name` at another value.
  void set(String name, String value) throws IOException {
    var text = Files.readString(launcher());
    var changed = text.replaceFirst("(?m)^" + name + "=.*$", name + "=" + value);
    if (changed.equals(text)) throw new AssertionError("the launcher has no setting " + name);
    Files.writeString(launcher(), changed, StandardOpenOption.TRUNCATE_EXISTING);
  }

  /// Gives it the pinned JBang that the real launcher has fetched, or the machine's own.
  void provideJBang() throws IOException, InterruptedException {
    var name = pinnedJar().getFileName();
    Files.createLink(state().resolve(name), pinnedJar());
  }

  /// The version of JBang that the launcher pins.
  static String version() throws IOException {
    var text = Files.readString(checkout().resolve("jbang"));
    return text.replaceFirst("(?s).*?\nversion=(\\S+).*", "$1");
  }

  /// The pinned jar in the JBang folder of whoever runs the tests, fetched if it isn't there.
  static Path pinnedJar() throws IOException, InterruptedException {
    var real = Map.copyOf(System.getenv());
    var home = real.getOrDefault("JBANG_DIR", System.getProperty("user.home") + "/.jbang");
    var jar = Path.of(home, "launcher", "jbang-" + version() + ".jar");
    if (!Files.exists(jar)) {
      Ran.run(checkout(), real, "./jbang", "--version");
      assumeTrue(Files.exists(jar), "the launcher uses an installed JBang here, and fetched none");
    }
    return jar;
  }

  void deleteBuiltJars() throws IOException {
    var cache = jbangFolder.resolve("cache/jars");
    if (!Files.exists(cache)) return;
    try (var paths = Files.walk(cache)) {
      for (var path : paths.sorted(Comparator.reverseOrder()).toList()) Files.delete(path);
    }
  }

  /// An environment with an empty home and a PATH that holds [#TOOLS] and nothing else.
  Map<String, String> environment() throws IOException {
    return environmentWithout();
  }

  Map<String, String> environmentWithout(String... missing) throws IOException {
    var bin = Files.createTempDirectory(root, "bin");
    var tools = new ArrayList<>(TOOLS);
    tools.removeAll(List.of(missing));
    for (String tool : tools) {
      for (String folder : System.getenv("PATH").split(":")) {
        var file = Path.of(folder, tool);
        if (Files.isExecutable(file)) {
          var script = bin.resolve(tool); // a link would be reported when the folder is removed
          Files.writeString(script, "#!/bin/sh\nexec '" + file + "' \"$@\"\n");
          script.toFile().setExecutable(true);
          break;
        }
      }
    }
    var environment = new HashMap<String, String>();
    environment.put("PATH", bin.toString());
    environment.put("HOME", root.toString());
    environment.put("JBANG_DIR", jbangFolder.toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    return environment;
  }

  String[] command() {
    return new String[] {launcher().toString(), "server@catalog"};
  }

  Ran.Running start(Map<String, String> environment, String... arguments) throws IOException {
    var command = new ArrayList<>(List.of(launcher().toString()));
    command.addAll(List.of(arguments));
    return Ran.start(root, environment, command);
  }

  Ran run(String... arguments) throws IOException, InterruptedException {
    return start(environment(), arguments).join();
  }
}
