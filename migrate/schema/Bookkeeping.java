package migrate.schema;

/// What is done to the history besides the steps, and to all of a schema at once: asked of a
/// [Target] that is locked. For one thread. All methods may throw [fixtures.urls.EnvironmentError].
interface Bookkeeping {
  /// Writes the line of a step that this database has already, without doing it.
  void adopt(Step step);

  /// Makes name and checksum in the step's line those of the step as it is now.
  void realign(Step step);

  /// Lets a step that is half done go on as it is now.
  void resume(Step step);

  /// Removes the line of a version.
  void forget(int version);

  /// Drops everything in the schema and removes all lines.
  void clear();
}
