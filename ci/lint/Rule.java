package ci.lint;

import java.util.function.Consumer;

/// One house rule. Rules hold no state: one instance may check several trees.
public interface Rule {
  /// The name for `--rule`, in lower case with hyphens.
  String name();

  /// Reports every place of `tree` that breaks the rule, in the order of the files.
  ///
  /// @throws Exception when the rule can't be checked, which is not the same as kept
  void check(Tree tree, Consumer<Problem> found) throws Exception;

  /// A rule that can also mend what it finds.
  interface Mending extends Rule {
    /// Rewrites the files of `tree` on disk; what is left for a person is found by the next check.
    void mend(Tree tree) throws Exception;
  }
}
