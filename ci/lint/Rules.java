package ci.lint;

import java.util.List;

/// The rules of the house.
public final class Rules {
  /// All of them, the quick ones first.
  public static final List<Rule> ALL =
      List.of(
          new DirectiveSpelling(),
          new DirectiveValues(),
          new ArtifactVersions(),
          new SourceLists(),
          new Scripts(),
          new Floors(),
          new Lengths(),
          new Declarations(),
          new TextRules(),
          new Formatting(),
          new Imports(),
          new Compilation(),
          new ArtifactLock());

  private Rules() {}
}
