package bench.difference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.Compare;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `compare --revisions` in a repository made for it, whose `./jbang` only writes what it is to
/// have measured.
final class RevisionsTest {
  private static final long SECONDS = 30; // of a JVM that starts git a few times

  /// From its third run on, when it is to, it waits, and leaves a folder to a process below it that
  /// deletes it when its pipe ends, as the databases of a real run are ended.
  private static final String MEASURED =
      """
      #!/bin/sh
      echo "$1" >>"$FOLDER/runs"
      if [ -e "$FOLDER/endless" ] && [ "$(wc -l <"$FOLDER/runs")" -gt 2 ]; then
        mkdir "$FOLDER/data"
        mkfifo "$FOLDER/pipe"
        setsid sh -c 'cat >/dev/null; rm -r "$0"' "$FOLDER/data" <"$FOLDER/pipe" &
        exec 9>"$FOLDER/pipe"
        touch "$FOLDER/begun"
        while :; do sleep 0.1 9>&-; done
      fi
      mkdir "$3"
      echo '{"verdict": "VALID", "profile": "groups", "store": "cql", "loop": "closed",
        "messages_per_second": 100, "redis_commands_per_message": 2}' >"$3/load.json"
      """;

  @TempDir Path folder;
  private Path repository;

  @BeforeEach
  void commit() throws Exception {
    repository = Files.createDirectory(folder.resolve("repository"));
    Path script = Files.writeString(repository.resolve("jbang"), MEASURED);
    assertTrue(script.toFile().setExecutable(true));
    Files.createDirectory(folder.resolve("tmp"));
    git("init", "-q");
    git("add", "jbang");
    git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "x");
  }

  private void git(String... words) throws Exception {
    List<String> command = new ArrayList<>(List.of("git"));
    command.addAll(List.of(words));
    var git = new ProcessBuilder(command).directory(repository.toFile()).start();
    assertEquals(0, git.waitFor(), () -> command + " failed");
  }

  private Process compare() throws Exception {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    var command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.io.tmpdir=" + folder.resolve("tmp"),
            "-cp",
            classPath,
            Compare.class.getName(),
            "--revisions",
            "HEAD,HEAD",
            "--run",
            "load");
    command.environment().put("FOLDER", folder.toString());
    command.directory(repository.toFile());
    command.redirectOutput(folder.resolve("out").toFile());
    command.redirectError(folder.resolve("err").toFile());
    return command.start();
  }

  private void ends(Process compare, int code) throws Exception {
    assertTrue(compare.waitFor(SECONDS, TimeUnit.SECONDS), "it does not end");
    String said = Files.readString(folder.resolve("err"));
    assertEquals(code, compare.exitValue(), said);
    long told =
        Files.readAllLines(folder.resolve("out")).stream()
            .filter(line -> line.contains("redis_commands_per_message"))
            .count();
    assertEquals(1, told, said);
    try (Stream<Path> left = Files.list(folder.resolve("tmp"))) {
      assertEquals(List.of(), left.filter(Files::isDirectory).toList());
    }
    try (Stream<Path> trees = Files.list(repository.resolve(".git"))) {
      assertFalse(trees.anyMatch(path -> path.endsWith("worktrees")), "a work tree is left");
    }
  }

  @Test
  void eachRevisionRunsTwiceAndTheyAreCompared() throws Exception {
    ends(compare(), 0);
    assertEquals(4, Files.readAllLines(folder.resolve("runs")).size());
  }

  @Test
  void whatBothHaveIsToldOnceWhenItIsToldToEndAndTheRunEndsWhatItStarted() throws Exception {
    Files.createFile(folder.resolve("endless"));
    Process compare = compare();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (!Files.exists(folder.resolve("begun"))) {
      assertTrue(System.nanoTime() - end < 0 && compare.isAlive(), "the third run does not begin");
      Thread.sleep(20); // another process's
    }
    compare.destroy();
    ends(compare, 128 + 15);
    assertTrue(Files.readString(folder.resolve("err")).contains("stopped early, after 2 runs"));
    assertFalse(Files.exists(folder.resolve("data")), "what ends the databases was ended first");
  }
}
