package bench.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ClusterTest {
  private static final int SERVERS = 2;
  private static final long PATIENCE_MILLIS = 30_000; // a busy machine
  private static final long POLL_MILLIS = 20; // other processes can only be asked for

  private static Cluster cluster;

  @BeforeAll
  static void start() {
    cluster = Cluster.start(ClusterOptions.of(SERVERS));
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  /// For the test of a killed parent: holds a cluster and prints its folder and its processes.
  public static void main(String[] arguments) throws InterruptedException {
    var held = Cluster.start(ClusterOptions.of(1));
    System.out.println("folder " + held.servers().getFirst().log().getParent().getParent());
    held.parts().forEach(part -> System.out.println("pid " + part.pid()));
    held.servers().getFirst().pause(); // it could not end itself
    System.out.println("held");
    Thread.currentThread().join();
  }

  private static void until(String what, BooleanSupplier condition) {
    long end = System.currentTimeMillis() + PATIENCE_MILLIS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.currentTimeMillis() < end, what);
      Processes.pause(POLL_MILLIS);
    }
  }

  @Test
  void aKilledServerIsGoneAndComesBackOnItsPort() {
    ServerPart server = cluster.servers().getFirst();
    long pid = server.pid();
    long used = server.cpuNanos();
    server.kill();
    assertTrue(Processes.gone(pid));
    assertFalse(server.ready(false));
    assertTrue(server.cpuNanos() >= used, "what it used stays counted");
    server.start();
    assertTrue(server.ready(true));
    assertTrue(cluster.servers().getLast().ready(true));
  }

  @Test
  void killedDatabasesComeBackWhereTheServersFindThem() {
    for (EnginePart engine : List.of(cluster.postgres(), cluster.redis())) {
      String url = engine.url();
      List<Long> processes = Processes.tree(engine.pid());
      engine.kill();
      assertTrue(processes.stream().allMatch(Processes::gone), engine.name());
      assertEquals(0, engine.pid());
      engine.start();
      assertEquals(url, engine.url());
      for (ServerPart server : cluster.servers()) {
        until(server.name() + " finds " + engine.name(), () -> server.ready(true));
      }
    }
  }

  @Test
  void aPausedServerDoesNotAnswerUntilItIsResumed() {
    ServerPart server = cluster.servers().getLast();
    server.pause();
    assertFalse(server.ready(false));
    server.resume();
    until("it answers again", () -> server.ready(true));
  }

  @Test
  void eachPartTellsItsProcessorTimeAndMemory() {
    for (Part part : cluster.parts()) {
      assertTrue(part.cpuNanos() > 0 || part.name().equals("redis"), part.name());
      assertTrue(part.rssBytes() > 1 << 20, part.name() + " " + part.rssBytes());
    }
  }

  @Test
  void theServersHaveTheOptionsOfTheScript() throws IOException {
    assertFalse(Cluster.jvmOptions().isEmpty());
    String command =
        Files.readString(Path.of("/proc/" + cluster.servers().getFirst().pid() + "/cmdline"));
    List<String> arguments = List.of(command.split("\0"));
    assertTrue(arguments.containsAll(Cluster.jvmOptions()), command);
  }

  @Test
  void nothingOutlivesAKilledProgram() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ClusterTest.class.getName());
    Process program =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    List<Long> pids = new ArrayList<>();
    Path folder = null;
    for (String line = program.inputReader().readLine();
        !"held".equals(line);
        line = program.inputReader().readLine()) {
      assertTrue(line != null, "it ended before it had a cluster");
      if (line.startsWith("pid ")) {
        pids.add(Long.parseLong(line.substring(4)));
      } else if (line.startsWith("folder ")) {
        folder = Path.of(line.substring(7));
      }
    }
    assertEquals(3, pids.size());
    program.destroyForcibly().waitFor();
    until("its processes are gone", () -> pids.stream().allMatch(Processes::gone));
    Path left = folder;
    until("its folder is gone", () -> !Files.exists(left));
  }
}
