package server.operations;

import com.zaxxer.hikari.HikariDataSource;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.router.Endpoint;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.following.MovablePool;
import server.http.Routes;

/// What this node counts, at `/metrics` in Prometheus' text form: the JVM, each HTTP route, and
/// whatever other subjects register with [#registry]. One per node, so that several nodes in one
/// process do not mix. Thread-safe.
///
/// Also the one place that sees every request end, so the request log is written here: at DEBUG,
/// with the route's template, never with a path, a query or a header, which may hold what is
/// secret.
public final class Metrics implements Routes, AutoCloseable {
  private static final Logger requests = LoggerFactory.getLogger("server.http.requests");
  private static final String START = "metrics.start";

  /// One series for all requests that no route takes: a scanner's paths must not become series.
  private static final String NO_ROUTE = "none";

  private static final Duration[] BUCKETS = {
    Duration.ofMillis(1),
    Duration.ofMillis(5),
    Duration.ofMillis(25),
    Duration.ofMillis(100),
    Duration.ofMillis(500),
    Duration.ofSeconds(2)
  };

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics collections = new JvmGcMetrics();
  private final Map<Series, Timer> timers =
      new ConcurrentHashMap<>(); // bounded by routes × statuses

  private record Series(String method, String route, int status) {}

  public Metrics() {
    new ClassLoaderMetrics().bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    collections.bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /// Where other subjects put their counters, gauges and timers.
  public MeterRegistry registry() {
    return registry;
  }

  /// Counts a pool's connections; before the pool is used, and once.
  public void watch(HikariDataSource pool) {
    pool.setMetricRegistry(registry);
  }

  /// The same of a pool that may move to another database.
  public void watch(MovablePool pool) {
    pool.watch(registry);
  }

  /// Adds `/metrics`, and times every route that is registered with the same server.
  @Override
  public void register(RoutesConfig routes) {
    routes.before(request -> request.attribute(START, System.nanoTime()));
    routes.after(this::ended);
    routes.get(
        "/metrics",
        request ->
            request
                .contentType("text/plain; version=0.0.4; charset=utf-8")
                .result(registry.scrape()));
  }

  private void ended(Context request) {
    Long start = request.attribute(START);
    if (start == null) {
      return; // refused before it was looked at
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    Endpoint endpoint = request.endpoints().matchedHttpEndpoint();
    var series =
        new Series(
            endpoint == null ? NO_ROUTE : request.method().name(),
            endpoint == null ? NO_ROUTE : endpoint.path,
            request.statusCode());
    timers.computeIfAbsent(series, this::timer).record(took);
    requests.debug(
        "{} {} {} in {} µs", series.method, series.route, series.status, took.toNanos() / 1_000);
  }

  private Timer timer(Series series) {
    return Timer.builder("http.server.requests")
        .description("Requests by route, and how long they took")
        .tag("method", series.method)
        .tag("route", series.route)
        .tag("status", Integer.toString(series.status))
        .serviceLevelObjectives(BUCKETS)
        .register(registry);
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
