package ci.lint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A small project in a temporary folder, for the tests of rules.
final class TestTree {
  private final Path folder;

  TestTree(Path folder) {
    this.folder = folder;
  }

  TestTree with(String path, String text) throws IOException {
    Files.createDirectories(folder.resolve(path).getParent());
    Files.writeString(folder.resolve(path), text);
    return this;
  }

  Tree read() throws Exception {
    return Tree.read(folder);
  }

  String text(String path) throws IOException {
    return Files.readString(folder.resolve(path));
  }

  /// What `rule` finds, each problem as `path:line fact`.
  List<String> problems(Rule rule) throws Exception {
    var found = new ArrayList<String>();
    rule.check(read(), p -> found.add(p.path() + ":" + p.line() + " " + p.fact()));
    return found;
  }

  void mend(Rule.Mending rule) throws Exception {
    rule.mend(read());
  }
}
