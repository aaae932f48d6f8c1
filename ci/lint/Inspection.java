package ci.lint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// One look at the project by a list of rules.
///
/// @param problems in the order of the rules; a rule that can't be checked is a problem too
public record Inspection(List<Problem> problems) {
  /// Checks the project in `root`, after mending what can be mended if `mend` is set.
  ///
  /// @param wanted the paths whose problems count and whose files may be mended
  public static Inspection of(Path root, List<Rule> rules, boolean mend, Predicate<String> wanted)
      throws Exception {
    if (mend) {
      for (var rule : rules) {
        // Each sees what the one before it has changed.
        if (rule instanceof Rule.Mending mending) mending.mend(Tree.read(root, wanted));
      }
    }
    var tree = Tree.read(root);
    var problems = new ArrayList<Problem>();
    for (var rule : rules) {
      try {
        rule.check(tree, problems::add);
      } catch (InterruptedException e) {
        throw e;
      } catch (Exception e) {
        problems.add(
            new Problem(
                "(" + rule.name() + ")",
                0,
                "can't be checked (%s)".formatted(e),
                "see the message"));
      }
    }
    problems.removeIf(problem -> !problem.path().startsWith("(") && !wanted.test(problem.path()));
    return new Inspection(List.copyOf(problems));
  }
}
