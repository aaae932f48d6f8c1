package migrate.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import fixtures.urls.CqlUrl;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;

/// Takes the schema of a keyspace up and down its steps, and tells its state.
///
/// A missing keyspace is made, with as many copies in each datacenter as it has nodes, at most
/// three. A step that was broken off is done again: its statements can be done twice. Runs on one
/// keyspace, from any process and machine, follow one another; when one dies, the next waits until
/// its lease of 30 s ends. A value: safe for any thread.
///
/// Errors are those of [PostgresSchema].
public final class CqlSchema {
  private final Steps steps;
  private final Duration lockTimeout;
  private final Duration lease;
  private final Progress progress;

  CqlSchema(Steps steps) {
    this(steps, PostgresSchema.DEFAULT_LOCK_TIMEOUT, CqlLock.LEASE, Progress.SILENT);
  }

  private CqlSchema(Steps steps, Duration lockTimeout, Duration lease, Progress progress) {
    this.steps = steps;
    this.lockTimeout = lockTimeout;
    this.lease = lease;
    this.progress = progress;
  }

  /// The same, waiting at most this long for another run.
  public CqlSchema lockTimeout(Duration timeout) {
    return new CqlSchema(steps, timeout, lease, progress);
  }

  /// The same, telling what it does.
  public CqlSchema progress(Progress listener) {
    return new CqlSchema(steps, lockTimeout, lease, listener);
  }

  /// The same, holding its lock for so long after a sign of life; whole seconds.
  public CqlSchema lease(Duration duration) {
    return new CqlSchema(steps, lockTimeout, duration, progress);
  }

  public Steps steps() {
    return steps;
  }

  /// Applies all pending steps; one query and no lock when there are none.
  ///
  /// @return the steps that this call applied, none when the schema was up to date
  public List<Step> up(CqlUrl url) {
    return run(url, runner -> runner.up(OptionalInt.empty()));
  }

  /// As [#up(CqlUrl)], in the session's keyspace.
  public List<Step> up(CqlSession session) {
    return run(session, runner -> runner.up(OptionalInt.empty()));
  }

  /// Compares the history with the steps, by one query, in the session's keyspace.
  public SchemaState state(CqlSession session) {
    return run(session, Runner::state);
  }

  /// Does several things in a session of its own.
  public <T> T run(CqlUrl url, Function<Runner, T> work) {
    try (var session = CqlSessions.open(url)) {
      return run(session, url.keyspace(), work);
    }
  }

  /// Does several things in this session, which is in a keyspace and stays in it.
  public <T> T run(CqlSession session, Function<Runner, T> work) {
    var keyspace =
        session
            .getKeyspace()
            .orElseThrow(() -> new IllegalArgumentException("the session is in no keyspace"));
    return run(session, keyspace.asCql(true), work);
  }

  /// Does several things in that keyspace, into which it may put the session.
  public <T> T run(CqlSession session, String keyspace, Function<Runner, T> work) {
    var target = new CqlTarget(session, keyspace, lease);
    return work.apply(new Runner(steps, target, lockTimeout, progress));
  }
}
