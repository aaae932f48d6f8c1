package ci.check;

import bench.cluster.Cluster;
import bench.cluster.Part;
import bench.cluster.ServerPart;
import fixtures.urls.EnvironmentError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// Makes faults, one after the other, in an order and at places of the run that the seed decides:
/// each kind at least once, more of them in a longer run. Lives on a thread of its own.
final class Nemesis {
  private static final int MESSAGES_TO_A_FAULT = 25_000; // beyond each kind once
  private static final int AWAY_MIN_MILLIS = 100; // of what was killed
  private static final int AWAY_MAX_MILLIS = 2_000;
  private static final int PAUSE_MIN_MILLIS = 500;
  private static final int PAUSE_MAX_MILLIS = 8_000; // beyond the statement time-out of 5 s
  private static final int STALL_MIN_MILLIS = 1_000;
  private static final int STALL_MAX_MILLIS = 6_000;
  private static final double CUT = 0.6; // of the sockets
  private static final double STALLED = 0.3;

  /// The last fault meets the last messages: what was committed and not answered is followed by
  /// nothing that would tell of it.
  private static final List<FaultKind> LAST =
      List.of(FaultKind.KILL_SERVER, FaultKind.KILL_POSTGRES, FaultKind.KILL_CQL);

  private static final int LAST_MESSAGES = 40; // are begun when it comes, and under way with others
  private static final long POLL_MILLIS = 2; // how far the clients are can only be asked for
  private static final long READY_MILLIS = 120_000; // a server finds its databases within seconds
  private static final long PROGRESS_MILLIS = 120_000; // without one message more: it is stuck

  private final Cluster cluster;
  private final Fleet fleet;
  private final Random random;
  private final List<FaultKind> plan = new ArrayList<>();
  private final List<Fault> made = new ArrayList<>(); // guarded by itself

  Nemesis(Cluster cluster, Fleet fleet, Collection<FaultKind> kinds, long seed) {
    this.cluster = cluster;
    this.fleet = fleet;
    this.random = new Random(~seed);
    int faults = kinds.isEmpty() ? 0 : kinds.size() + fleet.history.messages / MESSAGES_TO_A_FAULT;
    while (plan.size() < faults) {
      List<FaultKind> round = new ArrayList<>(kinds);
      Collections.shuffle(round, random);
      plan.addAll(round.subList(0, Math.min(round.size(), faults - plan.size())));
    }
    List<FaultKind> last = new ArrayList<>(LAST);
    last.retainAll(kinds);
    if (!last.isEmpty()) {
      plan.add(last.get(random.nextInt(last.size())));
    }
  }

  List<Fault> made() {
    synchronized (made) {
      return List.copyOf(made);
    }
  }

  /// Makes all faults and heals each. The clients stay within reach: they don't get further than
  /// one fault's share of the messages before it is over.
  void run() {
    int parts = plan.size() + 1;
    int messages = fleet.history.messages;
    for (int i = 0; i < plan.size(); i++) {
      int from = (int) ((long) messages * i / parts);
      int to = (int) ((long) messages * (i + 1) / parts);
      // The first part has no fault before it: what works without one is seen first.
      int at = from + random.nextInt(Math.max(1, (to - from) * 3 / 4));
      boolean last = i == plan.size() - 1 && LAST.contains(plan.get(i));
      fleet.allow(last ? messages : to);
      awaitBegun(last ? messages - LAST_MESSAGES : at);
      make(plan.get(i));
    }
    fleet.allow(messages);
  }

  private void awaitBegun(int messages) {
    int before = -1;
    long end = 0;
    while (fleet.begun() < messages) {
      if (fleet.begun() != before) {
        before = fleet.begun();
        end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PROGRESS_MILLIS);
      } else if (System.nanoTime() - end > 0) {
        throw new EnvironmentError(
            "no message was begun for %d s, after %d of them"
                .formatted(PROGRESS_MILLIS / 1000, before));
      }
      sleep(POLL_MILLIS);
    }
  }

  private void make(FaultKind kind) {
    long at = fleet.micros();
    String target =
        switch (kind) {
          case KILL_SERVER -> kill(anyServer());
          case KILL_POSTGRES -> kill(cluster.postgres());
          case KILL_REDIS -> kill(cluster.redis());
          case KILL_CQL -> kill(cluster.cql().orElseThrow());
          case CUT_SOCKETS -> cut();
          case STALL_READERS -> stall();
          case PAUSE -> pause();
        };
    awaitReady();
    synchronized (made) {
      made.add(new Fault(kind.toString(), target, at / 1e6, (fleet.micros() - at) / 1e6));
    }
  }

  private String kill(Part part) {
    part.kill();
    sleep(random.nextInt(AWAY_MIN_MILLIS, AWAY_MAX_MILLIS));
    part.start();
    return part.name();
  }

  private String pause() {
    List<Part> all = cluster.parts().stream().filter(Part::ours).toList();
    Part part = all.get(random.nextInt(all.size()));
    part.pause();
    try {
      sleep(random.nextInt(PAUSE_MIN_MILLIS, PAUSE_MAX_MILLIS));
    } finally {
      part.resume();
    }
    return part.name();
  }

  private String cut() {
    var cut =
        fleet.ask(client -> {
          boolean chosen = fleet.random.nextDouble() < CUT;
          if (chosen) {
            client.cut();
          }
          return chosen;
        });
    return Collections.frequency(cut, true) + " sockets";
  }

  private String stall() {
    var stalled =
        fleet.ask(client -> {
          boolean chosen = fleet.random.nextDouble() < STALLED;
          if (chosen) {
            client.reading(false);
          }
          return chosen;
        });
    sleep(random.nextInt(STALL_MIN_MILLIS, STALL_MAX_MILLIS));
    fleet.ask(client -> {
      client.reading(true);
      return null;
    });
    return Collections.frequency(stalled, true) + " sockets";
  }

  private ServerPart anyServer() {
    return cluster.servers().get(random.nextInt(cluster.servers().size()));
  }

  private void awaitReady() {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_MILLIS);
    for (ServerPart server : cluster.servers()) {
      while (!server.ready(true)) {
        if (System.nanoTime() - end > 0) {
          throw new EnvironmentError(
              server.name()
                  + " is not ready, long after everything is there again: "
                  + server.health());
        }
        sleep(POLL_MILLIS);
      }
    }
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted");
    }
  }
}
