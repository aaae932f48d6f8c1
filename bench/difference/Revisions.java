package bench.difference;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Runs one command of two revisions in turn, A B B A, each from a work tree of its own: a machine
/// that gets slower meanwhile gets slower for both.
public final class Revisions implements AutoCloseable {
  private static final int[] ORDER = {0, 1, 1, 0};

  private final Path scratch;
  private final List<Path> trees = new ArrayList<>();
  private final Consumer<String> progress;

  /// Checks both out.
  ///
  /// @throws UserError when one is no revision
  public Revisions(String before, String after, Consumer<String> progress) throws IOException {
    this.progress = progress;
    scratch = Files.createTempDirectory("vyry-compare");
    for (String revision : List.of(before, after)) {
      Path tree = scratch.resolve("tree-" + trees.size());
      int code = run(Path.of("."), "git", "worktree", "add", "--detach", tree.toString(), revision);
      if (code != 0) {
        close();
        throw new UserError("'%s' is no revision that git can check out".formatted(revision));
      }
      trees.add(tree);
    }
  }

  /// The folders of results, of the first and of the second revision.
  ///
  /// @param command as it is given to `./jbang`, without `@catalog` and `--out`
  /// @param rounds of A B B A
  /// @throws EnvironmentError when the command ends with an error
  public List<List<Path>> run(List<String> command, int rounds) throws IOException {
    List<List<Path>> results = List.of(new ArrayList<>(), new ArrayList<>());
    for (int i = 0; i < rounds * ORDER.length; i++) {
      int side = ORDER[i % ORDER.length];
      Path out = scratch.resolve("result-" + i);
      progress.accept(
          "run %d of %d: %s".formatted(i + 1, rounds * ORDER.length, side == 0 ? "A" : "B"));
      List<String> words = new ArrayList<>();
      words.add(trees.get(side).resolve("jbang").toString());
      words.add(command.getFirst() + "@catalog");
      words.addAll(command.subList(1, command.size()));
      words.addAll(List.of("--out", out.toString()));
      int code = run(trees.get(side), words.toArray(String[]::new));
      if (code != 0) {
        throw new EnvironmentError(
            "%s ended with %d in %s".formatted(String.join(" ", words), code, trees.get(side)));
      }
      results.get(side).add(out);
    }
    return results;
  }

  private static int run(Path folder, String... command) throws IOException {
    var process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor();
    } catch (InterruptedException _) {
      process.destroy();
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  /// Removes the work trees and the results.
  @Override
  public void close() throws IOException {
    for (Path tree : trees) {
      run(Path.of("."), "git", "worktree", "remove", "--force", tree.toString());
    }
    trees.clear();
    if (Files.exists(scratch)) {
      try (Stream<Path> all = Files.walk(scratch)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
  }
}
