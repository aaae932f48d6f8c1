package ci.lint;

import java.util.function.Consumer;
import java.util.regex.Pattern;

/// A command starts as every other, says which Java it needs, and is in the catalog.
public final class Scripts implements Rule {
  private static final Pattern JAVA = Pattern.compile("25\\+?");

  @Override
  public String name() {
    return "scripts";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    String catalog = tree.file("jbang-catalog.json").map(SourceFile::text).orElse("");
    for (var file : tree.java()) {
      if (!file.isScript()) continue;
      if (!file.lines().getFirst().equals(SourceFile.SCRIPT_LINE)) {
        found.accept(
            new Problem(
                file.path(), 1, "has its own first line", "write " + SourceFile.SCRIPT_LINE));
      }
      if (file.values("JAVA").stream().noneMatch(value -> JAVA.matcher(value).matches())) {
        found.accept(
            new Problem(file.path(), 0, "doesn't say which Java it needs", "add //" + "JAVA 25+"));
      }
      boolean command = file.path().matches("\\w+/\\w+\\.java");
      if (command && !catalog.contains("\"script-ref\": \"" + file.path() + "\"")) {
        found.accept(
            new Problem(
                file.path(),
                0,
                "is a command that jbang-catalog.json doesn't name",
                "add it, or move it into a package"));
      }
    }
    var refs = Pattern.compile("\"script-ref\": \"([^\"]+)\"").matcher(catalog);
    while (refs.find()) {
      if (tree.file(refs.group(1)).isEmpty()) {
        found.accept(
            new Problem(
                "jbang-catalog.json",
                0,
                "names %s, which is not there".formatted(refs.group(1)),
                "remove the alias"));
      }
    }
  }
}
