package server.testing;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
import tools.jackson.dataformat.cbor.CBORMapper;

/// A client's WebSocket: sends frames as JSON or CBOR, keeps what it hears in order, waits for what
/// a test expects. For one test thread.
public final class TestSocket implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final long PATIENCE_SECONDS = 15; // a busy machine, never the normal case

  private static final int SHOWN_CHARS = 1_000; // of what came instead of what was expected
  private static final CBORMapper CBOR = new CBORMapper();
  private static final String JSON_PROTOCOL = "vyry.v1.json";
  private static final String CBOR_PROTOCOL = "vyry.v1.cbor";

  private final LinkedBlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final List<JsonNode> skipped = new ArrayList<>();
  private final WebSocket socket;
  private volatile boolean reading = true;

  private TestSocket(int port, Map<String, String> headers, String... protocols) {
    WebSocket.Builder builder = HTTP.newWebSocketBuilder();
    headers.forEach(builder::header);
    if (protocols.length > 0) {
      builder.subprotocols(protocols[0], Arrays.copyOfRange(protocols, 1, protocols.length));
    }
    socket =
        inTime(builder.buildAsync(URI.create("ws://127.0.0.1:" + port + "/ws"), new Listener()));
  }

  /// Opens a socket; does not wait for the welcome.
  public static TestSocket open(int port, String token) {
    return new TestSocket(port, bearer(token), JSON_PROTOCOL);
  }

  /// The same, speaking CBOR.
  public static TestSocket openCbor(int port, String token) {
    return new TestSocket(port, bearer(token), CBOR_PROTOCOL);
  }

  /// Opens a socket with whatever headers and sub-protocols.
  public static TestSocket open(int port, Map<String, String> headers, String... protocols) {
    return new TestSocket(port, headers, protocols);
  }

  private static Map<String, String> bearer(String token) {
    return Map.of("Authorization", "Bearer " + token);
  }

  /// The sub-protocol the server chose, empty for none.
  public String protocol() {
    return socket.getSubprotocol();
  }

  /// Sends a frame: names and values in turn after the type.
  public TestSocket send(String type, Object... fields) {
    Map<String, Object> frame = new TreeMap<>();
    frame.put("type", type);
    for (int i = 0; i < fields.length; i += 2) {
      // CBOR would take a UUID for 16 bytes.
      frame.put(
          (String) fields[i], fields[i + 1] instanceof UUID id ? id.toString() : fields[i + 1]);
    }
    return protocol().equals(CBOR_PROTOCOL)
        ? sendBinary(CBOR.writeValueAsBytes(frame))
        : sendText(Json.mapper().writeValueAsString(frame));
  }

  /// Sends whatever text.
  public TestSocket sendText(String text) {
    inTime(socket.sendText(text, true));
    return this;
  }

  /// Sends binary.
  public TestSocket sendBinary(byte[] bytes) {
    inTime(socket.sendBinary(ByteBuffer.wrap(bytes), true));
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
    sayLater(conversation, clientMessageId, text.getBytes(StandardCharsets.UTF_8));
  }

  /// The same, for any content.
  public void sayLater(UUID conversation, UUID clientMessageId, byte[] content) {
    send(
        "send",
        "conversation_id",
        conversation,
        "client_message_id",
        clientMessageId,
        "content",
        content);
  }

  /// Sends that many messages, "1", "2", …, and waits for all their answers.
  public void sayMany(UUID conversation, int times) {
    for (int i = 1; i <= times; i++) {
      sayLater(conversation, UUID.randomUUID(), Integer.toString(i));
    }
    for (int i = 1; i <= times; i++) {
      next(f -> isType(f, "sent") && text(f, "conversation_id").equals(conversation.toString()));
    }
  }

  /// The next frame of a type; frames of other types before it are skipped, and kept.
  public JsonNode next(String type) {
    return next(frame -> isType(frame, type));
  }

  /// The next frame that is wanted.
  public JsonNode next(Predicate<JsonNode> wanted) {
    JsonNode frame = poll(wanted, TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    if (frame == null) {
      String end =
          closed.isDone()
              ? "; closed: " + closed.handle((code, e) -> e == null ? code : e).join()
              : "";
      throw new AssertionError(
          "the frame did not come" + end + "; heard besides: " + shortened(skipped));
    }
    return frame;
  }

  private static String shortened(List<JsonNode> frames) {
    String all =
        frames.stream()
            .sorted(Comparator.comparing(frame -> !isType(frame, "error"))) // errors say why
            .toList()
            .toString();
    return frames.size() + " frames, " + all.substring(0, Math.min(all.length(), SHOWN_CHARS));
  }

  /// The next message of a conversation.
  public JsonNode nextIn(UUID conversation) {
    return next(
        f -> isType(f, "message") && text(f, "conversation_id").equals(conversation.toString()));
  }

  /// Waits for that many messages of a conversation, which must be `first` and those behind it.
  public void expect(UUID conversation, long first, long last) {
    for (long seq = first; seq <= last; seq++) {
      long got = nextIn(conversation).path("seq").asLong();
      if (got != seq) {
        throw new AssertionError("seq " + got + " came where " + seq + " was due");
      }
    }
  }

  /// Acknowledges as received.
  public void acknowledge(UUID conversation, long seq) {
    send("delivered", "conversation_id", conversation, "seq", seq);
  }

  /// Messages that were heard and not asked for, after a round trip.
  public List<JsonNode> messagesAfterPing() {
    return restAfterPing().stream().filter(frame -> isType(frame, "message")).toList();
  }

  /// The next frame that is wanted, null when it does not come in time.
  public JsonNode poll(Predicate<JsonNode> wanted, long mostMillis) {
    for (var it = skipped.iterator(); it.hasNext(); ) { // asked for in another order than it came
      JsonNode frame = it.next();
      if (wanted.test(frame)) {
        it.remove();
        return frame;
      }
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMillis);
    try {
      while (true) {
        JsonNode frame = heard.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (frame == null || wanted.test(frame)) {
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

  /// Everything that was heard and not asked for yet.
  public List<JsonNode> rest() {
    heard.drainTo(skipped);
    List<JsonNode> rest = List.copyOf(skipped);
    skipped.clear();
    return rest;
  }

  /// A message's content as text.
  public static String content(JsonNode message) {
    return new String(message.path("content").binaryValue(), StandardCharsets.UTF_8);
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

  /// Whether the server has closed it.
  public boolean isClosed() {
    return closed.isDone();
  }

  /// Waits for the server to close, and tells its code.
  public int closeCode() {
    return inTime(closed.copy());
  }

  private static <T> T inTime(CompletableFuture<T> future) {
    return future.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  /// Closes as a client does that leaves.
  public void leave() {
    inTime(socket.sendClose(WebSocket.NORMAL_CLOSURE, ""));
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
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

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
    public CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      byte[] part = new byte[data.remaining()];
      data.get(part);
      bytes.writeBytes(part);
      if (last) {
        heard.add(CBOR.readTree(bytes.toByteArray()));
        bytes.reset();
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
