package migrate.command;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import migrate.move.MoveEvent;
import migrate.move.MoveSample;

/// How long something took, for each [#MILLIS]: the median and the most, on a scale of powers of
/// ten, with a move's phases as lines across.
///
/// @param slots in order; times in which nothing was measured have none
record LatencyDrawing(List<Slot> slots) {
  static final int MILLIS = 100;
  private static final int WIDTH = 1_000; // of the drawing, in its own units
  private static final int HEIGHT = 260;
  private static final int LABEL = 11; // of a line of text
  private static final double LOWEST_MILLIS = 0.1; // at the bottom

  /// What was begun within [#MILLIS].
  record Slot(Instant at, int count, double medianMillis, double mostMillis) {}

  static LatencyDrawing of(List<MoveSample> samples) {
    var bySlot = new TreeMap<Long, List<Long>>();
    for (MoveSample sample : samples) {
      bySlot
          .computeIfAbsent(sample.at().toEpochMilli() / MILLIS, _ -> new ArrayList<>())
          .add(sample.nanos());
    }
    List<Slot> slots = new ArrayList<>();
    bySlot.forEach((slot, nanos) -> {
      nanos.sort(null);
      slots.add(
          new Slot(
              Instant.ofEpochMilli(slot * MILLIS),
              nanos.size(),
              nanos.get((nanos.size() - 1) / 2) / 1e6,
              nanos.getLast() / 1e6));
    });
    return new LatencyDrawing(slots);
  }

  void draw(StringBuilder page, List<MoveEvent> events) {
    if (slots.size() < 2) {
      page.append("<p>Nothing was measured by this run of the command.</p>");
      return;
    }
    Instant from = slots.getFirst().at();
    double all = Duration.between(from, slots.getLast().at()).toMillis() + MILLIS;
    double most = slots.stream().mapToDouble(Slot::mostMillis).max().orElse(1);
    double decades = Math.max(1, Math.ceil(Math.log10(most / LOWEST_MILLIS)));
    page.append("<svg viewBox=\"-58 0 %d %d\">".formatted(WIDTH + 62, HEIGHT + 22));
    for (int decade = 0; decade <= decades; decade++) {
      double y = HEIGHT * (1 - decade / decades);
      add(page, "<path d=\"M0 %.1fH%d\" stroke=\"#8883\"/>", y, WIDTH);
      String label = String.format(Locale.ROOT, "%.10s", LOWEST_MILLIS * Math.pow(10, decade));
      add(
          page,
          "<text x=\"-4\" y=\"%.1f\" font-size=\"10\" fill=\"#888\" text-anchor=\"end\">%s"
              + " ms</text>",
          Math.max(9, y + 3),
          label.replaceFirst("\\.0$", ""));
    }
    double width = Math.max(0.6, WIDTH * MILLIS / all);
    for (Slot slot : slots) {
      double x = Duration.between(from, slot.at()).toMillis() / all * WIDTH;
      bar(page, x, width, y(slot.mostMillis(), decades), "#9fc1ee", slot);
      bar(page, x, width, y(slot.medianMillis(), decades), "#2563b8", slot);
    }
    double label = 0; // where the next one has room
    for (MoveEvent event : events) {
      double x = Duration.between(from, event.at()).toMillis() / all * WIDTH;
      if (event.event().equals("phase") && x >= 0 && x <= WIDTH) {
        add(page, "<path d=\"M%.1f 0V%d\" stroke=\"#c33\" stroke-dasharray=\"3\"/>", x, HEIGHT);
        label = Math.max(x + 2, label + LABEL);
        add(
            page,
            "<text x=\"%.1f\" y=\"4\" font-size=\"11\" fill=\"#c33\" transform=\"rotate(90 %.1f"
                + " 4)\">%s</text>",
            label,
            label,
            MoveReport.text(event.detail()));
      }
    }
    add(
        page,
        "<text x=\"2\" y=\"%d\" font-size=\"11\" fill=\"#888\">%.1f s; dark: the median of each %d"
            + " ms, light: the most; highest %.1f ms; red: phases</text></svg>",
        HEIGHT + 16,
        all / 1000,
        MILLIS,
        most);
  }

  private static double y(double millis, double decades) {
    double up = Math.log10(Math.max(millis, LOWEST_MILLIS) / LOWEST_MILLIS) / decades;
    return HEIGHT * (1 - up);
  }

  private static void bar(
      StringBuilder page, double x, double width, double y, String colour, Slot slot) {
    add(
        page,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\" fill=\"%s\"><title>%s: %d,"
            + " median %.1f ms, most %.1f ms</title></rect>",
        x,
        y,
        width,
        HEIGHT - y,
        colour,
        slot.at(),
        slot.count(),
        slot.medianMillis(),
        slot.mostMillis());
  }

  private static void add(StringBuilder page, String format, Object... values) {
    page.append(String.format(Locale.ROOT, format, values));
  }
}
