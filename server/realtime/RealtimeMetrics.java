package server.realtime;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import server.testing.TestNode;

/// What a node says about its sockets, for tests of leaks and bounds.
record RealtimeMetrics(long sockets, long hubs, long queuedBytes) {
  static RealtimeMetrics of(TestNode node) {
    URI uri = URI.create("http://127.0.0.1:" + node.port() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      String text = http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
      return new RealtimeMetrics(
          value(text, "vyry_sockets"),
          value(text, "vyry_hubs"),
          value(text, "vyry_sockets_queued_bytes"));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static long value(String text, String name) {
    return text.lines()
        .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .mapToLong(number -> (long) Double.parseDouble(number))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not measured"));
  }
}
