package migrate.command;

import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import migrate.move.MoveEvent;
import migrate.move.MoveSample;
import tools.jackson.databind.json.JsonMapper;

/// What a move was like, as JSON and as one HTML file that needs nothing else: what it came to, how
/// long something took meanwhile with the phases marked, and its time line.
///
/// @param measured what the samples are: `a small commit at the source`
/// @param status as the command prints it
/// @param events in order
/// @param samples in order; only those of this run of the command
public record MoveReport(
    String measured, Map<String, Object> status, List<MoveEvent> events, List<MoveSample> samples) {
  /// Events that tell a result: rows and rates, what was compared, the pause.
  private static final Set<String> RESULTS =
      Set.of(
          "copied",
          "built",
          "followed",
          "verified",
          "mended",
          "shadow",
          "cut over",
          "moved",
          "carried",
          "pause");

  /// Writes FILE and, beside it, the same as JSON.
  ///
  /// @throws UserError when they can't be written
  public void write(Path html) {
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
    all.put("measured", measured);
    all.put(
        "latency_per_%d_millis".formatted(LatencyDrawing.MILLIS),
        LatencyDrawing.of(samples).slots().stream()
            .map(slot -> {
              Map<String, Object> json = new LinkedHashMap<>();
              json.put("at", "" + slot.at());
              json.put("count", slot.count());
              json.put("p50_millis", slot.medianMillis());
              json.put("max_millis", slot.mostMillis());
              return json;
            })
            .toList());
    return new JsonMapper().writerWithDefaultPrettyPrinter().writeValueAsString(all) + "\n";
  }

  String html() {
    var page = new StringBuilder();
    page.append("<!doctype html><meta charset=\"utf-8\"><title>A move</title>")
        .append("<meta name=\"viewport\" content=\"width=device-width\"><style>")
        .append("body{font:15px/1.5 system-ui,sans-serif;max-width:64em;margin:2em auto;")
        .append("padding:0 1em;color:#222;background:#fff;overflow-wrap:anywhere}")
        .append("td{padding:.1em 1em .1em 0;vertical-align:top}td:first-child{color:#888;")
        .append("white-space:nowrap}svg{width:100%;border:1px solid #8884}h1{font-size:1.4em}")
        .append("@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}}")
        .append("</style><h1>Move of ")
        .append(text(status.getOrDefault("source", status.getOrDefault("from", "?"))))
        .append(" to ")
        .append(text(status.getOrDefault("target", status.getOrDefault("to", "?"))))
        .append("</h1><table>");
    status.forEach((name, value) -> {
      if (!(value instanceof List<?>)) {
        row(page, name, text(value));
      }
    });
    page.append("</table><h2>What it came to</h2><table>");
    for (MoveEvent event : events) {
      if (RESULTS.contains(event.event())) {
        row(page, event.event(), text(event.detail()));
      }
    }
    page.append("</table><h2>How long ").append(text(measured)).append(" took</h2>");
    LatencyDrawing.of(samples).draw(page, events);
    page.append("<h2>Time line</h2><table>");
    for (MoveEvent event : events) {
      row(page, "" + event.at(), text(event.event()) + " " + text(event.detail()));
    }
    return page.append("</table>\n").toString();
  }

  private static void row(StringBuilder page, String left, String right) {
    page.append("<tr><td>").append(text(left)).append("</td><td>").append(right).append("</td>");
  }

  static String text(Object value) {
    return ("" + value).replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
