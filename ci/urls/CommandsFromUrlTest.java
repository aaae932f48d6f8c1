package ci.urls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ci.lint.Tree;
import ci.run.Checkout;
import ci.testing.Ran;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Every command of the catalog runs from a URL: what an index doesn't list is missing there.
///
/// A file server on loopback holds the project's files and nothing else. JBang's folder and the
/// local repository are empty at first, so that all artifacts are fetched, once.
@Tag("urls")
class CommandsFromUrlTest {
  private static final Duration READY = Duration.ofMinutes(3); // built, with all engines fetched
  private static final Pattern LISTENING = Pattern.compile("listening on (http://\\S+)");

  @TempDir static Path folder;

  private static HttpServer files;
  private static String catalog;
  private static Path checkout;

  @BeforeAll
  static void serveTheProject() throws Exception {
    assumeTrue(Checkout.find().isPresent(), "needs a checkout to serve");
    checkout = Checkout.find().orElseThrow();
    var export = folder.resolve("export");
    for (var file : Tree.read(checkout).files()) {
      var copy = export.resolve(file.path());
      Files.createDirectories(copy.getParent());
      Files.writeString(copy, file.text());
    }
    files =
        SimpleFileServer.createFileServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            export.toAbsolutePath(),
            SimpleFileServer.OutputLevel.NONE);
    files.start();
    catalog = "http://localhost:" + files.getAddress().getPort() + "/jbang-catalog.json";
  }

  @AfterAll
  static void stop() {
    if (files != null) files.stop(0);
  }

  @TestFactory
  List<DynamicTest> everyCommandShowsItsHelp() throws Exception {
    var tests = new ArrayList<DynamicTest>();
    var text = Files.readString(folder.resolve("export/jbang-catalog.json"));
    for (String name : new JsonMapper().readTree(text).get("aliases").propertyNames()) {
      tests.add(
          dynamicTest(
              name,
              () -> {
                var ran = start(name, "--help").join();
                assertEquals(0, ran.code(), ran.err());
                assertTrue(ran.out().contains(name), ran.out());
              }));
    }
    return tests;
  }

  @Test
  void theServerComesToReadinessAndStopsWhenTold() throws Exception {
    var running = start("server", "--port", "0");
    try {
      var address = URI.create(listening(running)).resolve("/health/ready");
      try (var client = HttpClient.newHttpClient()) {
        var answer = client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
        assertEquals(200, answer.statusCode(), answer.body());
      }
    } finally {
      running.process().destroy(); // SIGTERM
    }
    var ran = running.join();
    assertTrue(ran.code() == 0 || ran.code() == 143, "exit code " + ran.code() + ": " + ran.err());
  }

  private static String listening(Ran.Running running) throws IOException, InterruptedException {
    var limit = System.nanoTime() + READY.toNanos();
    while (System.nanoTime() < limit && running.process().isAlive()) {
      var line = LISTENING.matcher(Files.readString(running.out()));
      if (line.find()) return line.group(1);
      LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
    }
    running.process().destroy();
    throw new AssertionError("the server did not come to readiness: " + running.join());
  }

  /// Starts a command as a stranger would, from an empty folder.
  private static Ran.Running start(String name, String... arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(checkout.resolve("jbang").toString());
    command.add(name + "@" + catalog);
    command.addAll(List.of(arguments));
    return Ran.start(Files.createTempDirectory(folder, name), environment(), command);
  }

  private static Map<String, String> environment() {
    var environment = new HashMap<>(System.getenv());
    environment.keySet().removeIf(key -> key.matches("(?!VYRY_MAVEN).*_URL|VYRY_(?!MAVEN).*"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("JBANG_DIR", folder.resolve("jbang").toString());
    environment.put("JBANG_REPO", folder.resolve("repository").toString());
    return environment;
  }
}
