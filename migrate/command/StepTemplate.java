package migrate.command;

import migrate.schema.Dialect;

/// What a new step's file begins as. What stands in `<…>` is to be filled in: until then the file
/// is refused by the database, and one without a statement by us.
enum StepTemplate {
  CHANGE(
      """
      -- Say here, in one line, what it does.
      -- up

      -- down

      """),
  INDEX(
      """
      -- Say here, in one line, what it is for.
      -- @no-transaction
      -- up

      CREATE INDEX CONCURRENTLY <table>_by_<column> ON <table> (<column>);

      -- down

      DROP INDEX CONCURRENTLY <table>_by_<column>;
      """),
  EXPAND(
      """
      -- Say here, in one line, what the next server version gets by it; the one before must not notice.
      -- @expand
      -- up

      ALTER TABLE <table> ADD COLUMN <column> <type>;

      -- down

      ALTER TABLE <table> DROP COLUMN <column>;
      """),
  BACKFILL(
      """
      -- Say here, in one line, what is filled in.
      -- @backfill table=<table> size=1000 rate=20000
      -- up

      UPDATE <table> SET <column> = <value> WHERE <column> IS NULL AND {batch};

      -- down

      """),
  CONTRACT(
      """
      -- Say here, in one line, what goes, and which server version was the last to use it.
      -- @contract
      -- up

      ALTER TABLE <table> DROP COLUMN <column>;

      -- down

      ALTER TABLE <table> ADD COLUMN <column> <type>;
      """),
  JAVA(
      """
      -- Say here, in one line, what it does.
      -- @java migrate.steps.postgres.%CLASS%
      -- up

      -- down

      """),
  CQL_BACKFILL(
      """
      -- Say here, in one line, what is filled in. What servers write meanwhile is newer and stays.
      -- @backfill table=<table> size=1000 rate=20000
      -- up

      UPDATE <table> SET <column> = {<other column>} WHERE <key> = {<key>};

      -- down

      """),
  CQL(
      """
      -- Say here, in one line, what it does. Each statement can be done twice.
      -- up

      -- down

      """);

  /// The source of a Java step.
  static final String JAVA_SOURCE =
      """
      package migrate.steps.postgres;

      import migrate.schema.JavaStep;
      import org.jooq.DSLContext;

      /// Say here what it does, and why SQL alone can't.
      public final class %CLASS% implements JavaStep {
        @Override
        public void up(DSLContext in) {
          throw new UnsupportedOperationException("to be written");
        }

        @Override
        public void down(DSLContext in) {
          throw new UnsupportedOperationException("to be written");
        }
      }
      """;

  private final String text;

  StepTemplate(String text) {
    this.text = text;
  }

  Dialect dialect() {
    return this == CQL || this == CQL_BACKFILL ? Dialect.CQL : Dialect.POSTGRES;
  }

  /// @param className of the Java step, if it is one
  String text(String className) {
    return text.replace("%CLASS%", className);
  }
}
