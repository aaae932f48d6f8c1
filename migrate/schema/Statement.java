package migrate.schema;

/// One statement of a step as it is written, without the semicolon that ends it.
///
/// @param text what is sent to the database, comments within it included
/// @param line where it begins in its file, from 1
public record Statement(String text, int line) implements StatementScanner.Piece {
  /// The word it begins with, in upper case.
  String firstWord() {
    int end = 0;
    while (end < text.length() && Character.isLetter(text.charAt(end))) {
      end++;
    }
    return text.substring(0, end).toUpperCase(java.util.Locale.ROOT);
  }
}
