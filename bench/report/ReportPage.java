package bench.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// Makes the page: a template with its style, its script, the plotting library (Chart.js, MIT) and
/// the data, all in one file that loads nothing.
public final class ReportPage {
  private static final String CHARTS =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

  private final Runs runs;
  private final Ladder ladder;

  private ReportPage(Runs runs, Ladder ladder) {
    this.runs = runs;
    this.ladder = ladder;
  }

  /// Reads the results.
  ///
  /// @param folders of runs; the newest of each kind when empty
  /// @throws fixtures.urls.UserError when there is none
  public static ReportPage of(List<Path> folders) {
    Runs runs = Runs.read(folders);
    var pairs = runs.loads().stream().filter(Runs.Run::pairsFlatOut).findFirst();
    var ladder =
        Ladder.of(
            runs.bench().isEmpty() ? null : runs.bench().getFirst().json(),
            pairs.map(Runs.Run::json).orElse(null));
    return new ReportPage(runs, ladder);
  }

  /// The ladder as a table.
  public String ladder() {
    return ladder.toString();
  }

  /// What the page shows, as JSON.
  public String json(Path page) {
    return new JsonMapper().writeValueAsString(ReportData.of(runs, ladder, page));
  }

  /// Writes it.
  public void write(Path page) {
    String html =
        resource("report.html")
            .replace("/*STYLE*/", resource("report.css"))
            .replace("@MADE@", LocalDateTime.now().truncatedTo(ChronoUnit.MINUTES).toString())
            .replace("/*CHARTS*/", script(resource(CHARTS)))
            .replace("/*DATA*/", script(json(page)))
            .replace("/*SCRIPT*/", script(resource("report.js")));
    try {
      if (page.toAbsolutePath().getParent() != null) {
        Files.createDirectories(page.toAbsolutePath().getParent());
      }
      Files.writeString(page, html);
    } catch (IOException e) {
      throw new EnvironmentError("cannot write " + page + ": " + e.getMessage(), e);
    }
  }

  /// What stands in a script must not end it.
  private static String script(String text) {
    return text.replace("</", "<\\/").replaceAll("(?m)^//# sourceMappingURL=.*$", "");
  }

  private static String resource(String name) {
    try (var in = ReportPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new EnvironmentError(name + " is not on the class path");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new EnvironmentError("cannot read " + name + ": " + e.getMessage(), e);
    }
  }
}
