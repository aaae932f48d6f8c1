package bench.results;

import fixtures.engines.Home;
import fixtures.urls.EnvironmentError;
import fixtures.urls.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Where results are kept: a folder for each run, and one line for each in the history.
public final class Results {
  /// The history's name, beside the runs' folders.
  public static final String HISTORY = "history.jsonl";

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);

  private Results() {}

  /// `VYRY_HOME/results`.
  public static Path root() {
    return Home.of(Settings.ofThisProcess(Map.of(), Map.of())).data().resolveSibling("results");
  }

  /// A folder for a run that starts now: `KIND-date-time`. Not made yet.
  public static Path folder(String kind) {
    return root().resolve(kind + "-" + LocalDateTime.now().format(STAMP));
  }

  /// Appends one line to the history beside `folder`.
  ///
  /// @throws EnvironmentError when it cannot be written
  public static void remember(Path folder, Map<String, ?> figures) {
    String line = new JsonMapper().writeValueAsString(figures) + "\n";
    try {
      Files.writeString(
          folder.toAbsolutePath().resolveSibling(HISTORY),
          line,
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new EnvironmentError("cannot write the history: " + e.getMessage(), e);
    }
  }
}
