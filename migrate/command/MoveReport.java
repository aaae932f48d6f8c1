package migrate.command;

import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import migrate.move.MoveEvent;
import migrate.move.MoveSample;
import tools.jackson.databind.json.JsonMapper;

/// What a move was like, as JSON and as one HTML file that needs nothing else: its time line, and
/// what a small commit cost meanwhile, with the phases marked.
///
/// @param status as the command prints it
/// @param events in order
/// @param samples in order; only those of this run of the command
record MoveReport(Map<String, Object> status, List<MoveEvent> events, List<MoveSample> samples) {
  private static final int WIDTH = 1_000; // of the drawing, in its own units
  private static final int HEIGHT = 240;

  /// Writes FILE and, beside it, the same as JSON.
  void write(Path html) {
    String name = html.getFileName().toString().replaceFirst("\\.html?$", "") + ".json";
    try {
      Files.writeString(html, html());
      Files.writeString(html.resolveSibling(name), json());
    } catch (IOException e) {
      throw new UserError("the report can't be written to %s: %s".formatted(html, e));
    }
  }

  String json() {
    Map<String, Object> all = new LinkedHashMap<>(status);
    all.put(
        "events",
        events.stream()
            .map(e -> Map.of("at", "" + e.at(), "event", e.event(), "detail", e.detail()))
            .toList());
    all.put(
        "commit_millis",
        samples.stream().map(s -> Map.of("at", "" + s.at(), "millis", s.nanos() / 1e6)).toList());
    return new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n";
  }

  String html() {
    var page = new StringBuilder();
    page.append("<!doctype html><meta charset=\"utf-8\"><title>A move</title><style>")
        .append("body{font:15px/1.5 system-ui,sans-serif;max-width:64em;margin:2em auto;")
        .append("padding:0 1em;color:#222;background:#fff}td{padding:.1em 1em .1em 0;")
        .append("vertical-align:top}svg{width:100%;border:1px solid #ccc}")
        .append("@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}")
        .append("</style><h1>Move of ")
        .append(text(status.getOrDefault("source", "?")))
        .append(" to ")
        .append(text(status.getOrDefault("target", "?")))
        .append("</h1><table>");
    status.forEach((name, value) -> {
      if (!(value instanceof List<?>)) {
        row(page, name, text(value));
      }
    });
    page.append("</table><h2>What a small commit cost</h2>");
    drawing(page);
    page.append("<h2>Time line</h2><table>");
    for (MoveEvent event : events) {
      row(page, "" + event.at(), text(event.event()) + " " + text(event.detail()));
    }
    return page.append("</table>\n").toString();
  }

  private static void row(StringBuilder page, String left, String right) {
    page.append("<tr><td>").append(text(left)).append("</td><td>").append(right).append("</td>");
  }

  /// Each sample a stroke as high as it took, on a scale of square roots; phases as lines across.
  private void drawing(StringBuilder page) {
    if (samples.size() < 2) {
      page.append("<p>Nothing was measured by this run of the command.</p>");
      return;
    }
    Instant from = samples.getFirst().at();
    double all = Math.max(1, Duration.between(from, samples.getLast().at()).toMillis());
    double most = samples.stream().mapToLong(MoveSample::nanos).max().orElse(1);
    page.append("<svg viewBox=\"0 0 %d %d\">".formatted(WIDTH, HEIGHT + 20));
    for (MoveSample sample : samples) {
      double x = Duration.between(from, sample.at()).toMillis() / all * WIDTH;
      double y = HEIGHT * (1 - Math.sqrt(sample.nanos() / most));
      page.append(
          String.format(
              Locale.ROOT,
              "<path d=\"M%.1f %dV%.1f\" stroke=\"#3a7bd5\"><title>%.1f ms</title></path>",
              x,
              HEIGHT,
              y,
              sample.nanos() / 1e6));
    }
    for (MoveEvent event : events) {
      double x = Duration.between(from, event.at()).toMillis() / all * WIDTH;
      if (event.event().equals("phase") && x >= 0 && x <= WIDTH) {
        page.append(
            String.format(
                Locale.ROOT,
                "<path d=\"M%.1f 0V%d\" stroke=\"#c33\" stroke-dasharray=\"3\"/>"
                    + "<text x=\"%.1f\" y=\"12\" font-size=\"11\" fill=\"#c33\""
                    + " transform=\"rotate(90 %.1f 2)\">%s</text>",
                x,
                HEIGHT,
                x + 2,
                x + 2,
                text(event.detail())));
      }
    }
    page.append(
        String.format(
            Locale.ROOT,
            "<text x=\"2\" y=\"%d\" font-size=\"11\" fill=\"#888\">%.1f s, highest %.1f ms</text>"
                + "</svg>",
            HEIGHT + 15,
            all / 1000,
            most / 1e6));
  }

  private static String text(Object value) {
    return ("" + value).replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
