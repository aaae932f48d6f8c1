package ci.lint;

import java.util.function.Consumer;
import java.util.regex.Pattern;

/// JBang passes over a directive that it doesn't know, or that doesn't stand at the very start of
/// its line, without a word: such a line must not look like one.
///
/// So a comment has a blank after its slashes, and its first word is not the name of a directive.
public final class DirectiveSpelling implements Rule {
  private static final Pattern COMMENT =
      Pattern.compile("(?<indent>\\s*)//(?<blank> *)(?<word>[A-Za-z][A-Za-z_]*)(?<rest>.*)");

  private static final Pattern TEXT_BLOCK = Pattern.compile("(?<!\\\\)\"\"\"");

  @Override
  public String name() {
    return "directive-spelling";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    for (var file : tree.java()) {
      boolean inTextBlock = false;
      int number = 0;
      for (String line : file.lines()) {
        number++;
        boolean starts = line.startsWith("//"); // JBang reads text blocks too
        if (starts || !inTextBlock) check(file, line, number, found);
        if (TEXT_BLOCK.matcher(line).results().count() % 2 == 1) inTextBlock = !inTextBlock;
      }
    }
  }

  private static void check(SourceFile file, String line, int number, Consumer<Problem> found) {
    var comment = COMMENT.matcher(line);
    if (!comment.matches() || Directive.parse(line, number).isPresent()) return;
    String word = comment.group("word");
    boolean known = Directive.KNOWN.contains(word);
    if (comment.group("blank").isEmpty()) {
      found.accept(
          new Problem(
              file.path(),
              number,
              "JBang ignores '%s'".formatted(line.strip()),
              known
                  ? "start the line with it, and put a blank after the name"
                  : "a directive is one of the known ones (nearest: //%s), a comment has a blank after //"
                      .formatted(nearest(word))));
    } else if (known && comment.group("rest").matches("|\\s+[\\w.:+/*@=-]+")) {
      found.accept(
          new Problem(
              file.path(),
              number,
              "JBang ignores '%s'".formatted(line.strip()),
              "write //%s without the blank at the start of the line".formatted(word)));
    }
  }

  private static String nearest(String word) {
    return Directive.KNOWN.stream()
        .sorted()
        .min((a, b) -> Integer.compare(distance(word, a), distance(word, b)))
        .orElseThrow();
  }

  /// Levenshtein's distance, without regard to case.
  private static int distance(String a, String b) {
    var previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) previous[j] = j;
    for (int i = 1; i <= a.length(); i++) {
      var row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        boolean equal = Character.toUpperCase(a.charAt(i - 1)) == b.charAt(j - 1);
        row[j] = Math.min(previous[j - 1] + (equal ? 0 : 1), 1 + Math.min(previous[j], row[j - 1]));
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
