package migrate.schema;

import fixtures.urls.UserError;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads a step's file: a first comment line of what it does, [Directives] (`-- @name value`), then
/// the parts, each after a line of its own: `-- up`, and where the change can be undone `-- down`.
/// In CQL, `//` may stand for `--`.
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
    return parse(name, source, dialect, Map.of());
  }

  /// @param others the folder's files by their names, among them the sources of Java steps
  static Step parse(String name, String source, Dialect dialect, Map<String, String> others) {
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
          parts.directives,
          parts.up,
          Optional.ofNullable(parts.down),
          sha256(normal + parts.directives.java().map(c -> javaSource(c, others)).orElse("")));
    } catch (UserError e) {
      throw new UserError(name + ", " + e.getMessage());
    }
  }

  private static String javaSource(String className, Map<String, String> others) {
    String file = className.substring(className.lastIndexOf('.') + 1) + ".java";
    if (!others.containsKey(file)) {
      throw new UserError(
          "line 1: its Java step's source, %s, is not beside it, or not in index.txt"
              .formatted(file));
    }
    return normalise(others.get(file));
  }

  private static final class Parts {
    private final String description;
    private final Directives directives;
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
      description = wholeSentences(text);
      var draft = new Directives.Draft();
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
            if (word.startsWith("@")) {
              directive(draft, word, at, part == null, dialect);
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
      directives = draft.finished();
      if (up.isEmpty() && (part == null || directives.java().isEmpty())) {
        throw new UserError("line 1: no statement after a line '-- up'");
      }
      checkTogether(dialect);
    }

    /// A sentence that goes on in the next line is left out, unless it is the first one.
    private static String wholeSentences(String line) {
      int end = line.lastIndexOf(". ");
      return line.endsWith(".") || end < 0 ? line : line.substring(0, end + 1);
    }

    private static void directive(
        Directives.Draft draft, String word, int line, boolean inHead, Dialect dialect) {
      if (!inHead) {
        throw new UserError("line %d: '%s' stands before '-- up' or not".formatted(line, word));
      }
      try {
        draft.add(word, dialect);
      } catch (UserError e) {
        throw new UserError("line %d: %s".formatted(line, e.getMessage()));
      }
    }

    private void checkTogether(Dialect dialect) {
      boolean java = directives.java().isPresent();
      if (directives.backfill().isPresent()) {
        if (java) {
          throw new UserError("line 1: a step is @backfill or @java, not both: make it two files");
        }
        Backfill.check(up, dialect);
      } else if (java && !directives.transaction()) {
        throw new UserError("line 1: a @java step is one transaction: take @no-transaction out");
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
