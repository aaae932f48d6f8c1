package bench.difference;

import bench.results.Progress;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Runs one command of two revisions in turn, A B B A, each from a work tree of its own: a machine
/// that gets slower meanwhile gets slower for both. For one thread, and the one on which the
/// process ends.
public final class Revisions implements AutoCloseable {
  private static final int[] ORDER = {0, 1, 1, 0};
  private static final String[] SIDES = {"A", "B"};
  private static final long END_SECONDS = 20; // a run stops its databases first

  private final Path scratch;
  private final List<Path> trees = new ArrayList<>();
  private final Progress progress;
  private final Thread atExit;
  private final List<List<Path>> results = List.of(new ArrayList<>(), new ArrayList<>());
  private volatile Process running;
  private volatile boolean ending;

  /// Checks both out.
  ///
  /// @param atEnd is told the results of both sides when the process is told to end and both have
  ///   one
  /// @throws UserError when one is no revision
  public Revisions(String before, String after, Progress progress, Consumer<List<List<Path>>> atEnd)
      throws IOException {
    this.progress = progress;
    scratch = Files.createTempDirectory("vyry-compare");
    atExit = Thread.ofPlatform().unstarted(() -> end(atEnd));
    Runtime.getRuntime().addShutdownHook(atExit);
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

  /// Whether the process was told to end: what there is of both sides is told by then.
  public boolean ending() {
    return ending;
  }

  /// The folders of results, of the first and of the second revision; not all of them when the
  /// process is told to end.
  ///
  /// @param command as it is given to `./jbang`, without `@catalog` and `--out`
  /// @param rounds of A B B A
  /// @throws EnvironmentError when the command ends with an error
  public List<List<Path>> run(List<String> command, int rounds) throws IOException {
    int all = rounds * ORDER.length;
    for (int i = 0; i < all && !ending; i++) {
      int side = ORDER[i % ORDER.length];
      Path out = scratch.resolve("result-" + i);
      progress.say("run %d of %d: %s".formatted(i + 1, all, SIDES[side]));
      List<String> words = new ArrayList<>();
      words.add(trees.get(side).resolve("jbang").toString());
      words.add(command.getFirst() + "@catalog");
      words.addAll(command.subList(1, command.size()));
      words.addAll(List.of("--out", out.toString()));
      int code = run(trees.get(side), words.toArray(String[]::new));
      if (ending) {
        break;
      }
      if (code != 0) {
        throw new EnvironmentError(
            "%s ended with %d, revision %s"
                .formatted(String.join(" ", command), code, SIDES[side]));
      }
      results.get(side).add(out);
    }
    return results;
  }

  private int run(Path folder, String... command) throws IOException {
    running =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return running.waitFor();
    } catch (InterruptedException _) {
      running.destroy();
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private void end(Consumer<List<List<Path>>> atEnd) {
    ending = true;
    Process last = running;
    try {
      if (last != null && last.isAlive()) {
        List<ProcessHandle> below = last.descendants().toList();
        last.destroy(); // it ends those below itself, and what ends those must not be ended
        last.waitFor(END_SECONDS, TimeUnit.SECONDS);
        for (ProcessHandle one : below) {
          one.onExit().completeOnTimeout(one, END_SECONDS, TimeUnit.SECONDS).join();
          one.destroyForcibly();
        }
      }
      progress.end();
      int runs = results.getFirst().size() + results.getLast().size();
      if (results.stream().noneMatch(List::isEmpty)) {
        System.err.println("stopped early, after " + runs + " runs:");
        atEnd.accept(results);
      } else {
        System.err.println("stopped: there is nothing to compare yet");
      }
      remove();
    } catch (IOException e) {
      System.err.println("compare: not removed: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void remove() throws IOException {
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
    run(Path.of("."), "git", "worktree", "prune");
  }

  /// Removes the work trees and the results.
  @Override
  public void close() throws IOException {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException _) {
      return; // the process is ending: the hook removes them
    }
    remove();
  }
}
