package migrate.schema;

import fixtures.urls.UserError;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads a step's file: a first comment line of what it does, directives (`-- @name value`; none
/// are known yet), then the parts, each after a line of its own: `-- up`, and where the change can
/// be undone `-- down`. In CQL, `//` may stand for `--`.
final class StepFile {
  private static final Pattern NAME = Pattern.compile("(\\d{4})_([a-z0-9_]+)\\.(sql|cql)");

  /// They would end the transaction that a step and its line in the history share.
  private static final Set<String> TRANSACTION_WORDS =
      Set.of("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "PREPARE");

  /// What can be done twice; ALTER TABLE … ADD IF NOT EXISTS is not to be had everywhere.
  private static final Pattern REPEATABLE =
      Pattern.compile(
          "^(?!CREATE\\b|DROP\\b)|\\bIF\\s+(NOT\\s+)?EXISTS\\b", Pattern.CASE_INSENSITIVE);

  private StepFile() {}

  /// @param name of the file, without folders
  /// @throws UserError naming file, line and rule when the file breaks the format
  static Step parse(String name, String source, Dialect dialect) {
    var match = NAME.matcher(name);
    if (!match.matches() || !match.group(3).equals(dialect.extension())) {
      throw new UserError(
          "%s is no name for a step: it is four digits, '_', lower-case words, '.%s'"
              .formatted(name, dialect.extension()));
    }
    int version = Integer.parseInt(match.group(1));
    if (version == 0) {
      throw new UserError(name + ": versions begin with 0001");
    }
    String normal = normalise(source);
    try {
      var parts = new Parts(StatementScanner.scan(normal, dialect), dialect);
      return new Step(
          version,
          match.group(2),
          name,
          parts.description,
          parts.up,
          Optional.ofNullable(parts.down),
          sha256(normal));
    } catch (UserError e) {
      throw new UserError(name + ", " + e.getMessage());
    }
  }

  private static final class Parts {
    private final String description;
    private final List<Statement> up = new ArrayList<>();
    private List<Statement> down;

    Parts(List<StatementScanner.Piece> pieces, Dialect dialect) {
      if (pieces.isEmpty()
          || !(pieces.getFirst() instanceof StatementScanner.Comment(String text, int line))
          || line != 1
          || text.isEmpty()
          || text.equals("up")) {
        throw new UserError("line 1: the first line is a comment that says what it does");
      }
      description = text;
      List<Statement> part = null;
      for (var piece : pieces) {
        switch (piece) {
          case StatementScanner.Comment(String word, int at) when word.equals("up") -> {
            if (part != null) {
              throw new UserError("line %d: a second 'up'".formatted(at));
            }
            part = up;
          }
          case StatementScanner.Comment(String word, int at) when word.equals("down") -> {
            if (part != up) {
              throw new UserError("line %d: 'down' comes once, after 'up'".formatted(at));
            }
            part = down = new ArrayList<>();
          }
          case StatementScanner.Comment(String word, int at) -> {
            if (part == null && word.startsWith("@")) {
              throw new UserError(
                  "line %d: '%s' is no directive that is known here".formatted(at, word));
            }
          }
          case Statement statement -> {
            if (part == null) {
              throw new UserError(
                  "line %d: a statement before '-- up'".formatted(statement.line()));
            }
            part.add(checked(statement, dialect));
          }
        }
      }
      if (up.isEmpty()) {
        throw new UserError("line 1: no statement after a line '-- up'");
      }
    }

    private static Statement checked(Statement statement, Dialect dialect) {
      if (dialect == Dialect.POSTGRES && TRANSACTION_WORDS.contains(statement.firstWord())) {
        throw new UserError(
            "line %d: '%s' can't stand in a step, which is one transaction already: take it out"
                .formatted(statement.line(), statement.firstWord()));
      }
      if (dialect == Dialect.CQL && !REPEATABLE.matcher(statement.text()).find()) {
        throw new UserError(
            "line %d: this statement can't be done twice, as after a crash: say IF [NOT] EXISTS"
                .formatted(statement.line()));
      }
      return statement;
    }
  }

  /// What editors and version control may change without anyone's meaning to counts for nothing: a
  /// byte order mark, the kind of line ends, blanks at the end of lines and of the file.
  private static String normalise(String source) {
    var lines = source.replace("\uFEFF", "").lines().map(String::stripTrailing);
    return String.join("\n", lines.toList()).stripTrailing() + "\n";
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      // "Every implementation of the Java platform is required to support … SHA-256".
      throw new AssertionError(e);
    }
  }
}
