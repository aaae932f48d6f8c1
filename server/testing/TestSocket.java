package server.testing;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import server.http.Json;
import tools.jackson.databind.JsonNode;

/// A client's WebSocket: sends frames as JSON, keeps what it hears in order, waits for what a test
/// expects. For one test thread.
public final class TestSocket implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final long PATIENCE_SECONDS = 15; // a busy machine, never the normal case

  private final LinkedBlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final List<JsonNode> skipped = new ArrayList<>();
  private final WebSocket socket;
  private volatile boolean reading = true;

  private TestSocket(int port, String token) {
    socket =
        HTTP.newWebSocketBuilder()
            .header("Authorization", "Bearer " + token)
            .subprotocols("vyry.v1.json")
            .buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws"), new Listener())
            .join();
  }

  /// Opens a socket; does not wait for the welcome.
  public static TestSocket open(int port, String token) {
    return new TestSocket(port, token);
  }

  /// Sends a frame: names and values in turn after the type.
  public TestSocket send(String type, Object... fields) {
    Map<String, Object> frame = new TreeMap<>();
    frame.put("type", type);
    for (int i = 0; i < fields.length; i += 2) {
      frame.put((String) fields[i], fields[i + 1]);
    }
    return sendText(Json.mapper().writeValueAsString(frame));
  }

  /// Sends whatever text.
  public TestSocket sendText(String text) {
    socket.sendText(text, true).join();
    return this;
  }

  /// Sends binary.
  public TestSocket sendBinary(byte[] bytes) {
    socket.sendBinary(ByteBuffer.wrap(bytes), true).join();
    return this;
  }

  /// Sends a message and waits for its answer.
  public JsonNode say(UUID conversation, String text) {
    UUID id = UUID.randomUUID();
    sayLater(conversation, id, text);
    return next(f -> text(f, "client_message_id").equals(id.toString()) && isType(f, "sent"));
  }

  /// Sends a message and waits for nothing.
  public void sayLater(UUID conversation, UUID clientMessageId, String text) {
    String content = Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    send(
        "send",
        "conversation_id",
        conversation,
        "client_message_id",
        clientMessageId,
        "content",
        content);
  }

  /// The next frame of a type; frames of other types before it are skipped, and kept.
  public JsonNode next(String type) {
    return next(frame -> isType(frame, type));
  }

  /// The next frame that is wanted.
  public JsonNode next(Predicate<JsonNode> wanted) {
    for (var it = skipped.iterator(); it.hasNext(); ) {
      JsonNode frame = it.next();
      if (wanted.test(frame)) {
        it.remove();
        return frame;
      }
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    try {
      while (true) {
        JsonNode frame = heard.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (frame == null) {
          throw new AssertionError("the frame did not come; heard besides: " + skipped);
        }
        if (wanted.test(frame)) {
          return frame;
        }
        skipped.add(frame);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// The text of the next message.
  public String nextText() {
    return content(next("message"));
  }

  /// What came besides what was asked for, after a round trip has shown that nothing more is
  /// coming.
  public List<JsonNode> restAfterPing() {
    send("ping", "id", 4711);
    next("pong");
    List<JsonNode> rest = List.copyOf(skipped);
    skipped.clear();
    return rest;
  }

  /// A message's content as text.
  public static String content(JsonNode message) {
    return new String(Base64.getDecoder().decode(text(message, "content")), StandardCharsets.UTF_8);
  }

  /// Whether a frame has a type.
  public static boolean isType(JsonNode frame, String type) {
    return text(frame, "type").equals(type);
  }

  private static String text(JsonNode frame, String field) {
    return frame.path(field).asString("");
  }

  /// Reads no more, as a client that hangs, until [#readOn].
  public void stall() {
    reading = false;
  }

  /// Reads on after a stall.
  public void readOn() {
    reading = true;
    socket.request(1);
  }

  /// Waits for the server to close, and tells its code.
  public int closeCode() {
    return closed.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  /// Cuts the connection without a word.
  public void cut() {
    socket.abort();
  }

  @Override
  public void close() {
    socket.abort();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder parts = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      parts.append(data);
      if (last) {
        heard.add(Json.mapper().readTree(parts.toString()));
        parts.setLength(0);
      }
      if (reading) {
        from.request(1);
      }
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int status, String reason) {
      closed.complete(status);
      return null;
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.completeExceptionally(error);
    }
  }
}
