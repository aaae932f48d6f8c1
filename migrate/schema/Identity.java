package migrate.schema;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Who runs this process and where, for the history and for whoever waits for its lock.
final class Identity {
  private Identity() {}

  /// Such as `alice@build-7 (process 4711)`.
  static String ofThisProcess() {
    return "%s@%s (process %d)"
        .formatted(System.getProperty("user.name"), host(), ProcessHandle.current().pid());
  }

  /// Asked of the environment and the disk: InetAddress would ask name servers, for seconds where
  /// they don't answer.
  private static String host() {
    String name = Objects.requireNonNullElse(System.getenv("HOSTNAME"), "");
    if (name.isBlank()) {
      name = Objects.requireNonNullElse(System.getenv("COMPUTERNAME"), "");
    }
    if (name.isBlank()) {
      try {
        name = Files.readString(Path.of("/etc/hostname"));
      } catch (IOException _) {
        name = "unknown-host";
      }
    }
    return name.strip();
  }
}
