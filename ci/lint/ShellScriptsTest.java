package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ci.run.Checkout;
import ci.testing.Ran;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// shellcheck has nothing to say about the project's shell scripts.
@Tag("lint")
class ShellScriptsTest {
  @Test
  void everyShellScriptIsClean() throws Exception {
    assumeTrue(Checkout.find().isPresent(), "needs a checkout to look at");
    assumeTrue(
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "shellcheck"))),
        "shellcheck is not installed");
    var root = Checkout.find().orElseThrow();
    var command = new ArrayList<>(List.of("shellcheck"));
    for (var file : Tree.read(root).files()) {
      // The recipe for containers is kept as it was tried.
      if (file.path().startsWith("fixtures/containers/")) continue;
      if (file.text().matches("(?s)#!\\s*(/usr)?/bin/(env )?(ba)?sh\\b.*"))
        command.add(file.path());
    }
    assertEquals(
        0, Ran.start(root, System.getenv(), command).join().code(), () -> "run " + command);
  }
}
