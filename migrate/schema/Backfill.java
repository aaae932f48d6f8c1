package migrate.schema;

import fixtures.urls.UserError;
import java.util.HashMap;
import java.util.Set;
import java.util.regex.Pattern;

/// How the one statement of a step is run over a large table in short transactions: batch after
/// batch in the order of the table's primary key. In the statement `{batch}` stands for the
/// condition that picks the rows of a batch, as in `UPDATE t SET b = f(a) WHERE b IS NULL AND
/// {batch}`. A value.
///
/// @param table whose primary key is walked
/// @param size rows in a batch, each of which is a transaction of its own
/// @param rate the most rows in a second; 0 for no limit
public record Backfill(String table, int size, int rate) {
  /// What stands for the condition in the statement.
  public static final String PLACE = "{batch}";

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
