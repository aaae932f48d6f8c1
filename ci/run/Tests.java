package ci.run;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Finds the test classes: what was compiled in, and what stands in the tree.
public final class Tests {
  private static final List<String> FOLDERS =
      List.of("fixtures", "migrate", "server", "bench", "ci");

  private Tests() {}

  /// The names of all compiled top-level classes that end in `Test`, sorted.
  public static Set<String> compiled() throws IOException {
    var own = own();
    if (Files.isDirectory(own)) return in(own, own, ".class");
    try (var jar = FileSystems.newFileSystem(own)) {
      var root = jar.getPath("/");
      return in(root, root, ".class");
    }
  }

  /// The names of the test classes whose sources stand in `checkout`, sorted.
  public static Set<String> inTree(Path checkout) throws IOException {
    return in(checkout, checkout, ".java");
  }

  private static Set<String> in(Path root, Path base, String extension) throws IOException {
    var found = new TreeSet<String>();
    for (String folder : FOLDERS) {
      if (!Files.isDirectory(base.resolve(folder))) continue;
      try (Stream<Path> paths = Files.walk(base.resolve(folder))) {
        paths
            .map(path -> root.relativize(path).toString())
            .filter(path -> path.matches(".*\\w/\\w+Test\\" + extension))
            .map(path -> path.substring(0, path.length() - extension.length()))
            .map(path -> path.replace('/', '.').replace('\\', '.'))
            .forEach(found::add);
      }
    }
    return found;
  }

  private static Path own() {
    try {
      return Path.of(Tests.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the JVM gives no usable place of its own classes", e);
    }
  }
}
