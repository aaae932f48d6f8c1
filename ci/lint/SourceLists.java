package ci.lint;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What is not listed in an index is missing when a command is run from a URL, though the same
/// command works in a checkout; and a test that is not listed never runs.
///
/// A folder's index lists its sources and resources, the index of `ci` every test besides; a script
/// or an index below may list what it alone needs.
public final class SourceLists implements Rule.Mending {
  private static final String TESTS = "ci/package-info.java";
  private static final Set<String> RESOURCES =
      Set.of(
          "cql",
          "css",
          "csv",
          "html",
          "js",
          "json",
          "lua",
          "properties",
          "sql",
          "svg",
          "txt",
          "xml",
          "yaml",
          "yml");

  private static final Comparator<String> INDEXES_FIRST =
      Comparator.<String, Boolean>comparing(value -> !value.matches(".*package-info\\.java"))
          .thenComparing(Comparator.naturalOrder());

  /// Looked for at the root of the class path.
  private static final String LOG_SETTINGS = "logback-test.xml";

  private static final Set<String> TESTED_COMMANDS = Set.of("fixtures", "migrate", "server");

  /// For the shell, not for the class path.
  private static final String CONTAINER_RECIPE = "fixtures/containers/";

  @Override
  public String name() {
    return "source-lists";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    for (var file : tree.java()) {
      for (var directive : file.directives()) {
        if (directive.is("SOURCES") || directive.is("FILES")) {
          checkTarget(tree, file, directive, found);
        }
      }
    }
    missing(tree)
        .forEach((index, paths) -> {
          for (String path : paths) {
            found.accept(
                new Problem(
                    path, 0, "is not listed in " + index, "add it there, or run lint --fix"));
          }
        });
  }

  @Override
  public void mend(Tree tree) throws IOException {
    var missing = missing(tree);
    for (var index : tree.java()) {
      if (!index.isIndex()) continue;
      String path = index.path();
      var lines = index.lines();
      for (String kind : List.of("SOURCES", "FILES")) {
        var listed = new TreeSet<>(index.values(kind));
        var values = new TreeSet<>(listed);
        values.removeIf(value -> tree.file(target(index, kind, value)).isEmpty());
        missing.getOrDefault(path, List.of()).stream()
            .filter(file -> file.endsWith(".java") == kind.equals("SOURCES"))
            .map(file ->
                kind.equals("SOURCES") ? relative(path, file) : file + "=" + relative(path, file))
            .forEach(values::add);
        if (!values.equals(listed)) lines = replace(lines, kind, values);
      }
      var text = String.join("\n", lines) + "\n";
      if (!text.equals(index.text())) tree.write(path, text);
    }
  }

  private static void checkTarget(
      Tree tree, SourceFile file, Directive directive, Consumer<Problem> found) {
    String target = target(file, directive.name(), directive.value());
    String fact = null;
    String remedy = "";
    if (tree.file(target).isEmpty()) {
      fact = "lists '%s', which is not there".formatted(directive.value());
      remedy = "remove the line, or run lint --fix";
    } else if (directive.is("FILES")
        && !directive.value().startsWith(target + "=")
        && !directive.value().startsWith(LOG_SETTINGS + "=")) {
      fact = "puts '%s' elsewhere than where it stands".formatted(directive.value());
      remedy = "write %s=%s".formatted(target, relative(file.path(), target));
    } else if (file.isIndex()
        && !file.path().equals(TESTS)
        && tree.file(target).orElseThrow().isTest()) {
      fact = "lists the test '%s'".formatted(directive.value());
      remedy = "list it in " + TESTS;
    }
    if (fact != null) found.accept(new Problem(file.path(), directive.line(), fact, remedy));
  }

  private static String target(SourceFile file, String kind, String value) {
    return Sources.resolve(
        file, kind.equals("FILES") ? value.substring(value.indexOf('=') + 1) : value);
  }

  /// By index, the files that it should list and nothing lists.
  private static Map<String, List<String>> missing(Tree tree) {
    Set<String> listed =
        tree.java().stream()
            .filter(file -> file.isIndex() || file.isScript())
            .flatMap(file -> Stream.concat(targets(file, "SOURCES"), targets(file, "FILES")))
            .collect(Collectors.toSet());
    var missing = new TreeMap<String, List<String>>();
    for (var file : tree.files()) {
      boolean wanted = file.isJava() ? !file.isScript() || isTested(file) : isResource(file);
      if (!wanted || !Tree.FLOORS.contains(file.folder()) || listed.contains(file.path())) continue;
      indexFor(tree, file)
          .ifPresent(
              index -> missing.computeIfAbsent(index, _ -> new ArrayList<>()).add(file.path()));
    }
    return missing;
  }

  /// The nearest index above `file`; nobody lists the index of a top folder.
  private static Optional<String> indexFor(Tree tree, SourceFile file) {
    if (file.isTest() || isTested(file)) return Optional.of(TESTS);
    return tree.java().stream()
        .filter(index -> index.isIndex() && !index.equals(file))
        .map(SourceFile::path)
        .filter(index -> file.path().startsWith(index.substring(0, index.lastIndexOf('/') + 1)))
        .max(Comparator.comparingInt(String::length));
  }

  /// Is `file` a command whose own sources and artifacts its tests need?
  private static boolean isTested(SourceFile file) {
    return file.isScript() && TESTED_COMMANDS.contains(file.folder());
  }

  private static Stream<String> targets(SourceFile file, String kind) {
    return file.values(kind).stream().map(value -> target(file, kind, value));
  }

  private static boolean isResource(SourceFile file) {
    return RESOURCES.contains(file.path().substring(file.path().lastIndexOf('.') + 1))
        && !file.path().startsWith(CONTAINER_RECIPE);
  }

  /// How the file at `path` is named in the file at `index`.
  private static String relative(String index, String path) {
    return Path.of(index).getParent().relativize(Path.of(path)).toString().replace('\\', '/');
  }

  /// Puts the sorted `values` where the first line of `kind` stood.
  private static List<String> replace(List<String> lines, String kind, Collection<String> values) {
    var sorted = new TreeSet<String>(INDEXES_FIRST);
    sorted.addAll(values);
    var result = new ArrayList<String>();
    boolean placed = false;
    for (String line : lines) {
      if (Directive.parse(line, 0).filter(d -> d.is(kind)).isEmpty()) {
        boolean secondBlank = line.isBlank() && !result.isEmpty() && result.getLast().isBlank();
        if (!secondBlank) result.add(line);
      } else if (!placed) {
        sorted.forEach(value -> result.add("//" + kind + " " + value));
        placed = true;
      }
    }
    if (!placed) sorted.forEach(value -> result.add("//" + kind + " " + value));
    while (!result.isEmpty() && result.getLast().isBlank()) result.removeLast();
    return result;
  }
}
