package ci.lint;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.util.TreeScanner;
import java.io.IOException;
import java.util.Set;
import java.util.function.Consumer;

/// A folder meets only the folders to its left: fixtures, migrate, server, bench, ci.
///
/// Besides, the server starts engines in few places, so that it can't come to depend on them: only
/// [#ENGINE_STARTERS] and tests use `fixtures.engines` and `fixtures.seed`. `fixtures seed` writes
/// through the schema by plain COPY and so needs no exception.
public final class Floors implements Rule {
  /// The files of the server that start embedded engines.
  static final Set<String> ENGINE_STARTERS =
      Set.of("server/Server.java", "server/operations/Databases.java");

  private static final Set<String> ENGINE_PACKAGES =
      Set.of("fixtures.engines", "fixtures.seed", "fixtures.containers");

  @Override
  public String name() {
    return "floors";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) throws IOException {
    var parsed = tree.parsed();
    for (var file : tree.java()) {
      var unit = parsed.units().get(file.path());
      if (unit == null || !Tree.FLOORS.contains(file.folder())) continue;
      checkPackage(file, unit, found);
      new Names(file, parsed, unit, found).scan(unit, null);
    }
  }

  private static void checkPackage(
      SourceFile file, CompilationUnitTree unit, Consumer<Problem> found) {
    String expected = file.path().substring(0, file.path().lastIndexOf('/')).replace('/', '.');
    String actual = unit.getPackageName() == null ? "" : unit.getPackageName().toString();
    if (!actual.equals(expected)) {
      found.accept(
          new Problem(
              file.path(),
              0,
              "stands in package '%s'".formatted(actual),
              "the folder says " + expected));
    }
  }

  /// Looks at imports and at full names in the code.
  private static final class Names extends TreeScanner<Void, Void> {
    private final SourceFile file;
    private final ParsedJava parsed;
    private final CompilationUnitTree unit;
    private final Consumer<Problem> found;

    Names(SourceFile file, ParsedJava parsed, CompilationUnitTree unit, Consumer<Problem> found) {
      this.file = file;
      this.parsed = parsed;
      this.unit = unit;
      this.found = found;
    }

    @Override
    public Void visitPackage(PackageTree tree, Void unused) {
      return null;
    }

    @Override
    public Void visitImport(ImportTree tree, Void unused) {
      look(tree, tree.getQualifiedIdentifier().toString());
      return null;
    }

    @Override
    public Void visitMemberSelect(MemberSelectTree tree, Void unused) {
      // A full name begins "folder.package.Type"; a variable named like a folder doesn't go on so.
      String name = tree.toString();
      if (name.matches("(fixtures|migrate|server|bench|ci)(\\.[a-z]\\w*)*\\.[A-Z]\\w*")) {
        look(tree, name);
        return null;
      }
      return super.visitMemberSelect(tree, unused);
    }

    private void look(com.sun.source.tree.Tree node, String name) {
      int own = Tree.FLOORS.indexOf(file.folder());
      int other = Tree.FLOORS.indexOf(name.substring(0, Math.max(0, name.indexOf('.'))));
      if (other > own && !file.isTest()) {
        report(
            node,
            "%s uses %s".formatted(file.folder(), name),
            "a folder uses only those to its left (" + String.join(", ", Tree.FLOORS) + ")");
      } else if (file.folder().equals("server")
          && !file.isTest()
          && !ENGINE_STARTERS.contains(file.path())
          && ENGINE_PACKAGES.stream().anyMatch(engines -> name.startsWith(engines + "."))) {
        report(
            node,
            "the server uses " + name,
            "only %s start engines"
                .formatted(String.join(" and ", ENGINE_STARTERS.stream().sorted().toList())));
      }
    }

    private void report(com.sun.source.tree.Tree node, String fact, String remedy) {
      found.accept(new Problem(file.path(), parsed.line(unit, node), fact, remedy));
    }
  }
}
