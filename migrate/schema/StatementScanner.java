package migrate.schema;

import fixtures.urls.UserError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Cuts a file into statements and the line comments that stand between them.
///
/// It reads strings, quoted names, dollar quotes and comments as the databases' own scanners do
/// (PostgreSQL: "Lexical Structure" in its manual, and psql's scanner for where a statement with
/// parentheses or `BEGIN ATOMIC` ends), so that a semicolon inside of one of them ends nothing. For
/// one file and one thread.
final class StatementScanner {
  /// What a file consists of.
  sealed interface Piece permits Statement, Comment {
    /// Where it begins, from 1.
    int line();
  }

  /// A comment that begins a line and stands in no statement, without its dashes or slashes.
  record Comment(String text, int line) implements Piece {}

  private final String source;
  private final Dialect dialect;
  private final List<Piece> pieces = new ArrayList<>();
  private int at;
  private int line = 1;

  /// Of the statement being read; `start` is -1 between statements.
  private int start = -1;

  private int startLine;
  private int parentheses;
  private int bodies;
  private final List<String> words = new ArrayList<>();

  private StatementScanner(String source, Dialect dialect) {
    this.source = source;
    this.dialect = dialect;
  }

  /// The pieces in order.
  ///
  /// @throws UserError when a string, quote or comment has no end
  static List<Piece> scan(String source, Dialect dialect) {
    return new StatementScanner(source, dialect).scan();
  }

  private List<Piece> scan() {
    while (at < source.length()) {
      char c = source.charAt(at);
      if (Character.isWhitespace(c)) {
        skipTo(at + 1);
      } else if (startsLineComment()) {
        lineComment();
      } else if (source.startsWith("/*", at)) {
        blockComment();
      } else if (c == ';') {
        semicolon();
      } else {
        token(c);
      }
    }
    endStatement();
    return List.copyOf(pieces);
  }

  private void token(char c) {
    if (start < 0) {
      start = at;
      startLine = line;
    }
    String tag = c == '$' ? dollarTag() : null;
    if (tag != null) {
      skipPast(source.indexOf(tag, at + tag.length()), tag, "dollar quote " + tag);
    } else if (c == '\'') {
      quoted('\'', false);
    } else if (c == '"') {
      quoted('"', false);
    } else if (isWordStart(c)) {
      word();
    } else {
      if (c == '(') {
        parentheses++;
      } else if (c == ')') {
        parentheses = Math.max(0, parentheses - 1);
      }
      skipTo(at + 1);
    }
  }

  private void word() {
    int end = at + 1;
    while (end < source.length() && isWordPart(source.charAt(end))) {
      end++;
    }
    String word = source.substring(at, end).toUpperCase(Locale.ROOT);
    boolean isString = end < source.length() && source.charAt(end) == '\'';
    skipTo(end);
    if (dialect == Dialect.POSTGRES && isString && word.equals("E")) {
      quoted('\'', true);
      return;
    }
    words.add(word);
    if (dialect == Dialect.POSTGRES && parentheses == 0 && isRoutine()) {
      // A body in standard SQL, BEGIN ATOMIC … END, holds semicolons, and CASE … END as well.
      if (word.equals("BEGIN") || (word.equals("CASE") && bodies > 0)) {
        bodies++;
      } else if (word.equals("END") && bodies > 0) {
        bodies--;
      }
    }
  }

  private boolean isRoutine() {
    int i = words.size() > 2 && words.get(1).equals("OR") ? 3 : 1;
    return words.getFirst().equals("CREATE")
        && words.size() > i
        && (words.get(i).equals("FUNCTION") || words.get(i).equals("PROCEDURE"));
  }

  private void semicolon() {
    boolean inBatch =
        dialect == Dialect.CQL
            && !words.isEmpty()
            && words.getFirst().equals("BEGIN")
            && !(words.size() > 2 && words.subList(words.size() - 2, words.size()).equals(APPLY));
    boolean inBody = dialect == Dialect.POSTGRES && (parentheses > 0 || bodies > 0);
    if (!inBatch && !inBody) {
      endStatement();
    }
    skipTo(at + 1);
  }

  private static final List<String> APPLY = List.of("APPLY", "BATCH");

  private void endStatement() {
    if (start >= 0) {
      pieces.add(new Statement(source.substring(start, at).stripTrailing(), startLine));
    }
    start = -1;
    parentheses = 0;
    bodies = 0;
    words.clear();
  }

  private boolean startsLineComment() {
    return source.startsWith("--", at) || (dialect == Dialect.CQL && source.startsWith("//", at));
  }

  private void lineComment() {
    int end = source.indexOf('\n', at);
    end = end < 0 ? source.length() : end;
    boolean beginsLine = at == 0 || source.charAt(at - 1) == '\n';
    String text = source.substring(at + 2, end).strip();
    if (start < 0 && beginsLine) {
      pieces.add(new Comment(text, line));
    } else if (beginsLine && (text.equals("up") || text.equals("down"))) {
      // Taken as a comment within the statement, it would make one part of two.
      throw new UserError(
          "line %d: the statement before this '%s' lacks its ';'".formatted(line, text));
    }
    skipTo(end);
  }

  private void blockComment() {
    int depth = 1;
    int i = at + 2;
    while (depth > 0) {
      int close = source.indexOf("*/", i);
      int open = dialect == Dialect.POSTGRES ? source.indexOf("/*", i) : -1;
      if (close < 0) {
        throw endless("comment");
      }
      boolean opens = open >= 0 && open < close;
      depth += opens ? 1 : -1;
      i = (opens ? open : close) + 2;
    }
    skipTo(i);
  }

  private void quoted(char quote, boolean backslashes) {
    int i = at + 1;
    while (i < source.length()) {
      char c = source.charAt(i);
      if (backslashes && c == '\\') {
        i++;
      } else if (c == quote) {
        if (i + 1 >= source.length() || source.charAt(i + 1) != quote) {
          skipTo(i + 1);
          return;
        }
        i++;
      }
      i++;
    }
    throw endless(quote == '"' ? "quoted name" : "string");
  }

  /// The dollar quote that begins here, such as `$$` or `$body$`, or null: `$1` begins none.
  private String dollarTag() {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != '$' && isWordPart(source.charAt(end))) {
      end++;
    }
    if (end >= source.length() || source.charAt(end) != '$') {
      return null;
    }
    boolean tagged = end > at + 1;
    boolean legal = !tagged || (dialect == Dialect.POSTGRES && isWordStart(source.charAt(at + 1)));
    return legal ? source.substring(at, end + 1) : null;
  }

  private static boolean isWordStart(char c) {
    return c == '_' || c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /// A dollar within a word belongs to it: `a$b$` begins no quote.
  private static boolean isWordPart(char c) {
    return isWordStart(c) || c == '$' || (c >= '0' && c <= '9');
  }

  private void skipPast(int found, String what, String name) {
    if (found < 0) {
      throw endless(name);
    }
    skipTo(found + what.length());
  }

  private void skipTo(int end) {
    for (int i = at; i < end; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    at = end;
  }

  private UserError endless(String what) {
    return new UserError("line " + line + ": this " + what + " has no end");
  }
}
