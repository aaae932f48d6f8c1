package migrate.schema;

import org.jooq.DSLContext;

/// A change of PostgreSQL that SQL alone can't make. It is named in a step's file (`-- @java
/// migrate.steps.postgres.Name`), stands in that folder, has a public constructor without
/// arguments, and is listed under `//FILES` of `migrate/package-info.java` too: its source counts
/// for the step's checksum.
///
/// It names tables and columns by itself (`DSL.table("users")`): the generated classes are those of
/// the newest schema, and a step has to run on its own.
public interface JavaStep {
  /// Does it, after the statements of the step's `up`, in their transaction.
  void up(DSLContext in);

  /// Undoes it, before the statements of the step's `down`; only where the file has a `down`.
  void down(DSLContext in);
}
