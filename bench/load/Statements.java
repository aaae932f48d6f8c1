package bench.load;

import bench.cluster.Cluster;
import java.util.ArrayList;
import java.util.List;

/// Counts PostgreSQL's statements by `pg_stat_statements`. It has to be loaded at the start of
/// PostgreSQL, so this restarts it.
public final class Statements implements AutoCloseable {
  private static final String COUNT =
      "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_%'";

  /// Of those that came at least so often.
  private static final String FREQUENT =
      "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE calls >= %d"
          + " AND query NOT LIKE '%%pg_stat_%%' AND query NOT LIKE 'SHOW %%'";

  private static final String WHICH =
      "SELECT coalesce(string_agg(calls || ' × ' || left(regexp_replace(query, '\\s+', ' ', 'g'),"
          + " 90), E'\\n' ORDER BY calls DESC), '') FROM (SELECT * FROM pg_stat_statements"
          + " WHERE query NOT LIKE '%pg_stat_%' ORDER BY calls DESC LIMIT 8) t";

  private final Engines engines;

  private Statements(Engines engines) {
    this.engines = engines;
  }

  /// Restarts PostgreSQL of a cluster that nobody uses yet.
  public static Statements of(Cluster cluster) {
    try (var engines = new Engines(cluster)) {
      engines.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
    }
    cluster.postgres().kill();
    cluster.postgres().start();
    var engines = new Engines(cluster);
    engines.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
    return new Statements(engines);
  }

  /// Forgets what was counted.
  public void reset() {
    engines.ask("SELECT pg_stat_statements_reset() IS NOT NULL");
  }

  /// Statements since the reset, our own left out.
  public long count() {
    return Long.parseLong(engines.ask(COUNT));
  }

  /// The same, but only of those that came at least so often: what runs by the clock is left out.
  public long count(long least) {
    return Long.parseLong(engines.ask(FREQUENT.formatted(least)));
  }

  /// The most frequent ones, with their counts.
  public List<String> which() {
    return new ArrayList<>(engines.ask(WHICH).lines().toList());
  }

  @Override
  public void close() {
    engines.close();
  }
}
