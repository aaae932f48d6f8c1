package server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpServerTest {
  private static final int ROUNDS = 40; // it took about ten to meet one that was forgotten
  private static final int PATIENCE_MILLIS = 10_000;

  private static HttpServer started(Routes... routes) {
    return HttpServer.start("127.0.0.1", 0, List.of(routes), _ -> null, _ -> {});
  }

  @Test
  void aConnectionThatComesWhileItStopsIsAnsweredOrEndsAndIsNeverForgotten() throws Exception {
    for (int i = 0; i < ROUNDS; i++) {
      HttpServer server = started();
      int port = server.port();
      var stopping = CompletableFuture.runAsync(server::close);
      while (connectAndAsk(port)) {}
      stopping.join();
    }
  }

  /// @return false when nobody listens any more
  private static boolean connectAndAsk(int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), PATIENCE_MILLIS);
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(request("/"));
      socket.getInputStream().read();
      return true;
    } catch (SocketTimeoutException e) {
      throw new AssertionError("accepted, then neither answered nor closed", e);
    } catch (IOException _) {
      return false; // refused or reset
    }
  }

  @Test
  void aRequestThatIsUnderWayWhenItStopsIsAnswered() throws Exception {
    var begun = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    HttpServer server =
        started(routes ->
            routes.get(
                "/slow",
                request -> {
                  begun.countDown();
                  goOn.await();
                  request.result("done");
                },
                Access.OPEN));
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(request("/slow"));
      begun.await();
      var stopping = CompletableFuture.runAsync(server::close);
      Thread.sleep(300); // stopping is under way by then; too early only proves less
      goOn.countDown();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertEquals("HTTP/1.1 200 OK", answer.lines().findFirst().orElse(""));
      assertEquals("done", answer.lines().toList().getLast());
      stopping.join();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 10_000})
  void anErrorReplacesWhatWasAnsweredBefore(int chars) throws Exception {
    try (HttpServer server =
        started(routes ->
            routes.get(
                "/late",
                request -> {
                  Json.write(request, 200, "x".repeat(chars));
                  throw new ApiError(ErrorCode.NOT_FOUND, "gone meanwhile");
                },
                Access.OPEN))) {
      HttpResponse<byte[]> answer = get(server, "/late");
      assertEquals(404, answer.statusCode());
      assertEquals(
          Map.of("error", "gone meanwhile", "error_code", "NOT_FOUND"),
          Json.mapper().readValue(answer.body(), Map.class));
    }
  }

  @Test
  void aShortAnswerGoesOutAsItIsAndALongOneCompressedForWhoTakesIt() throws Exception {
    try (HttpServer server =
        started(routes ->
            routes.get(
                "/{chars}",
                request -> {
                  int chars = Integer.parseInt(request.pathParam("chars"));
                  Json.write(request, 200, "x".repeat(chars));
                },
                Access.OPEN))) {
      HttpResponse<byte[]> small = get(server, "/10");
      assertEquals("\"xxxxxxxxxx\"", new String(small.body(), StandardCharsets.US_ASCII));
      assertEquals(12, small.headers().firstValueAsLong("Content-Length").orElseThrow());
      assertEquals(Optional.empty(), small.headers().firstValue("Content-Encoding"));
      HttpResponse<byte[]> large = get(server, "/10000");
      assertEquals(Optional.of("gzip"), large.headers().firstValue("Content-Encoding"));
      try (var plain = new GZIPInputStream(new ByteArrayInputStream(large.body()))) {
        assertEquals(10_002, plain.readAllBytes().length);
      }
    }
  }

  private static HttpResponse<byte[]> get(HttpServer server, String path) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
              .header("Accept-Encoding", "gzip")
              .timeout(Duration.ofMillis(PATIENCE_MILLIS))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }
  }

  private static byte[] request(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
