package migrate.schema;

/// Which language steps are written in, and where those that come with this code are kept.
public enum Dialect {
  POSTGRES("postgres", "sql"),
  CQL("cql", "cql");

  private final String folder;
  private final String extension;

  Dialect(String folder, String extension) {
    this.folder = folder;
    this.extension = extension;
  }

  /// The folder under `migrate/steps` on the class path.
  public String folder() {
    return folder;
  }

  /// How step files end, without the dot.
  public String extension() {
    return extension;
  }

  /// What `--only` calls it.
  public String option() {
    return folder;
  }
}
