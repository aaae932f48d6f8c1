package migrate.command;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import migrate.rehearsal.Rehearsal;
import migrate.schema.Dialect;
import migrate.schema.Progress;
import migrate.schema.Runner;

/// A database that a command works on; an engine that was started for it ends with [#close()].
interface Database extends AutoCloseable {
  Dialect dialect();

  /// Its URL with secrets masked.
  String shown();

  /// Does something with its schema.
  <T> T run(Duration lockTimeout, Progress progress, Function<Runner, T> work);

  /// Its schema, as lines that can be compared.
  List<String> schema();

  /// An empty database for trying the steps that come with this code.
  ///
  /// @param server where to make it; empty for beside this database
  Rehearsal rehearsal(Optional<String> server);

  @Override
  void close();
}
