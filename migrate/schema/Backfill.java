package migrate.schema;

import fixtures.urls.UserError;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// How the one statement of a step is run over a large table, bit by bit. A value.
///
/// PostgreSQL: in short transactions, batch after batch in the order of the table's primary key. In
/// the statement `{batch}` stands for the condition that picks the rows of a batch, as in `UPDATE t
/// SET b = f(a) WHERE b IS NULL AND {batch}`.
///
/// CQL: once for each row, page after page in the order of the partitions' tokens. In the statement
/// `{x}` stands for the row's value of the column `x`, and `{f(x)}` for that of a function of it,
/// as in `UPDATE t SET b = {a} WHERE id = {id}`.
///
/// @param table whose primary key is walked
/// @param size rows in a batch, each of which is a transaction of its own, or in a page
/// @param rate the most rows in a second; 0 for no limit
public record Backfill(String table, int size, int rate) {
  /// What stands for the condition in the statement.
  public static final String PLACE = "{batch}";

  /// What stands for a value in a statement of CQL. No set and no map of CQL looks like it: those
  /// hold constants.
  static final Pattern VALUE =
      Pattern.compile("\\{\\s*([a-z_][a-z_0-9]*(?:\\(\\s*[a-z_][a-z_0-9, ]*\\))?)\\s*\\}");

  /// Such as `n = n + 1`: what is done twice gives another value.
  private static final Pattern COUNTING =
      Pattern.compile(
          "\\b(\\w+)\\s*=\\s*(\\1\\s*[+-]|[^,]*[+-]\\s*\\1\\b)", Pattern.CASE_INSENSITIVE);

  private static final Pattern CONDITION = Pattern.compile("\\bIF\\b", Pattern.CASE_INSENSITIVE);

  /// Some 20 ms of an UPDATE: the rows of a batch stay locked until its commit.
  public static final int DEFAULT_SIZE = 1_000;

  private static final int LARGEST_SIZE = 100_000; // seconds of locked rows, and a burst of WAL
  private static final Set<String> OPTIONS = Set.of("table", "size", "rate");
  private static final Pattern NAME = Pattern.compile("[a-z_][a-z_0-9]*");

  /// @param value such as `table=t size=5000 rate=20000`; the last two may be left out
  /// @throws UserError when it is not like that
  static Backfill parse(String value) {
    var given = new HashMap<String, String>();
    for (String word : value.split("\\s+")) {
      String[] pair = word.split("=", 2);
      if (pair.length < 2 || !OPTIONS.contains(pair[0]) || given.put(pair[0], pair[1]) != null) {
        throw wrong(value);
      }
    }
    String table = given.getOrDefault("table", "");
    if (!NAME.matcher(table).matches()) {
      throw wrong(value);
    }
    int size = number(given.getOrDefault("size", "" + DEFAULT_SIZE), value);
    if (size < 1 || size > LARGEST_SIZE) {
      throw new UserError("@backfill size=%d: give 1 to %d".formatted(size, LARGEST_SIZE));
    }
    return new Backfill(table, size, number(given.getOrDefault("rate", "0"), value));
  }

  /// The columns and functions of columns whose values a statement of CQL takes, in its order.
  static List<String> values(String statement) {
    return VALUE.matcher(statement).results().map(found -> found.group(1)).toList();
  }

  /// @throws UserError unless the statement can be run so
  static void check(List<Statement> statements, Dialect dialect) {
    String text = statements.size() == 1 ? statements.getFirst().text() : "";
    if (dialect == Dialect.POSTGRES) {
      if (!text.contains(PLACE)) {
        throw new UserError(
            "line 1: a @backfill is one statement with %s for the condition that picks a batch"
                .formatted(PLACE));
      }
      return;
    }
    if (values(text).isEmpty()) {
      throw new UserError(
          "line 1: a @backfill is one statement with {column} for each value of a row, as in"
              + " UPDATE t SET b = {a} WHERE id = {id}");
    }
    if (COUNTING.matcher(text).find() || CONDITION.matcher(text).find()) {
      throw new UserError(
          "line %d: this statement can't be done twice, as after a crash: no counters, no `+` of a"
                  .formatted(statements.getFirst().line())
              + " column to itself, and no IF");
    }
  }

  private static int number(String digits, String value) {
    if (!digits.matches("\\d{1,8}")) {
      throw wrong(value);
    }
    return Integer.parseInt(digits);
  }

  private static UserError wrong(String value) {
    return new UserError(
        "'@backfill %s': write table=messages size=1000 rate=20000".formatted(value));
  }
}
