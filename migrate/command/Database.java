package migrate.command;

import java.time.Duration;
import java.util.function.Function;
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

  @Override
  void close();
}
