package migrate.schema;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.servererrors.InvalidQueryException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Of one keyspace. Each line is written under the lock's fence.
final class CqlBookkeeping implements Bookkeeping {
  private final CqlSession session;
  private final String keyspace;
  private final CqlHistory history;
  private final CqlLock lock;
  private final Consumer<String> changeSchema;

  /// @param changeSchema does one statement and waits until the nodes agree
  CqlBookkeeping(
      CqlSession session,
      String keyspace,
      CqlHistory history,
      CqlLock lock,
      Consumer<String> changeSchema) {
    this.session = session;
    this.keyspace = keyspace;
    this.history = history;
    this.lock = lock;
    this.changeSchema = changeSchema;
  }

  @Override
  public void adopt(Step step) {
    write(step, Instant.now(), Duration.ZERO, Identity.ofThisProcess() + ", baseline");
  }

  @Override
  public void realign(Step step) {
    for (var line : history.lines()) {
      if (line.version() == step.version()) {
        write(step, line.at(), line.duration(), line.by());
      }
    }
  }

  private void write(Step step, Instant at, Duration took, String by) {
    var line =
        new Applied(
            step.version(), step.name(), step.checksum(), at, took, by, step.directives().phase());
    guarded(
        "the schema's history can't be written",
        () -> lock.change((owner, fence) -> history.write(line, owner, fence)));
  }

  /// There is nothing to be resumed: a step that was broken off is done again from its beginning.
  @Override
  public void resume(Step step) {}

  @Override
  public void forget(int version) {
    guarded(
        "the schema's history can't be written",
        () -> lock.change((owner, fence) -> history.delete(version, owner, fence)));
  }

  /// The lines go first: broken off, it leaves a schema that counts as not migrated, and is done
  /// again.
  @Override
  public void clear() {
    for (var line : history.lines().reversed()) {
      forget(line.version());
    }
    guarded(
        "not everything was dropped: run it again",
        () -> {
          drop("MATERIALIZED VIEW", names("views", "view_name"));
          var tables = new ArrayList<>(names("tables", "table_name"));
          tables.remove("schema_history");
          drop("TABLE", tables);
          drop("AGGREGATE", names("aggregates", "aggregate_name"));
          drop("FUNCTION", names("functions", "function_name"));
          dropTypes();
        });
  }

  private List<String> names(String catalog, String column) {
    String query =
        "SELECT %s FROM system_schema.%s WHERE keyspace_name = ?".formatted(column, catalog);
    return session.execute(query, keyspace).all().stream().map(r -> r.getString(0)).toList();
  }

  private void drop(String kind, List<String> names) {
    for (String name : names) {
      lock.check();
      changeSchema.accept("DROP %s IF EXISTS %s.\"%s\"".formatted(kind, keyspace, name));
    }
  }

  /// A type that another one uses can't be dropped before it: each round drops at least the types
  /// that none uses, so there are as many rounds as types at most.
  private void dropTypes() {
    var left = names("types", "type_name");
    for (int rounds = left.size(); !left.isEmpty(); rounds--) {
      for (String name : left) {
        try {
          drop("TYPE", List.of(name));
        } catch (InvalidQueryException e) {
          if (rounds == 0) {
            throw e;
          }
        }
      }
      left = names("types", "type_name");
    }
  }

  private static void guarded(String outcome, Runnable work) {
    try {
      work.run();
    } catch (DriverException e) {
      throw CqlErrors.translated(outcome, e);
    }
  }
}
