package bench.load;

import bench.client.Device;
import bench.cluster.Cluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.HdrHistogram.Histogram;

/// Users on their sockets, who can be made to talk as often as is wanted: each [#measure] starts
/// them, lets them run in, measures, and waits until everything has come through. For one thread.
public final class LoadSession implements Driven, AutoCloseable {
  private static final long DRAIN_MILLIS = 20_000; // in which nothing comes: it is lost
  private static final long FAILED_DRAIN_MILLIS = 5_000; // that of a failed socket never comes
  private static final long MAX_DRAIN_MILLIS = 180_000; // of a queue that gets shorter
  private static final long CATCH_UP_MILLIS = 60_000; // of readers that were stalled
  private static final long POLL_MILLIS = 20; // the lanes can only be asked

  private final Cluster cluster;
  private final LoadOptions options;
  private final List<Lane> lanes = new ArrayList<>();
  private final Engines engines;
  private final ServerHeaps heaps;

  private LoadSession(Cluster cluster, LoadOptions options) {
    this.cluster = cluster;
    this.options = options;
    this.engines = new Engines(cluster);
    this.heaps = new ServerHeaps(cluster);
    for (int i = 0; i < options.loops(); i++) {
      lanes.add(new Lane(i, options));
    }
  }

  /// Logs the users in, makes their conversations and opens their sockets.
  ///
  /// @param firstPhone of their phone numbers: other sessions on the same cluster take others
  public static LoadSession open(Cluster cluster, LoadOptions options, int firstPhone)
      throws IOException, InterruptedException {
    var session = new LoadSession(cluster, options);
    try {
      Population.join(cluster, options, session.lanes, firstPhone);
    } catch (IOException | InterruptedException | RuntimeException e) {
      session.close();
      throw e;
    }
    return session;
  }

  /// Lets them talk, and says what came of it.
  ///
  /// @param runInSeconds before the measured time
  public LoadResult measure(int runInSeconds, int seconds) throws InterruptedException {
    return measure(Pace.of(options), runInSeconds, seconds, Heard.NOBODY);
  }

  /// The same at any pace.
  ///
  /// @param heard is told after each second what there is until then
  @Override
  public LoadResult measure(Pace pace, int runInSeconds, int seconds, Heard heard)
      throws InterruptedException {
    List<Pacer> pacers = new ArrayList<>();
    Outcome earlier = Outcome.of(lanes);
    Reads reads = null;
    try {
      begin(pace, runInSeconds, seconds, pacers);
      reads =
          pace.reads() == 0
              ? null
              : new Reads(Population.address(cluster, 0), lanes, pace.reads(), options.seed());
      lanes.forEach(lane -> lane.call(() -> lane.troubled(true)));
      Map<String, String> described = engines.described();
      for (int second = 1; second <= runInSeconds; second++) {
        TimeUnit.SECONDS.sleep(1);
        heard.warming(second, runInSeconds);
      }
      lanes.forEach(lane -> lane.call(lane.tally()::clear));
      if (reads != null) {
        reads.clear();
      }
      long transactions = engines.postgresTransactions();
      long commands = engines.redisCommands();
      long allocated = heaps.allocatedBytes();
      Costs before = Costs.now(cluster, lanes);
      List<Second> timeline = new ArrayList<>();
      Tally last = new Tally();
      for (int second = 1; second <= seconds; second++) {
        long left = before.atNanos() + TimeUnit.SECONDS.toNanos(second) - System.nanoTime();
        TimeUnit.NANOSECONDS.sleep(Math.max(0, left));
        Tally now = counted();
        timeline.add(new Second(second, now.since(last)));
        last = now;
        Costs used = Costs.now(cluster, lanes).since(before);
        heard.measured(
            new LoadResult(
                options.withPace(pace),
                now,
                Outcome.of(lanes).since(earlier).underWay(),
                used,
                -1,
                -1,
                -1,
                -1,
                described,
                pace,
                List.copyOf(timeline),
                true,
                reads == null ? null : reads.times(),
                reads == null ? 0 : reads.failed()));
        if (options.trouble().stormAfter(second, seconds)) {
          lanes.forEach(lane -> lane.call(() -> lane.storm(options.trouble().stormShare())));
        }
      }
      Costs used = Costs.now(cluster, lanes).since(before);
      Tally tally = counted();
      allocated = allocated < 0 ? -1 : heaps.allocatedBytes() - allocated;
      transactions = engines.postgresTransactions() - transactions;
      commands = engines.redisCommands() - commands;
      long rss = cluster.servers().stream().mapToLong(server -> server.rssBytes()).sum();
      Histogram readTimes = reads == null ? null : reads.times();
      long readsFailed = reads == null ? 0 : reads.failed();
      end(pacers);
      return new LoadResult(
          options.withPace(pace),
          tally,
          Outcome.of(lanes).since(earlier),
          used,
          transactions,
          commands,
          allocated,
          rss,
          described,
          pace,
          timeline,
          false,
          readTimes,
          readsFailed);
    } finally {
      pacers.forEach(Pacer::close);
      if (reads != null) {
        reads.close();
      }
    }
  }

  private Tally counted() {
    var tally = new Tally();
    lanes.forEach(lane -> tally.add(lane.call(lane.tally()::copy)));
    return tally;
  }

  private void begin(Pace pace, int runInSeconds, int seconds, List<Pacer> pacers) {
    for (int i = 0; i < lanes.size(); i++) {
      Lane lane = lanes.get(i);
      lane.call(() -> {
        lane.pace(pace);
        lane.start();
      });
      if (!pace.closed()) {
        double share = 1.0 / lanes.size();
        pacers.add(new Pacer(lane, pace, share, runInSeconds, seconds, options.seed() + i));
      }
    }
  }

  private void end(List<Pacer> pacers) throws InterruptedException {
    pacers.forEach(Pacer::close);
    lanes.forEach(lane -> lane.call(lane::stop));
    await(MAX_DRAIN_MILLIS, new Drained(Outcome.of(lanes).failure() != null));
    lanes.forEach(lane -> lane.call(() -> lane.troubled(false)));
    await(CATCH_UP_MILLIS, () -> Outcome.of(lanes).stalledBehind() == 0);
  }

  /// Whether nothing is under way, or what is will not come any more.
  private final class Drained implements BooleanSupplier {
    private final long patienceNanos;
    private long before = Long.MAX_VALUE;
    private long changedNanos = System.nanoTime();

    Drained(boolean failed) {
      patienceNanos = TimeUnit.MILLISECONDS.toNanos(failed ? FAILED_DRAIN_MILLIS : DRAIN_MILLIS);
    }

    @Override
    public boolean getAsBoolean() {
      long now = System.nanoTime();
      long left = lanes.stream().mapToLong(lane -> lane.call(lane::underWay)).sum();
      if (left < before) {
        before = left;
        changedNanos = now;
      }
      return left == 0 || now - changedNanos > patienceNanos;
    }
  }

  /// Takes the CPU from the loader, for tests of what it says of itself.
  void holdUp(long millis) {
    Lane first = lanes.getFirst();
    first.call(() -> LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis)));
  }

  /// One of the users, for tests that do something to it.
  Device anyone() {
    Lane first = lanes.getFirst();
    return first.call(() -> first.rooms().getFirst().members().getFirst().device());
  }

  static void await(long millis, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }

  /// Closes the sockets.
  @Override
  public void close() {
    lanes.forEach(Lane::close);
    engines.close();
    heaps.close();
  }
}
