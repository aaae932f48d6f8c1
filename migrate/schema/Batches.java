package migrate.schema;

import static org.jooq.impl.DSL.inline;
import static org.jooq.impl.DSL.raw;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import migrate.schema.PostgresErrors.StatementFailed;
import migrate.schema.PostgresHistory.Mark;
import org.jooq.Configuration;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.exception.DataAccessException;

/// Runs a back-fill: the table's primary key is walked from its beginning to where it ended when
/// the back-fill was begun, and each stretch of it is a transaction, with the place it has come to.
/// Broken off, it goes on from there. Rows that come later are the servers' (or a trigger's)
/// business. For one thread and one run.
final class Batches {
  /// The rows of a batch stay locked for so long: who wants one of them waits, unnoticed.
  private static final long AIM_MILLIS = 50;

  /// Fewer would cost more in commits than in rows.
  private static final int FEWEST_ROWS = 10;

  /// After a batch it rests for as long as that took, so that half of what it uses is left to
  /// others, but not for longer than this.
  private static final long LONGEST_REST_MILLIS = 1_000;

  private final DSLContext dsl;
  private final Attempts attempts;
  private final Progress progress;
  private final Step step;
  private final Statement statement;
  private final Backfill backfill;
  private final Patience patience;
  private List<String> columns;
  private List<String> types;

  Batches(
      DSLContext dsl,
      Attempts attempts,
      Progress progress,
      Step step,
      Statement statement,
      Backfill backfill,
      Patience patience) {
    this.dsl = dsl;
    this.attempts = attempts;
    this.progress = progress;
    this.step = step;
    this.statement = statement;
    this.backfill = backfill;
    this.patience = patience;
  }

  void run(String outcome) {
    readKey();
    var mark = PostgresHistory.mark(dsl, step.version()).orElseThrow();
    String[] last = mark.last() == null ? remember(end()) : mark.last();
    if (last == null) {
      return; // no rows
    }
    walk(mark, last, outcome);
  }

  private void readKey() {
    var key =
        dsl.fetch(
            "SELECT quote_ident(a.attname) AS name, format_type(a.atttypid, a.atttypmod) AS type"
                + " FROM pg_index i JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, nth) ON"
                + " true JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
                + " WHERE i.indrelid = to_regclass(?) AND i.indisprimary ORDER BY k.nth",
            backfill.table());
    if (key.isEmpty()) {
      throw StepByStatement.wrong(
          step,
          statement,
          "a back-fill walks the primary key of its table, and there is no table %s that has one"
              .formatted(backfill.table()));
    }
    columns = key.getValues("name", String.class);
    types = key.getValues("type", String.class);
  }

  private String[] remember(String[] end) {
    if (end != null) {
      PostgresHistory.last(dsl, step, end);
    }
    return end;
  }

  /// The greatest key, null when there are no rows.
  private String[] end() {
    return key(
        "SELECT %s FROM %s ORDER BY %s LIMIT 1"
            .formatted(asText(), backfill.table(), String.join(" DESC, ", columns) + " DESC"));
  }

  /// Under names of their own: ORDER BY takes a name for the result's column first, and the key's
  /// order is not that of its text.
  private String asText() {
    var text = new ArrayList<String>();
    for (String column : columns) {
      text.add("%s::text AS key_%d".formatted(column, text.size()));
    }
    return String.join(", ", text);
  }

  private String[] key(String query) {
    Record row = dsl.resultQuery(raw(query)).fetchOne();
    return row == null ? null : row.into(String[].class);
  }

  private void walk(Mark mark, String[] last, String outcome) {
    long estimate = estimate();
    long rows = mark.rows();
    String[] place = mark.place();
    int size = Math.min(backfill.size(), 100 * FEWEST_ROWS); // then as fast as it turns out to be
    long began = System.nanoTime();
    long before = rows;
    while (place == null || !List.of(place).equals(List.of(last))) {
      String from = place == null ? null : place(place);
      String[] next = key(boundary(from, place(last), size));
      String[] to = next == null ? last : next;
      long passed = rows + size;
      long batchBegan = System.nanoTime();
      attempts.run(outcome, patience, () -> batch(from, to, passed));
      long millis = (System.nanoTime() - batchBegan) / 1_000_000;
      rows = passed;
      place = to;
      progress.filled(step, rows, Math.max(rows, estimate));
      rest(millis, rows - before, began);
      size = resized(size, millis);
    }
  }

  private int resized(int size, long millis) {
    if (millis > 2 * AIM_MILLIS) {
      return Math.max(FEWEST_ROWS, size / 2);
    }
    return millis < AIM_MILLIS / 2 ? Math.min(backfill.size(), 2 * size) : size;
  }

  private void rest(long millis, long rows, long began) {
    long restMillis = Math.min(millis, LONGEST_REST_MILLIS);
    if (backfill.rate() > 0) {
      long dueMillis = rows * 1_000 / backfill.rate();
      restMillis = Math.max(restMillis, dueMillis - (System.nanoTime() - began) / 1_000_000);
    }
    Attempts.sleep(Duration.ofMillis(restMillis));
  }

  private Object batch(String from, String[] to, long passed) {
    dsl.transaction((Configuration transaction) -> {
      var in = transaction.dsl();
      StepByStatement.limit(in, patience, step.directives(), true);
      String key = row();
      String condition =
          (from == null ? "" : key + " > " + from + " AND ") + key + " <= " + place(to);
      try {
        in.execute(raw(statement.text().replace(Backfill.PLACE, "(" + condition + ")")));
      } catch (DataAccessException e) {
        throw new StatementFailed(statement, e);
      }
      PostgresHistory.place(in, step, to, passed);
    });
    return null;
  }

  private String row() {
    return "(" + String.join(", ", columns) + ")";
  }

  /// A key as a row of literals.
  private String place(String[] key) {
    var literals = new ArrayList<String>();
    for (int i = 0; i < key.length; i++) {
      literals.add(dsl.render(inline(key[i])) + "::" + types.get(i));
    }
    return "(" + String.join(", ", literals) + ")";
  }

  private String boundary(String from, String last, int size) {
    String after = from == null ? "" : row() + " > " + from + " AND ";
    return "SELECT %s FROM %s WHERE %s%s <= %s ORDER BY %s OFFSET %d LIMIT 1"
        .formatted(
            asText(), backfill.table(), after, row(), last, String.join(", ", columns), size - 1);
  }

  /// What the statistics say.
  private long estimate() {
    return dsl.fetchSingle(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(?)",
            backfill.table())
        .get(0, long.class);
  }
}
