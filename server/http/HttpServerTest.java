package server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

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

  private static byte[] request(String path) {
    return ("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }
}
