package migrate.rehearsal;

import com.datastax.oss.driver.api.core.CqlSession;
import fixtures.engines.AtExit;
import fixtures.urls.CqlUrl;
import java.util.List;
import java.util.OptionalInt;
import java.util.UUID;
import migrate.schema.CqlFingerprint;
import migrate.schema.CqlSchema;
import migrate.schema.CqlSessions;
import migrate.schema.Schema;
import migrate.schema.Steps;

/// A scratch keyspace, over one session.
final class CqlRehearsal implements Rehearsal {
  /// What its name begins with, so that one left by a killed process can be told.
  static final String PREFIX = "vyry_scratch_";

  private final CqlSession session;
  private final String keyspace;
  private final CqlSchema schema;
  private final AtExit atExit;

  private CqlRehearsal(CqlSession session, String keyspace, Steps steps) {
    this.session = session;
    this.keyspace = keyspace;
    this.schema = Schema.cql(steps);
    this.atExit = AtExit.run(this::drop);
  }

  static CqlRehearsal open(CqlUrl cluster, Steps steps) {
    String keyspace = PREFIX + UUID.randomUUID().toString().replace("-", "");
    return new CqlRehearsal(CqlSessions.open(cluster), keyspace, steps);
  }

  @Override
  public Steps steps() {
    return schema.steps();
  }

  @Override
  public void up(int version) {
    schema.run(session, keyspace, runner -> runner.up(OptionalInt.of(version), true));
  }

  @Override
  public void down() {
    schema.run(session, keyspace, runner -> runner.down(1));
  }

  @Override
  public List<String> schema() {
    return CqlFingerprint.lines(session, keyspace);
  }

  @Override
  public void close() {
    atExit.close();
    try (session) {
      drop();
    }
  }

  private void drop() {
    session.execute("DROP KEYSPACE IF EXISTS " + keyspace);
  }
}
