package ci.check;

import bench.client.Api;
import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.cluster.ServerPart;
import bench.cluster.Stored;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.IntConsumer;

/// One run of the checker on a cluster: sets it up, drives clients through faults, lets it settle,
/// reads the store, judges.
public final class Trial {
  private static final long POLL_MILLIS = 100; // of the progress

  private final Cluster cluster;
  private final CheckOptions options;
  private final IntConsumer progress;

  /// @param progress is told now and then how many messages have their answer
  public Trial(Cluster cluster, CheckOptions options, IntConsumer progress) {
    this.cluster = cluster;
    this.options = options;
    this.progress = progress;
  }

  /// A run on a system of its own, which is gone afterwards, with a bar.
  public static Outcome onItsOwn(CheckOptions options) throws IOException, InterruptedException {
    var system = ClusterOptions.of(2);
    try (var cluster = Cluster.start(options.cql() ? system.onCql() : system);
        var bar = Progress.of("messages", options.messages())) {
      return new Trial(cluster, options, bar::to).run();
    }
  }

  /// @throws EnvironmentError when the system does not come back, or gives no answers, though every
  ///   fault was healed
  public Outcome run() throws IOException, InterruptedException {
    long began = System.nanoTime();
    List<InetSocketAddress> servers =
        cluster.servers().stream().map(ServerPart::port).map(Trial::local).toList();
    Population population;
    try (var api = new Api(servers.getFirst())) {
      population = Population.make(api, options.messages(), options.seed());
    }
    options
        .during()
        .filter(during -> during.stored() > 0)
        .ifPresent(during -> Stored.make(cluster.postgres().url(), during.stored()));
    try (var fleet = new Fleet(population, options.messages(), options.seed(), servers)) {
      var nemesis = new Nemesis(cluster, fleet, options.faults(), options.seed());
      var removals = new Removals(fleet, options.seed());
      fleet.start();
      var moving = options.during().map(during -> new Moving(cluster, fleet, during));
      var faults = background(moving.<Work>map(m -> m::run).orElse(nemesis::run));
      var removing = background(removals::run);
      long sendingBegan = System.nanoTime();
      while (!faults.isDone() || !removing.isDone()) {
        progress.accept(fleet.resolved());
        Thread.sleep(POLL_MILLIS);
        if (faults.isCompletedExceptionally() || removing.isCompletedExceptionally()) {
          break;
        }
      }
      joined(faults);
      joined(removing);
      var settlement = new Settlement(fleet);
      settlement.awaitResolved(progress);
      double sending = (System.nanoTime() - sendingBegan) / 1e9;
      settlement.awaitQuiet();
      new StoreReading(fleet, cluster).read(removals.done());
      settlement.deliver();
      progress.accept(fleet.resolved());
      Judge.Verdict verdict = Judge.of(fleet.history);
      return new Outcome(
          options,
          verdict,
          moving.map(Moving::made).orElseGet(nemesis::made),
          moving.map(Moving::moved).orElse(Moved.NOTHING),
          sending,
          (System.nanoTime() - began) / 1e9);
    }
  }

  private static InetSocketAddress local(int port) {
    return new InetSocketAddress("127.0.0.1", port);
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private static CompletableFuture<Void> background(Work work) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            work.run();
          } catch (InterruptedException e) {
            throw new EnvironmentError("interrupted", e);
          }
        },
        task -> Thread.ofPlatform().daemon().start(task));
  }

  private static void joined(CompletableFuture<Void> work) {
    try {
      work.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
