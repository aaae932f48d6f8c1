package bench.load;

import bench.cluster.Cluster;
import java.util.LinkedHashMap;
import java.util.Map;

/// What databases were asked for each message, as they count it themselves. What is asked less
/// often than every other message is left out: it runs by the clock. For one thread.
public final class Counted implements AutoCloseable {
  private static final int FREQUENT = 2; // once in so many messages
  private static final String MESSAGES =
      "SELECT coalesce(sum(last_seq), 0) FROM conversations /* not pg_stat_statements */";

  private final Statements statements;
  private final Engines engines;

  private Counted(Statements statements, Engines engines) {
    this.statements = statements;
    this.engines = engines;
  }

  /// Restarts PostgreSQL of a cluster that nobody uses yet.
  public static Counted on(Cluster cluster) {
    var statements = Statements.of(cluster);
    return new Counted(statements, new Engines(cluster));
  }

  /// Versions and settings.
  public Map<String, String> engines() {
    return engines.described();
  }

  /// Messages are sent.
  public interface Work {
    void run() throws InterruptedException;
  }

  /// Counts while it goes on, until all of it has come through.
  public Map<String, Double> during(Work work) throws InterruptedException {
    statements.reset();
    Map<String, Long> before = engines.redisCalls();
    long stored = messages();
    work.run();
    long messages = messages() - stored;
    long least = Math.max(1, messages / FREQUENT);
    Map<String, Double> counts = new LinkedHashMap<>();
    counts.put("statements of PostgreSQL a message", per(statements.count(least), messages));
    long commands = 0;
    for (var command : engines.redisCalls().entrySet()) {
      long calls = command.getValue() - before.getOrDefault(command.getKey(), 0L);
      commands += calls >= least ? calls : 0;
    }
    counts.put("commands of Redis a message", per(commands, messages));
    return counts;
  }

  /// All that were ever stored.
  private long messages() {
    return Long.parseLong(engines.ask(MESSAGES));
  }

  private static double per(long count, long messages) {
    return Math.round(1000.0 * count / messages) / 1000.0;
  }

  @Override
  public void close() {
    statements.close();
    engines.close();
  }
}
