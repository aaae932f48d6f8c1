package migrate.lint;

import java.util.Locale;

/// What is looked for in steps, and what to do instead. A step that says `-- @allow rule why` is
/// passed over by that rule, one that says `-- @offline` by those that are about running servers.
public enum Rule {
  INDEX_BLOCKS_WRITES(
      true, "CREATE INDEX CONCURRENTLY, in a step of its own that says @no-transaction"),
  DROP_INDEX_BLOCKS(true, "DROP INDEX CONCURRENTLY, in a step that says @no-transaction"),
  CONCURRENTLY_IN_TRANSACTION(false, "say @no-transaction: PostgreSQL refuses it in a transaction"),
  UNIQUE_BLOCKS_WRITES(
      true,
      "CREATE UNIQUE INDEX CONCURRENTLY in one step, then ADD CONSTRAINT … UNIQUE USING INDEX in"
          + " the next"),
  FOREIGN_KEY_BLOCKS_WRITES(
      true, "ADD CONSTRAINT … NOT VALID, and VALIDATE CONSTRAINT in the next step"),
  CHECK_SCANS_UNDER_LOCK(
      true, "ADD CONSTRAINT … CHECK (…) NOT VALID, and VALIDATE CONSTRAINT in the next step"),
  EXCLUSION_BLOCKS(true, "do it while no server runs (@offline): there is no other way"),
  VALIDATED_UNDER_LOCK(
      true, "VALIDATE CONSTRAINT in the next step: here the lock of ADD CONSTRAINT is still held"),
  NOT_NULL_SCANS_UNDER_LOCK(
      true,
      "ADD CONSTRAINT c CHECK (column IS NOT NULL) NOT VALID; VALIDATE CONSTRAINT c in the next"
          + " step; then SET NOT NULL scans nothing"),
  NOT_NULL_WITHOUT_DEFAULT(
      true, "give it a constant DEFAULT, or add it nullable, back-fill it, and then SET NOT NULL"),
  DEFAULT_REWRITES_TABLE(
      true,
      "ADD COLUMN without it, then ALTER COLUMN SET DEFAULT for new rows, and a @backfill for the"
          + " old ones"),
  TYPE_CHANGE_REWRITES_TABLE(
      true,
      "@expand: add a column of the new type and fill both; @backfill; move the server; @contract:"
          + " drop the old one"),
  TABLE_REWRITE(true, "do it while no server runs (@offline), or by a new table and a @backfill"),
  RENAME_BREAKS_RUNNING_SERVER(
      true,
      "@expand: add the new name beside the old one; move the server; @contract: drop the old"),
  DROP_BREAKS_RUNNING_SERVER(
      true, "drop it in a step that says @contract, once no server uses it any more"),
  DROP_CASCADES(false, "name each thing that goes: CASCADE takes what nobody thought of"),
  MASS_UPDATE(true, "say @backfill table=…: one transaction would hold its row locks to the end"),
  TRUNCATE_DELETES(true, "a @contract step that drops the table, or a @backfill with DELETE"),
  LOCK_TABLE(true, "leave it to the statements: they take the locks they need"),
  SEVERAL_TABLES_LOCKED(
      true, "a step for each table: the first one's lock is held while the second is waited for"),
  REFRESH_BLOCKS_READS(true, "REFRESH MATERIALIZED VIEW CONCURRENTLY, with @no-transaction"),
  DETACH_BLOCKS(true, "DETACH PARTITION … CONCURRENTLY, with @no-transaction"),
  SESSION_SETTING(false, "the directives @lock-timeout and @statement-timeout set it for the step"),
  UNBOUNDED_PARTITION(
      false,
      "put a bucket (seq / 1024, a day) into the partition key, or set default_time_to_live"),
  ALLOW_FILTERING(false, "a table whose partition key is what is asked for"),
  INDEX_ASKS_ALL_NODES(
      false,
      "a table of its own, written with the first one, whose partition key is what is asked"
          + " for"),
  MATERIALIZED_VIEW(
      false, "a table of its own that the server writes: views lose rows and are off by default"),
  DROPPED_COLUMN_COMES_BACK(
      false, "another name: old data of the dropped column may come back with it"),
  GC_GRACE_ZERO(false, "a day or more: with 0 a node that was away brings deleted rows back"),
  COLLECTION_GROWS(
      false,
      "frozen<…>, a set, or clustering rows: each append to a list reads or"
          + " races, and it is read whole"),
  KEYSPACE_IN_STEP(false, "leave it to the operator: replication is not the steps' business"),
  NO_DOWN(false, "write the '-- down' part, empty when there is nothing to be taken back"),
  UNKNOWN_RULE(false, "see `lint --rules`"),
  UNNEEDED_ALLOWANCE(false, "take the @allow out: nothing here is against that rule");

  private final boolean aboutServers;
  private final String instead;

  Rule(boolean aboutServers, String instead) {
    this.aboutServers = aboutServers;
    this.instead = instead;
  }

  /// As it is written after `@allow`.
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The safe way.
  public String instead() {
    return instead;
  }

  /// Whether it counts only while servers run.
  boolean aboutServers() {
    return aboutServers;
  }
}
