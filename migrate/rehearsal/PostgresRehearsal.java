package migrate.rehearsal;

import static org.jooq.impl.DSL.name;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalInt;
import migrate.schema.PostgresFingerprint;
import migrate.schema.PostgresSchema;
import migrate.schema.Schema;
import migrate.schema.ScratchDatabase;
import migrate.schema.Steps;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// A scratch database, over one connection.
final class PostgresRehearsal implements Rehearsal {
  private final ScratchDatabase scratch;
  private final Connection connection;
  private final DSLContext database;
  private final PostgresSchema schema;

  private PostgresRehearsal(
      ScratchDatabase scratch, Connection connection, String name, Steps steps) {
    this.scratch = scratch;
    this.connection = connection;
    this.database = DSL.using(connection, SQLDialect.POSTGRES);
    this.schema = Schema.postgres(steps);
    database.createSchemaIfNotExists(name(name)).execute();
    database.execute("SELECT set_config('search_path', quote_ident(?), false)", name);
  }

  static PostgresRehearsal open(PostgresUrl server, String name, Steps steps) {
    var scratch = ScratchDatabase.beside(server);
    try {
      return new PostgresRehearsal(scratch, scratch.dataSource().getConnection(), name, steps);
    } catch (SQLException e) {
      scratch.close();
      throw new EnvironmentError(
          ("the scratch database can't be reached: %s: a pooler knows only the databases that it"
                  + " was told of: give PostgreSQL itself (`migrate`: --scratch-url)")
              .formatted(e.getMessage()),
          e);
    } catch (RuntimeException e) {
      scratch.close();
      throw e;
    }
  }

  @Override
  public Steps steps() {
    return schema.steps();
  }

  @Override
  public void up(int version) {
    schema.run(database, runner -> runner.up(OptionalInt.of(version), true));
  }

  @Override
  public void down() {
    schema.down(database, 1);
  }

  @Override
  public List<String> schema() {
    return PostgresFingerprint.lines(database);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException _) {
      // Dropping the database ends the session.
    } finally {
      scratch.close();
    }
  }
}
