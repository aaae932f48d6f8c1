package ci.check;

import bench.cluster.Cluster;
import bench.cluster.EnginePart;
import bench.cluster.Part;
import bench.cluster.ServerPart;
import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import migrate.move.FailPoint;
import migrate.move.MoveEvent;
import migrate.move.MoveTable;
import migrate.move.Subject;
import org.jooq.impl.DSL;

/// Makes a whole move while clients send, in a process of its own, and kills somebody at a place of
/// it. Lives on a thread of its own.
final class Moving {
  private static final int TICK_MILLIS = 100;
  private static final int SECONDS = 20; // over which the messages are spread, at least
  private static final long STILL_MILLIS = 2_000; // before the move, and behind it

  /// Before a move that copies for long, which is to be compared with what was before it: servers
  /// get faster for some seconds.
  private static final long WARM_MILLIS = 10_000 + Moved.BEFORE.toMillis();

  private static final int STORED_A_SECOND = 10_000; // at least, of what is to be copied
  private static final long AWAY_MILLIS = 500; // of what was killed
  private static final int MOST_RUNS = 8; // of the mover: one, and some to resume
  private static final long RUN_SECONDS = 180; // a mover that hangs is a fault
  private static final long READY_SECONDS = 120; // a server asks for the outcome, and starts
  private static final long BETWEEN_MILLIS = 1_000; // two runs: what was killed comes back

  private static final int KILLED = 137; // what a mover's own fail point ends it with

  /// How a mover tells of a cut-over, or of those of many conversations.
  private static final Pattern WAITED =
      Pattern.compile("writes waited for at most (\\d+) ms|most (\\d+)\\.\\d ms$");

  private final Cluster cluster;
  private final Fleet fleet;
  private final During during;
  private final List<Fault> made = new ArrayList<>(); // guarded by itself
  private final List<Integer> pauses = new ArrayList<>();
  private final List<MoveEvent> events = new ArrayList<>();
  private int time; // of several
  private boolean killed; // the one that was to be was told of it
  private boolean hit; // and it has happened

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

  /// What it was like; when it has ended, and nobody sends any more.
  Moved moved() {
    Instant began = Instant.now().minusNanos(fleet.micros() * 1_000);
    return new Moved(
        List.copyOf(pauses),
        List.copyOf(events),
        Moved.sends(fleet.history, began),
        Moved.failed(fleet.history));
  }

  /// Where a move's time line is kept: where its outcome is decided.
  private void remember(String to) {
    boolean postgres = during.subject() == Subject.POSTGRES;
    var url = PostgresUrl.parse(postgres ? to : cluster.postgres().url());
    try (var dsl = DSL.using(url.jdbcUrl(), url.user(), url.password())) {
      var moves = new MoveTable(dsl);
      moves.newest(during.subject()).ifPresent(move -> events.addAll(moves.events(move.id())));
    }
  }

  private long seconds() {
    long once =
        SECONDS
            + during.stored() / STORED_A_SECOND
            + (during.stored() > 0 ? WARM_MILLIS / 1_000 : 0);
    return once * during.times();
  }

