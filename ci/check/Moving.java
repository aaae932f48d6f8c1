package ci.check;

import bench.cluster.Cluster;
import bench.cluster.EnginePart;
import bench.cluster.Part;
import bench.cluster.ServerPart;
import fixtures.urls.EnvironmentError;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import migrate.move.FailPoint;
import migrate.move.Subject;

/// Makes a whole move while clients send, in a process of its own, and kills somebody at a place of
/// it. Lives on a thread of its own.
final class Moving {
  private static final int TICK_MILLIS = 100;
  private static final int SECONDS = 20; // over which the messages are spread, at least
  private static final long STILL_MILLIS = 2_000; // before the move, and behind it
  private static final long AWAY_MILLIS = 500; // of what was killed
  private static final int MOST_RUNS = 8; // of the mover: one, and some to resume
  private static final long RUN_SECONDS = 180; // a mover that hangs is a fault
  private static final long READY_SECONDS = 120; // a server asks for the outcome, and starts
  private static final long BETWEEN_MILLIS = 1_000; // two runs: what was killed comes back

  private final Cluster cluster;
  private final Fleet fleet;
  private final During during;
  private final List<Fault> made = new ArrayList<>(); // guarded by itself
  private boolean killed; // the one that was to be

  Moving(Cluster cluster, Fleet fleet, During during) {
    this.cluster = cluster;
    this.fleet = fleet;
    this.during = during;
  }

  List<Fault> made() {
    synchronized (made) {
      return List.copyOf(made);
    }
  }

  /// Lets the clients send at an even rate meanwhile, and all the rest afterwards.
  void run() throws InterruptedException {
    int messages = fleet.history.messages;
    var pacing =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                for (int tick = 1; ; tick++) { // ends by being interrupted
                  // The last tenth is for what comes behind the move.
                  long allowed = (long) messages * tick * TICK_MILLIS / (SECONDS * 1_000L);
                  fleet.allow((int) Math.min(allowed, messages * 9L / 10));
                  Thread.sleep(TICK_MILLIS);
                }
              } catch (InterruptedException _) {
                // The move is over.
              }
            });
    try {
      Thread.sleep(STILL_MILLIS);
      EnginePart source = during.subject() == Subject.REDIS ? cluster.redis() : cluster.postgres();
      EnginePart target =
          switch (during.subject()) {
            case POSTGRES -> cluster.anotherPostgres();
            case REDIS -> cluster.anotherRedis();
            case MESSAGES -> cluster.anotherCql();
          };
      move(source, target, "start");
      Thread.sleep(STILL_MILLIS);
      if (during.back()) {
        move(source, target, "rollback");
        Thread.sleep(STILL_MILLIS);
      } else {
        switch (during.subject()) {
          case POSTGRES -> cluster.postgresIs(target);
          case REDIS -> cluster.redisIs(target);
          case MESSAGES -> cluster.cqlIs(target);
        }
      }
      awaitReady();
    } finally {
      pacing.interrupt();
      pacing.join();
      fleet.allow(messages);
    }
  }

  /// What was killed is there again, also a server.
  private void awaitReady() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    for (ServerPart server : cluster.servers()) {
      while (!server.ready(true)) {
        if (System.nanoTime() - end > 0) {
          throw new EnvironmentError(server.name() + " is not ready: " + server.health());
        }
        Thread.sleep(TICK_MILLIS);
      }
    }
  }

  private void move(EnginePart source, EnginePart target, String verb) throws InterruptedException {
    String next = verb;
    List<String> said = new ArrayList<>();
    for (int i = 0; i < MOST_RUNS; i++) {
      said.clear();
      if (once(source, target, next, said)) {
        return;
      }
      Thread.sleep(BETWEEN_MILLIS);
      for (Part part : List.of(source, target)) {
        part.start();
      }
      // What was broken off is gone on with; a roll-back is told again.
      next = verb.equals("start") ? "resume" : verb;
    }
    throw new EnvironmentError("the mover did not get through: " + String.join("; ", said));
  }

  private boolean once(EnginePart source, EnginePart target, String verb, List<String> said)
      throws InterruptedException {
    long at = fleet.micros();
    Process child = start(source, target, verb);
    var timer = Thread.ofVirtual().start(() -> end(child));
    try (BufferedReader lines = child.inputReader()) {
      for (String line; (line = lines.readLine()) != null; ) {
        said.add(line);
        if (line.startsWith(FailPoint.REACHED)) {
          kill(source, target);
          child.outputWriter().write("\n");
          child.outputWriter().flush();
        } else if (line.contains("cut over:")
            || line.contains("rolled back:")
            || line.contains("servers moved")) {
          note(line, fleet.micros());
        }
      }
    } catch (IOException e) {
      said.add(e.toString());
    }
    int code = child.waitFor();
    timer.interrupt();
    note("mover %s: exit %d%s".formatted(verb, code, code == 0 ? "" : last(said)), at);
    return code == 0;
  }

  private static String last(List<String> said) {
    return said.isEmpty() ? "" : ", " + said.getLast();
  }

  private static void end(Process child) {
    try {
      if (!child.waitFor(RUN_SECONDS, TimeUnit.SECONDS)) {
        child.destroyForcibly();
      }
    } catch (InterruptedException _) {
      // It has ended.
    }
  }

  private void note(String what, long atMicros) {
    synchronized (made) {
      made.add(
          new Fault(during.toString(), what, atMicros / 1e6, (fleet.micros() - atMicros) / 1e6));
    }
  }

  private void kill(EnginePart source, EnginePart target) throws InterruptedException {
    Part part =
        switch (during.killed()) {
          case "source" -> source;
          case "target" -> target;
          default -> cluster.servers().getFirst();
        };
    long at = fleet.micros();
    part.kill();
    Thread.sleep(AWAY_MILLIS);
    Thread.ofVirtual().start(part::start); // a server waits for the mover's decision
    note("killed " + during.killed() + " at " + during.place(), at);
  }

  private Process start(EnginePart source, EnginePart target, String verb) {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1", // it is short-lived
            "-XX:+UseSerialGC",
            "-Dlogback.configurationFile=ci/run/logback-test.xml",
            "-cp",
            classPath,
            MoverProgram.class.getName(),
            during.subject().toString(),
            verb);
    var environment = builder.environment();
    boolean postgres = during.subject() == Subject.POSTGRES;
    environment.put(MoverProgram.POSTGRES, postgres ? source.url() : cluster.postgres().url());
    environment.put(MoverProgram.REDIS, cluster.redis().url());
    environment.put(MoverProgram.TO, target.url());
    if (!killed && !during.killed().isEmpty()) {
      killed = true;
      environment.put(
          "MIGRATE_FAILPOINT",
          during.place() + (during.killed().equals("mover") ? ":kill" : ":wait"));
    }
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new EnvironmentError("the mover can't be started: " + e.getMessage(), e);
    }
  }
}
