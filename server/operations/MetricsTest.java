package server.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.javalin.config.RoutesConfig;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.http.ApiError;
import server.http.ErrorCode;
import server.http.Routes;
import server.testing.TestApi;
import server.testing.TestEngines;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetricsTest {
  private TestEngines engines;
  private Metrics metrics;
  private TestApi api;

  private static final class Subject implements Routes {
    @Override
    public void register(RoutesConfig routes) {
      routes.get("/things/{id}", request -> request.status(204));
      routes.get(
          "/refused",
          _ -> {
            throw new ApiError(ErrorCode.CONFLICT, "no");
          });
    }
  }

  @BeforeAll
  void start() {
    engines = TestEngines.fresh();
    metrics = new Metrics();
    metrics.watch(engines.dataSource());
    api = TestApi.serving(engines.dsl(), metrics, new Subject());
  }

  @AfterAll
  void stop() {
    api.close();
    metrics.close();
    engines.close();
  }

  private String scrape() {
    return api.call("GET", "/metrics", null, null).response().body();
  }

  @Test
  void requestsAreCountedByTemplateAndStatusNeverByPath() {
    String id = UUID.randomUUID().toString();
    api.call("GET", "/things/" + id, null, null);
    api.call("GET", "/things/2", null, null);
    api.call("GET", "/refused", null, null);
    api.call("GET", "/wp-admin/" + id, null, null);
    String text = scrape();
    assertTrue(
        text.contains(
            "http_server_requests_seconds_count{method=\"GET\",route=\"/things/{id}\",status=\"204\"}"
                + " 2"),
        text);
    assertTrue(text.contains("route=\"/refused\",status=\"409\""));
    assertTrue(text.contains("method=\"none\",route=\"none\",status=\"404\""));
    assertFalse(text.contains(id));
  }

  @Test
  void theJvmThePoolAndOtherSubjectsAreTold() {
    engines.dsl().selectOne().fetch();
    metrics.registry().counter("vyry.batches").increment(3);
    String text = scrape();
    assertTrue(text.contains("jvm_memory_used_bytes"));
    assertTrue(text.contains("jvm_gc_"));
    assertTrue(text.contains("hikaricp_connections"));
    assertTrue(text.contains("vyry_batches_total 3.0"));
    assertEquals(
        "text/plain",
        api.call("GET", "/metrics", null, null)
            .response()
            .headers()
            .firstValue("content-type")
            .orElseThrow()
            .split(";")[0]);
  }
}
