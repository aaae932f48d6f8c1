package migrate.move.postgres;

import fixtures.urls.PostgresUrl;
import java.util.List;
import migrate.move.MoveSample;

/// How long small commits take at a PostgreSQL, again and again from when this is made until it is
/// closed: what people feel of a move of something else. Thread-safe.
public final class CommitTimes implements AutoCloseable {
  private final Probe probe = new Probe();
  private final Repeated repeated;

  private CommitTimes(Session session) {
    repeated = probe.start(session);
  }

  /// Begins.
  ///
  /// @throws fixtures.urls.EnvironmentError when it does not answer
  public static CommitTimes at(PostgresUrl url) {
    try (Session like = Session.open("PostgreSQL", url)) {
      return new CommitTimes(like);
    }
  }

  /// What was measured so far.
  public List<MoveSample> samples() {
    return probe.samples();
  }

  @Override
  public void close() {
    repeated.close();
  }
}
