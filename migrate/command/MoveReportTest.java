package migrate.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import migrate.move.MoveEvent;
import migrate.move.MoveSample;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class MoveReportTest {
  private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void tellsWhatEachTenthOfASecondTookWithThePhasesAndWhatItCameTo(@TempDir Path folder)
      throws Exception {
    List<MoveSample> samples = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) { // 10 s, one of them with a pause of 80 ms
      long millis = i == 1_500 ? 80 : 2 + i % 3;
      samples.add(new MoveSample(BEGAN.plusMillis(5L * i), millis * 1_000_000));
    }
    List<MoveEvent> events =
        List.of(
            new MoveEvent(BEGAN.plusMillis(1_000), "phase", "copying"),
            new MoveEvent(BEGAN.plusMillis(3_000), "copied", "copied 5 rows <at once>"),
            new MoveEvent(BEGAN.plusMillis(5_000), "verified", "compared 5 rows: alike"),
            new MoveEvent(BEGAN.plusMillis(7_500), "phase", "cut"));
    Path html = folder.resolve("move.html");
    new MoveReport("a send", Map.of("source", "one", "target", "other"), events, samples)
        .write(html);

    var json = new JsonMapper().readTree(Files.readString(folder.resolve("move.json")));
    var slots = json.path("latency_per_100_millis");
    assertEquals(100, slots.size());
    assertEquals(20, slots.get(0).path("count").asInt());
    assertEquals(3.0, slots.get(0).path("p50_millis").asDouble());
    assertEquals(80.0, slots.get(75).path("max_millis").asDouble());
    assertEquals(4.0, slots.get(76).path("max_millis").asDouble());
    String page = Files.readString(html);
    for (String part :
        List.of(
            ">copying</text>", ">cut</text>", "copied 5 rows &lt;at once>", "highest 80.0 ms")) {
      assertTrue(page.contains(part), () -> part + " in " + page);
    }
  }
}
