package ci.lint;

import com.sun.source.tree.ImportTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/// What the files of a command import is there for that command: in the JDK, in a jar of its own
/// `//DEPS` and those of the indexes that it lists, or in a source that it lists.
///
/// The compiler's rule has everyone's jars at once, so it does not see a line that is missing in
/// one index and stands in another. Names that are written in full in the code are not looked at.
public final class Imports implements Rule {
  /// A command is a script in a top folder.
  private static final String COMMAND = "\\w+/\\w+\\.java";

  private static final Names JDK =
      new Names(
          Set.of(),
          ModuleLayer.boot().modules().stream()
              .flatMap(module -> module.getPackages().stream())
              .collect(Collectors.toUnmodifiableSet()));

  private final CommandJars jars;

  public Imports() {
    this(CommandJars::fromJBang);
  }

  Imports(CommandJars jars) {
    this.jars = jars;
  }

  /// What can be imported from one place.
  ///
  /// @param classes with their packages; of a package of [#JDK] any class is taken to be there
  private record Names(Set<String> classes, Set<String> packages) {
    boolean have(String imported) {
      if (imported.endsWith(".*") && packages.contains(without(imported))) {
        return true;
      }
      // The class itself, one that it is nested in, or the one whose member is imported.
      for (String name = imported; name.contains("."); name = without(name)) {
        if (classes.contains(name) || classes.isEmpty() && packages.contains(without(name))) {
          return true;
        }
      }
      return false;
    }

    private static String without(String name) {
      return name.substring(0, name.lastIndexOf('.'));
    }
  }

  private record Use(String path, int line, String name) {}

  @Override
  public String name() {
    return "imports";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) throws IOException, InterruptedException {
    var inJars = new HashMap<Path, Names>();
    var missing = new LinkedHashMap<Use, List<String>>();
    for (var script : tree.java()) {
      if (!script.isScript() || !script.path().matches(COMMAND)) continue;
      var sources = Sources.reachable(tree, script).stream().filter(SourceFile::isJava).toList();
      var places = new ArrayList<>(List.of(JDK, names(sources)));
      for (var jar : jars.of(tree, script.path())) {
        if (!inJars.containsKey(jar)) inJars.put(jar, names(jar));
        places.add(inJars.get(jar));
      }
      for (var use : uses(tree, sources)) {
        if (places.stream().noneMatch(place -> place.have(use.name()))) {
          missing.computeIfAbsent(use, _ -> new ArrayList<>()).add(script.path());
        }
      }
    }
    missing.forEach((use, scripts) ->
        found.accept(
            new Problem(
                use.path(),
                use.line(),
                "imports %s, which %s can't find"
                    .formatted(use.name(), String.join(" and ", scripts)),
                "put its //" + "DEPS, or the source, into the index of the floor it is on")));
  }

  private static List<Use> uses(Tree tree, List<SourceFile> sources) throws IOException {
    var uses = new ArrayList<Use>();
    for (var source : sources) {
      var unit = tree.parsed().units().get(source.path());
      for (ImportTree line : unit == null ? List.<ImportTree>of() : unit.getImports()) {
        if (!line.isModule()) {
          String name = line.getQualifiedIdentifier().toString();
          uses.add(new Use(source.path(), tree.parsed().line(unit, line), name));
        }
      }
    }
    return uses;
  }

  private static Names names(List<SourceFile> sources) {
    return names(
        sources.stream()
            .map(source -> source.path().replaceFirst("\\.java$", "").replace('/', '.'))
            .collect(Collectors.toSet()));
  }

  private static Names names(Path jar) throws IOException {
    try (var file = new JarFile(jar.toFile())) {
      return names(
          file.stream()
              .map(entry -> entry.getName())
              .filter(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
              .map(name -> name.replaceFirst("\\.class$", "").replace('/', '.'))
              .collect(Collectors.toSet()));
    }
  }

  private static Names names(Set<String> classes) {
    var packages = new HashSet<String>();
    for (String name : classes) {
      if (name.contains(".")) packages.add(Names.without(name));
    }
    return new Names(classes, packages);
  }
}
