package migrate.backup;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `pg_dump` and `pg_restore`, where they are on the path and know the server's version.
final class PostgresTools {
  private static final Pattern MAJOR = Pattern.compile("\\) (\\d+)");

  private PostgresTools() {}

  /// Whether both are there and at least as new as the server.
  ///
  /// @param serverMajor 18, say
  static boolean serve(int serverMajor) {
    return major("pg_dump") >= serverMajor && major("pg_restore") >= serverMajor;
  }

  private static int major(String tool) {
    try {
      Process process = new ProcessBuilder(tool, "--version").start();
      String said = new String(process.getInputStream().readAllBytes());
      Matcher version = MAJOR.matcher(said);
      return process.waitFor() == 0 && version.find() ? Integer.parseInt(version.group(1)) : 0;
    } catch (IOException _) {
      return 0; // it is not there
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /// @param snapshot exported by a transaction that is open
  static void dump(PostgresUrl url, String snapshot, Path to) {
    run(
        url,
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--exclude-table-data=moves",
        "--exclude-table-data=move_*",
        "--snapshot=" + snapshot,
        "--file=" + to);
  }

  static void restore(PostgresUrl url, Path from) {
    run(
        url,
        "pg_restore",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
        "--dbname=" + url.database(),
        from.toString());
  }

  /// The password goes by the environment: a list of processes shows arguments.
  private static void run(PostgresUrl url, String... command) {
    List<String> words = new ArrayList<>(List.of(command));
    words.add(1, "--host=" + url.hosts().getFirst().host());
    words.add(2, "--port=" + url.hosts().getFirst().port());
    words.add(3, "--username=" + url.user());
    try {
      Path said = Files.createTempFile("vyry", ".txt");
      try {
        var builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.redirectOutput(said.toFile());
        builder.environment().put("PGPASSWORD", url.password());
        builder.environment().put("PGDATABASE", url.database());
        int code = builder.start().waitFor();
        if (code != 0) {
          throw new EnvironmentError(
              "%s ended with %d: %s"
                  .formatted(words.getFirst(), code, Files.readString(said).strip()));
        }
      } finally {
        Files.delete(said);
      }
    } catch (IOException e) {
      throw new EnvironmentError("%s: %s".formatted(words.getFirst(), e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted", e);
    }
  }
}
