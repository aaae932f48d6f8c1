package ci.lint;

import java.util.function.Consumer;

/// Files that a reader takes in at once; a command reads as its own help page.
public final class Lengths implements Rule {
  static final int MOST_LINES = 400;
  static final int MOST_SCRIPT_LINES = 120;

  @Override
  public String name() {
    return "lengths";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    for (var file : tree.writtenJava()) {
      int most = file.isScript() ? MOST_SCRIPT_LINES : MOST_LINES;
      int lines = file.isIndex() ? 0 : file.lines().size(); // an index is as long as its folder
      if (lines > most) {
        found.accept(
            new Problem(
                file.path(),
                0,
                "has %d lines, at most %d".formatted(lines, most),
                file.isScript()
                    ? "move what the command uses into a package"
                    : "split it by subject"));
      }
    }
  }
}
