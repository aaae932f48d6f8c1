package migrate.schema;

/// Where changing a schema begins: `Schema.postgres().up(dataSource)`, `Schema.cql().up(url)`.
public final class Schema {
  private Schema() {}

  /// PostgreSQL, with the steps that come with this code.
  public static PostgresSchema postgres() {
    return postgres(Steps.bundled(Dialect.POSTGRES));
  }

  /// PostgreSQL, with other steps.
  public static PostgresSchema postgres(Steps steps) {
    return new PostgresSchema(steps);
  }

  /// CQL, with the steps that come with this code.
  public static CqlSchema cql() {
    return cql(Steps.bundled(Dialect.CQL));
  }

  /// CQL, with other steps.
  public static CqlSchema cql(Steps steps) {
    return new CqlSchema(steps);
  }
}
