package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// One run: a cluster, its users, a warm-up, the measured time, and the count of what came.
public final class LoadRun {
  private static final long DRAIN_MILLIS = 20_000; // what is under way after the last send
  private static final long CATCH_UP_MILLIS = 60_000; // of readers that were stalled
  private static final long POLL_MILLIS = 20; // the lanes can only be asked

  private final LoadOptions options;
  private final Consumer<String> progress;

  /// @param progress hears what is being done, in few words
  public LoadRun(LoadOptions options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
  }

  /// Runs on a cluster of its own, embedded and durable, and ends it.
  ///
  /// @throws fixtures.urls.EnvironmentError when a part does not start or does not answer
  public LoadResult run() throws IOException, InterruptedException {
    progress.accept("starting " + options.servers() + " server(s)");
    var wanted = ClusterOptions.of(options.servers()).withSetting("LOG_LEVEL", "WARN");
    if (options.store() == LoadOptions.Store.CQL) {
      wanted = wanted.onCql();
    }
    try (var cluster = Cluster.start(wanted)) {
      return run(cluster);
    }
  }

  /// Runs on a cluster that is there.
  public LoadResult run(Cluster cluster) throws IOException, InterruptedException {
    List<Lane> lanes = new ArrayList<>();
    try (var engines = new Engines(cluster)) {
      for (int i = 0; i < options.loops(); i++) {
        lanes.add(new Lane(i, options));
      }
      progress.accept("logging in");
      Population.join(cluster, options, lanes, 0);
      List<Pacer> pacers = new ArrayList<>();
      try {
        begin(lanes, pacers);
        progress.accept("warming up for " + options.warmupSeconds() + " s");
        TimeUnit.SECONDS.sleep(options.warmupSeconds());
        stalledRead(lanes, false);
        progress.accept("measuring for " + options.seconds() + " s");
        lanes.forEach(lane -> lane.call(lane.tally()::clear));
        long transactions = engines.postgresTransactions();
        long commands = engines.redisCommands();
        Costs before = Costs.now(cluster, lanes);
        TimeUnit.SECONDS.sleep(options.seconds());
        Costs used = Costs.now(cluster, lanes).since(before);
        var tally = new Tally();
        lanes.forEach(lane -> tally.add(lane.call(lane.tally()::copy)));
        transactions = engines.postgresTransactions() - transactions;
        commands = engines.redisCommands() - commands;
        long serverRss = cluster.servers().stream().mapToLong(server -> server.rssBytes()).sum();
        progress.accept("waiting for what is under way");
        end(lanes, pacers);
        Outcome outcome = Outcome.of(lanes);
        return new LoadResult(
            options, tally, outcome, used, transactions, commands, serverRss, engines.described());
      } finally {
        pacers.forEach(Pacer::close);
      }
    } finally {
      lanes.forEach(Lane::close);
    }
  }

  private void begin(List<Lane> lanes, List<Pacer> pacers) {
    for (int i = 0; i < lanes.size(); i++) {
      Lane lane = lanes.get(i);
      lane.call(lane::start);
      if (!options.closedLoop()) {
        double rate = options.rate() / lanes.size();
        pacers.add(new Pacer(lane, rate, options.poisson(), options.seed() + i));
      }
    }
  }

  private void end(List<Lane> lanes, List<Pacer> pacers) throws InterruptedException {
    pacers.forEach(Pacer::close);
    lanes.forEach(lane -> lane.call(lane::stop));
    await(DRAIN_MILLIS, () -> lanes.stream().allMatch(lane -> lane.call(lane::underWay) == 0));
    stalledRead(lanes, true);
    await(CATCH_UP_MILLIS, () -> Outcome.of(lanes).stalledBehind() == 0);
  }

  private void stalledRead(List<Lane> lanes, boolean wanted) {
    for (Lane lane : lanes) {
      lane.call(() ->
          lane.rooms().stream()
              .flatMap(room -> room.members().stream())
              .filter(Member::stalled)
              .forEach(member -> member.connection().reading(wanted)));
    }
  }

  private static void await(long millis, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }
}
