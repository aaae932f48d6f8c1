package migrate.rehearsal;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import java.util.List;
import migrate.schema.Steps;

/// An empty database beside a given one, where steps are tried; it is gone after [#close()], and
/// the given one is not touched. For one thread. All methods may throw what
/// [migrate.schema.Runner]'s do.
public interface Rehearsal extends AutoCloseable {
  /// What is tried.
  Steps steps();

  /// Applies the steps up to `version`, which is not below the one it is at.
  void up(int version);

  /// Undoes the newest step.
  void down();

  /// The schema, as lines that can be compared.
  List<String> schema();

  @Override
  void close();

  /// In a database of its own on that server; the user needs the right CREATEDB.
  ///
  /// @param schema in which the steps work, as `current_schema()` tells it; it is made when missing
  static Rehearsal postgres(PostgresUrl server, String schema, Steps steps) {
    return PostgresRehearsal.open(server, schema, steps);
  }

  /// In a keyspace of its own in that cluster; the user needs the right to make one.
  static Rehearsal cql(CqlUrl cluster, Steps steps) {
    return CqlRehearsal.open(cluster, steps);
  }
}
