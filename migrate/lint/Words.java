package migrate.lint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// A statement cut into words and signs, without comments. Words are in upper case, quoted names as
/// they are written, strings and bodies are `'…'`. A value.
///
/// It is no parser: rules look for the words by which a clause is known.
final class Words {
  private static final String STRING = "'…'";

  /// Of CQL, with others in `<…>`.
  private static final Set<String> TYPES =
      Set.of("LIST", "SET", "MAP", "FROZEN", "TUPLE", "VECTOR");

  private final List<String> list;

  private Words(List<String> list) {
    this.list = List.copyOf(list);
  }

  static Words of(String statement) {
    return new Scan(statement).words();
  }

  int size() {
    return list.size();
  }

  boolean isEmpty() {
    return list.isEmpty();
  }

  /// The word at `i`, or nothing beyond the end.
  String at(int i) {
    return i >= 0 && i < list.size() ? list.get(i) : "";
  }

  /// Whether these words stand at `i`.
  boolean at(int i, String... words) {
    for (int k = 0; k < words.length; k++) {
      if (!at(i + k).equals(words[k])) {
        return false;
      }
    }
    return true;
  }

  boolean starts(String... words) {
    return at(0, words);
  }

  /// Where these words stand first, or -1.
  int find(String... words) {
    for (int i = 0; i < list.size(); i++) {
      if (at(i, words)) {
        return i;
      }
    }
    return -1;
  }

  boolean has(String... words) {
    return find(words) >= 0;
  }

  /// From `from` on.
  Words from(int from) {
    return new Words(list.subList(Math.min(Math.max(from, 0), list.size()), list.size()));
  }

  /// The first word that is none of these, by its place.
  int skip(int from, String... words) {
    var passed = List.of(words);
    int i = from;
    while (passed.contains(at(i))) {
      i++;
    }
    return i;
  }

  /// A name as it is compared: without `public` and quotes, in lower case unless quoted.
  String name(int i) {
    String name = plain(at(i));
    if (at(i + 1).equals(".")) {
      String second = plain(at(i + 2));
      return name.equals("public") ? second : name + "." + second;
    }
    return name;
  }

  /// Where what follows the name at `i` begins.
  int afterName(int i) {
    return at(i + 1).equals(".") ? i + 3 : i + 1;
  }

  private static String plain(String word) {
    return word.startsWith("\"")
        ? word.substring(1, word.length() - 1)
        : word.toLowerCase(Locale.ROOT);
  }

  /// What stands between commas that are in no parentheses.
  List<Words> parts() {
    var parts = new ArrayList<Words>();
    int[] depths = depths();
    int start = 0;
    for (int i = 0; i <= list.size(); i++) {
      if (i == list.size() || depths[i] == 0 && at(i).equals(",")) {
        if (i > start) {
          parts.add(new Words(list.subList(start, i)));
        }
        start = i + 1;
      }
    }
    return parts;
  }

  /// What stands in the parentheses that open at `i`.
  Words inside(int i) {
    int[] depths = depths();
    for (int k = i; k < list.size(); k++) {
      if (depths[k] < depths[i]) {
        return new Words(list.subList(i + 1, k));
      }
    }
    return from(i + 1);
  }

  /// How many parentheses are open behind each word. `<` is one behind a type of CQL, else it
  /// compares.
  private int[] depths() {
    var depths = new int[list.size()];
    var open = new ArrayDeque<String>();
    for (int i = 0; i < depths.length; i++) {
      switch (at(i)) {
        case "(", "[" -> open.push(at(i));
        case ")", "]" -> open.poll();
        case "<" -> {
          if (TYPES.contains(at(i - 1))) open.push("<");
        }
        case ">" -> {
          if ("<".equals(open.peek())) open.pop();
        }
        default -> {
          // It opens and closes nothing.
        }
      }
      depths[i] = open.size();
    }
    return depths;
  }

  @Override
  public String toString() {
    return String.join(" ", list);
  }

  /// For one statement.
  private static final class Scan {
    private final String text;
    private final List<String> words = new ArrayList<>();
    private int at;

    Scan(String text) {
      this.text = text;
    }

    Words words() {
      while (at < text.length()) {
        char c = text.charAt(at);
        if (Character.isWhitespace(c)) {
          at++;
        } else if (text.startsWith("--", at) || text.startsWith("//", at)) {
          at = end(text.indexOf('\n', at));
        } else if (text.startsWith("/*", at)) {
          at = end(text.indexOf("*/", at) + 2);
        } else if (c == '\'') {
          quoted('\'');
          words.add(STRING);
        } else if (c == '"') {
          int start = at;
          quoted('"');
          words.add(text.substring(start, at));
        } else if (c == '$' && text.indexOf('$', at + 1) > 0) {
          String tag = text.substring(at, text.indexOf('$', at + 1) + 1);
          at = end(text.indexOf(tag, at + tag.length()) + tag.length());
          words.add(STRING);
        } else if (Character.isLetterOrDigit(c) || c == '_') {
          int start = at;
          while (at < text.length() && isWordPart(text.charAt(at))) {
            at++;
          }
          words.add(text.substring(start, at).toUpperCase(Locale.ROOT));
        } else {
          int length = text.startsWith("::", at) ? 2 : 1;
          words.add(text.substring(at, at + length));
          at += length;
        }
      }
      return new Words(words);
    }

    private static boolean isWordPart(char c) {
      return Character.isLetterOrDigit(c) || c == '_' || c == '$';
    }

    /// The step was read before, so all that opens is closed: a missing end is the text's end.
    private int end(int found) {
      return found <= at ? text.length() : found;
    }

    private void quoted(char quote) {
      at++;
      while (at < text.length()) {
        if (text.charAt(at++) == quote) {
          if (at < text.length() && text.charAt(at) == quote) {
            at++;
          } else {
            return;
          }
        }
      }
    }
  }
}
