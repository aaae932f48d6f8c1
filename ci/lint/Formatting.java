package ci.lint;

import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.FormatterException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// One format: google-java-format's.
///
/// It would turn `//DEPS` into a comment with a blank and break long ones, so directives and the
/// first line of a script are kept from it.
public final class Formatting implements Rule.Mending {
  private static final String KEPT = "// kept line ";

  @Override
  public String name() {
    return "format";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    for (var file : tree.writtenJava()) {
      try {
        var formatted = format(file.text());
        if (!formatted.equals(file.text())) {
          found.accept(
              new Problem(
                  file.path(),
                  firstDifference(file.text(), formatted),
                  "is not in the house's format",
                  "run lint --fix"));
        }
      } catch (FormatterException e) {
        found.accept(
            new Problem(
                file.path(),
                0,
                "can't be formatted (%s)".formatted(e.getMessage().lines().findFirst().orElse("")),
                "see what the compiler says"));
      }
    }
  }

  @Override
  public void mend(Tree tree) throws IOException {
    for (var file : tree.writtenJava()) {
      try {
        var formatted = format(file.text());
        if (!formatted.equals(file.text())) tree.write(file.path(), formatted);
      } catch (FormatterException _) {
        // The check that follows reports it.
      }
    }
  }

  /// `text` in the house's format.
  static String format(String text) throws FormatterException {
    List<String> kept = new ArrayList<>();
    var masked = new StringBuilder();
    for (String line : text.lines().toList()) {
      if (line.startsWith("///usr/bin/env") || Directive.parse(line, 0).isPresent()) {
        masked.append(KEPT).append(kept.size()).append('\n');
        kept.add(line);
      } else {
        masked.append(line).append('\n');
      }
    }
    var result = new StringBuilder();
    for (String line :
        new Formatter().formatSourceAndFixImports(masked.toString()).lines().toList()) {
      String stripped = line.strip();
      result
          .append(
              stripped.startsWith(KEPT)
                  ? kept.get(Integer.parseInt(stripped.substring(KEPT.length())))
                  : line)
          .append('\n');
    }
    return result.toString();
  }

  private static int firstDifference(String a, String b) {
    var left = a.lines().toList();
    var right = b.lines().toList();
    int line = 0;
    while (line < left.size() && line < right.size() && left.get(line).equals(right.get(line)))
      line++;
    return line + 1;
  }
}