  /// Lets the clients send at an even rate meanwhile, and all the rest afterwards.
  void run() throws InterruptedException {
    int messages = fleet.history.messages;
    var pacing =
        Thread.ofPlatform()
            .daemon()
            .start(() -> {
              try {
                for (long tick = 1; ; tick++) { // ends by being interrupted
                  // The last tenth is for what comes behind the move.
                  long allowed = messages * tick * TICK_MILLIS / (seconds() * 1_000L);
                  fleet.allow((int) Math.min(allowed, messages * 9L / 10));
                  Thread.sleep(TICK_MILLIS);
                }
              } catch (InterruptedException _) {
                // The move is over.
              }
            });
    try {
      Thread.sleep(during.stored() > 0 ? WARM_MILLIS : STILL_MILLIS);
      EnginePart source =
          switch (during.subject()) {
            case POSTGRES -> cluster.postgres();
            case REDIS -> cluster.redis();
            case MESSAGES -> cluster.cql().orElse(cluster.postgres());
          };
      EnginePart target =
          switch (during.subject()) {
            case POSTGRES -> cluster.anotherPostgres();
            case REDIS -> cluster.anotherRedis();
            case MESSAGES -> fromCql() ? cluster.postgres() : cluster.anotherCql();
          };
      for (time = 1; time <= during.times(); time++) {
        killed = false;
        hit = false;
        String to = time == 1 ? target.url() : fresh(target);
        move(source, target, to, "start");
        Thread.sleep(STILL_MILLIS);
        if (during.back()) {
          move(source, target, to, "rollback");
          Thread.sleep(STILL_MILLIS);
        }
        for (Part part : List.of(source, target)) {
          part.start(); // no-op unless it was killed and is still on its way
        }
        awaitReady();
        remember(to);
      }
      if (!during.back()) {
        move(source, target, target.url(), "finish");
        switch (during.subject()) {
          case POSTGRES -> cluster.postgresIs(target);
          case REDIS -> cluster.redisIs(target);
          case MESSAGES -> cluster.cqlIs(fromCql() ? null : target);
        }
      }
      awaitReady();
    } finally {
      pacing.interrupt();
      pacing.join();
      fleet.allow(messages);
    }
  }

  private boolean fromCql() {
    return during.subject() == Subject.MESSAGES && cluster.cql().isPresent();
  }

  /// Where the next one of several moves goes: a PostgreSQL database must be empty.
  private String fresh(EnginePart target) {
    if (during.subject() != Subject.POSTGRES) {
      return target.url();
    }
    var url = PostgresUrl.parse(target.url());
    String name = url.database() + "_" + time;
    try (var dsl = DSL.using(url.jdbcUrl(), url.user(), url.password())) {
      dsl.execute("CREATE DATABASE " + name);
    }
    return url.text().replaceFirst("/" + url.database() + "$", "/" + name);
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

  private void move(EnginePart source, EnginePart target, String to, String verb)
      throws InterruptedException {
    String next = verb;
    List<String> said = new ArrayList<>();
    for (int i = 0; i < MOST_RUNS; i++) {
      said.clear();
      if (once(source, target, to, next, said)) {
        if (!during.killed().isEmpty() && !hit) {
          throw new EnvironmentError(
              "nobody was killed: the move did not pass by " + during.place(time));
        }
        return;
      }
      Thread.sleep(BETWEEN_MILLIS);
      for (Part part : List.of(source, target)) {
        part.start();
      }
      // What was broken off is gone on with, unless it gave itself up; a roll-back is told again.
      boolean over = said.stream().anyMatch(line -> line.contains("is under way: begin"));
      next = verb.equals("start") && !over ? "resume" : verb;
    }
    throw new EnvironmentError("the mover did not get through: " + String.join("; ", said));
  }

  private boolean once(
      EnginePart source, EnginePart target, String to, String verb, List<String> said)
      throws InterruptedException {
    long at = fleet.micros();
    Process child = start(source, to, verb);
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
        Matcher waited = WAITED.matcher(line);
        if (waited.find()) {
          pauses.add(Integer.parseInt(waited.group(1) == null ? waited.group(2) : waited.group(1)));
        }
      }
    } catch (IOException e) {
      said.add(e.toString());
    }
    int code = child.waitFor();
    hit |= code == KILLED;
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
    hit = true;
    Thread.sleep(AWAY_MILLIS);
    Thread.ofVirtual().start(part::start); // a server waits for the mover's decision
    note("killed " + during.killed() + " at " + during.place(time), at);
  }

  private Process start(EnginePart source, String to, String verb) {
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
    environment.put(MoverProgram.TO, fromCql() ? source.url() : to);
    environment.put(MoverProgram.PLACE, fromCql() ? "postgres" : "cql");
    if (!killed && !during.killed().isEmpty()) {
      killed = true;
      environment.put(
          "MIGRATE_FAILPOINT",
          during.place(time) + (during.killed().equals("mover") ? ":kill" : ":wait"));
    }
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return builder.start();
    } catch (IOException e) {
      throw new EnvironmentError("the mover can't be started: " + e.getMessage(), e);
    }
  }
}
