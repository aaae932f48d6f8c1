package ci.lint;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The jars that this program runs on.
final class Libraries {
  private Libraries() {}

  /// The class path without our own classes: without folders, and without the jar that holds this
  /// class. In the order of the class path.
  static List<Path> jars() {
    var own = own();
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar"))
        .map(Path::of)
        .filter(jar -> !jar.equals(own))
        .toList();
  }

  private static Path own() {
    try {
      return Path.of(Libraries.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("the JVM gives no usable place of its own classes", e);
    }
  }
}
