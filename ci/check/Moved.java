package ci.check;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import migrate.command.MoveReport;
import migrate.move.MoveEvent;
import migrate.move.MoveSample;

/// What the moves of a run were like.
///
/// @param pausesMillis how long writes waited at each cut-over, in order
/// @param events of all moves, in order
/// @param sends how long each send took, as its client saw it
/// @param failed how many attempts ended with which error, or without an answer; the refusals that
///   a removed member is due are none
public record Moved(
    List<Integer> pausesMillis,
    List<MoveEvent> events,
    List<MoveSample> sends,
    Map<String, Integer> failed) {
  /// Behind the JVMs' first seconds, when there are more.
  static final Duration BEFORE = Duration.ofSeconds(10);

  /// Of a run without a move.
  static final Moved NOTHING = new Moved(List.of(), List.of(), List.of(), Map.of());

  /// Behind a move's last step, what belongs to it; then all is sent that was kept back.
  private static final Duration BEHIND = Duration.ofMillis(500);

  /// Which attempts failed, though some were made again and succeeded.
  static Map<String, Integer> failed(History history) {
    Map<String, Integer> failed = new TreeMap<>();
    history.events((event, _, _, a, _) -> {
      boolean refused =
          event == History.Event.REFUSED && !history.code(a).equals(Judge.NOT_A_MEMBER);
      if (refused || event == History.Event.UNKNOWN) {
        failed.merge(history.code(a), 1, Integer::sum);
      }
    });
    return failed;
  }

  /// As it is said to people.
  String failures() {
    return failed.isEmpty()
        ? "no request failed"
        : "requests that failed, and were made again: "
            + failed.entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .collect(Collectors.joining(", "));
  }

  /// How long each attempt took that was answered that it is stored.
  ///
  /// @param began when the history's clock was at 0
  static List<MoveSample> sends(History history, Instant began) {
    long[] attempted = new long[history.messages];
    List<MoveSample> sends = new ArrayList<>();
    history.events((event, micros, message, _, _) -> {
      if (event == History.Event.ATTEMPT) {
        attempted[message] = micros;
      } else if (event == History.Event.SENT) {
        sends.add(
            new MoveSample(
                began.plusNanos(attempted[message] * 1_000),
                (micros - attempted[message]) * 1_000));
      }
    });
    return sends;
  }

  /// In order of size; for at least one cut-over.
  String pauses() {
    List<Integer> sorted = pausesMillis.stream().sorted().toList();
    return "writes waited at %d cut-overs: p50 %d ms, worst %d ms"
        .formatted(sorted.size(), sorted.get((sorted.size() - 1) / 2), sorted.getLast());
  }

  /// What sends took before the move, while it copied and compared, and from when it could be cut
  /// over until all was over; empty when there was none.
  Optional<String> latencies() {
    if (events.isEmpty() || sends.isEmpty()) {
      return Optional.empty();
    }
    Instant begun = events.getFirst().at();
    Instant ready =
        events.stream()
            .filter(event -> event.event().equals("phase") && event.detail().equals("ready"))
            .map(MoveEvent::at)
            .findFirst()
            .orElse(Instant.MAX);
    Instant over = events.getLast().at().plus(BEHIND);
    return Optional.of(
        "sends took, p50 and p99: %s before the move, %s while it copied and compared, %s behind that"
            .formatted(
                took(sample ->
                    sample.at().isBefore(begun) && sample.at().isAfter(begun.minus(BEFORE))),
                took(sample -> !sample.at().isBefore(begun) && sample.at().isBefore(ready)),
                took(sample -> !sample.at().isBefore(ready) && sample.at().isBefore(over))));
  }

  private String took(Predicate<MoveSample> when) {
    long[] nanos = sends.stream().filter(when).mapToLong(MoveSample::nanos).sorted().toArray();
    return nanos.length == 0
        ? "none"
        : "%.1f and %.1f ms"
            .formatted(
                nanos[(nanos.length - 1) / 2] / 1e6, nanos[(int) (nanos.length * 0.99)] / 1e6);
  }

  /// Writes what there is to tell as HTML and, beside it, as JSON.
  void report(Path html, Outcome outcome) {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("source", "the checker's first system");
    status.put("target", "its second");
    status.put("move", outcome.options().during().orElseThrow().toString());
    status.put("verdict", outcome.lines().getFirst());
    if (!pausesMillis.isEmpty()) {
      status.put("pause", pauses());
    }
    latencies().ifPresent(text -> status.put("latency", text));
    status.put("failed", failures());
    new MoveReport("a send", status, events, sends).write(html);
  }
}
