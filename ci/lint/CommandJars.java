package ci.lint;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// Finds the jars that a script runs on, without those of this program.
@FunctionalInterface
public interface CommandJars {
  /// The script that lists all others' sources and tests.
  String WHOLE_PROJECT = "ci/Test.java";

  /// The class path of the script at `path`, in its order.
  List<Path> of(Tree tree, String path) throws IOException, InterruptedException;

  /// Asks JBang, which resolves a script's class path without compiling it; once for a tree and a
  /// path, since that takes most of a second.
  static List<Path> fromJBang(Tree tree, String path) throws IOException, InterruptedException {
    var known = tree.classPaths().get(path);
    if (known == null) {
      known = ask(tree, path);
      tree.classPaths().put(path, known);
    }
    return known;
  }

  private static List<Path> ask(Tree tree, String path) throws IOException, InterruptedException {
    var launcher = tree.root().resolve("jbang").toString();
    var jbang =
        new ProcessBuilder(launcher, "--quiet", "info", "classpath", "--deps-only", path)
            .directory(tree.root().toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    jbang.getOutputStream().close();
    var out = new String(jbang.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (jbang.waitFor() != 0) {
      throw new IOException(
          "jbang info classpath %s ended with %d".formatted(path, jbang.exitValue()));
    }
    return Stream.of(out.split(File.pathSeparator))
        .filter(jar -> !jar.isEmpty())
        .map(Path::of)
        .toList();
  }
}
