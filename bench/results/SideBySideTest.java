package bench.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What stands beside what, from figures made for it.
final class SideBySideTest {
  private static final Map<String, String> DURABLE =
      Map.of(
          "postgres fsync", "on",
          "postgres synchronous_commit", "on",
          "cql commitlog_sync", "batch",
          "redis appendonly", "yes",
          "redis appendfsync", "always");

  private static boolean durable(String name, String setting, String value) {
    var settings = new HashMap<>(DURABLE);
    settings.put(setting, value);
    return Keeping.of(name, settings).durable();
  }

  @Test
  void aDatabaseIsDurableByItsSettingsAndNotByItsName() {
    for (String name : List.of("postgres", "cql", "streams")) {
      assertTrue(Keeping.of(name, DURABLE).durable(), name);
      assertFalse(Keeping.of(name, Map.of()).durable(), name + " that says nothing");
    }
    assertFalse(durable("postgres", "postgres fsync", "off"));
    assertFalse(durable("postgres", "postgres synchronous_commit", "off"));
    assertFalse(durable("cql", "cql commitlog_sync", "periodic"));
    assertFalse(durable("cql", "cql durable_writes", "false"));
    assertFalse(durable("streams", "redis appendonly", "no"));
    assertFalse(durable("streams", "redis appendfsync", "everysec"));
    for (String name : List.of("plain", "pipelined", "sharded", "notify")) {
      assertFalse(Keeping.of(name, DURABLE).durable(), name);
    }
  }

  private static String entry(String depth, String params, double score, String settings) {
    return """
    {"benchmark": "bench.jmh.%s.ours", "params": {%s}, "primaryMetric": {"score": %s},
     "secondaryMetrics": {}, "environment": {"engines": {%s}}}
    """
        .formatted(depth, params, score, settings);
  }

  private static Map<String, Object> row(List<Map<String, Object>> rows, String name) {
    return rows.stream().filter(row -> row.get("name").equals(name)).findFirst().orElseThrow();
  }

  @Test
  void whatIsNotDurableIsMarkedAndHasARatioOnlyToWhatIsNotEither() {
    String settings =
        """
        "postgres server_version": "18.6", "postgres fsync": "on",
        "postgres synchronous_commit": "on", "cql release_version": "5.0.9",
        "cql commitlog_sync": "periodic", "redis version": "7.0.15", "redis appendonly": "no"
        """;
    JsonNode results =
        new JsonMapper()
            .readTree(
                "["
                    + String.join(
                        ",",
                        entry("Append", "\"engine\": \"postgres\", \"batch\": 10", 100, settings),
                        entry("Append", "\"engine\": \"cql\", \"batch\": 10", 50, settings),
                        entry("History", "\"engine\": \"cql\", \"page\": 50", 7, settings),
                        entry("Publish", "\"how\": \"plain\"", 20, settings),
                        entry("Publish", "\"how\": \"streams\"", 10, settings),
                        entry("Encode", "\"encoding\": \"json\"", 1, settings))
                    + "]");
    var found = SideBySide.of(results);
    assertEquals(3, found.questions().size(), "Encode has no choice of databases");
    assertEquals("History page=50, each page", found.questions().get(1).what());
    var rows = found.fields();
    var postgres = row(rows, "PostgreSQL");
    assertEquals(10.0, postgres.get("micros"), "of a message, not of the batch");
    assertEquals("Append batch=10, each message", postgres.get("question"));
    assertEquals("18.6", postgres.get("version"));
    assertEquals("fsync=on synchronous_commit=on", postgres.get("settings"));
    var cql = row(rows, "CQL");
    assertEquals(false, cql.get("durable"));
    assertNull(cql.get("ratio"), "twice as fast, and not durable");
    assertEquals(0.5, row(rows, "Redis Streams").get("ratio"));
    String table = found.toString();
    assertTrue(table.contains("5.00 *"), table);
    assertTrue(table.contains("10.00  "), table);
    assertTrue(table.contains("commitlog_sync=periodic: a crash loses"), table);
  }
}
