package ci.lint;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Follows `//SOURCES` lines as JBang does: each path is relative to the file it stands in.
final class Sources {
  private Sources() {}

  /// The path that `value` in `file` means, relative to the project.
  static String resolve(SourceFile file, String value) {
    var parent = Path.of(file.path()).getParent();
    var path = parent == null ? Path.of(value) : parent.resolve(value);
    return path.normalize().toString().replace('\\', '/');
  }

  /// `file` and all that it lists, and what these list.
  static List<SourceFile> reachable(Tree tree, SourceFile file) {
    return reachable(tree, file, new HashSet<>());
  }

  private static List<SourceFile> reachable(Tree tree, SourceFile file, Set<String> seen) {
    if (!seen.add(file.path())) return List.of();
    var found = new ArrayList<SourceFile>();
    found.add(file);
    for (String value : file.values("SOURCES")) {
      tree.file(resolve(file, value))
          .ifPresent(source -> found.addAll(reachable(tree, source, seen)));
    }
    return found;
  }
}
