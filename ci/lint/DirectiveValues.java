package ci.lint;

import java.util.function.Consumer;
import java.util.regex.Pattern;

/// Values that JBang accepts but that don't mean the same everywhere or tomorrow.
///
/// Globs work in a checkout and fail when a script is run from a URL; of several artifacts on a
/// line the formatter and the reader lose some; a version that isn't fixed makes two builds differ.
public final class DirectiveValues implements Rule {
  private static final Pattern DYNAMIC =
      Pattern.compile("LATEST|RELEASE|.*-SNAPSHOT|.*[\\[\\](),+*].*|", Pattern.CASE_INSENSITIVE);

  @Override
  public String name() {
    return "directive-values";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    for (var file : tree.java()) {
      for (var directive : file.directives()) {
        check(
            directive,
            (fact, remedy) ->
                found.accept(new Problem(file.path(), directive.line(), fact, remedy)));
      }
    }
  }

  private interface Report {
    void problem(String fact, String remedy);
  }

  private static void check(Directive directive, Report report) {
    String value = directive.value();
    switch (directive.name()) {
      case "SOURCES", "FILES" -> {
        if (value.matches(".*[*?\\[{].*")) {
          report.problem(
              "the glob '%s' fails in a run from a URL".formatted(value), "list the files");
        } else if (value.isEmpty() || value.matches(".*\\s.*")) {
          report.problem(
              "'%s' is not one path".formatted(value), "give each file a line of its own");
        }
      }
      case "DEPS" -> {
        if (value.isEmpty() || value.matches(".*[\\s;,].*") && !value.matches("[^\\s;]*[\\[(].*")) {
          report.problem(
              "'%s' is not one artifact".formatted(value), "give each artifact a line of its own");
        } else {
          var artifact = Artifact.parse(value);
          if (artifact.isEmpty()) {
            report.problem("'%s' is no artifact".formatted(value), "write group:artifact:version");
          } else if (DYNAMIC.matcher(artifact.get().version()).matches()) {
            report.problem("'%s' has no fixed version".formatted(value), "name one version");
          }
        }
      }
      default -> {}
    }
  }
}
