package bench.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import server.testing.TestEngines;
import server.testing.TestNode;

/// The light client against a real server: what it writes is understood, what it reads is right.
final class ConnectionTest {
  private static final int PATIENCE_SECONDS = 15; // a busy machine, never the normal case
  private static TestEngines engines;
  private static TestNode node;
  private static Loop loop;
  private static Api api;
  private static int phones;
  private static List<Device> users;
  private static UUID conversation;

  @BeforeAll
  static void start() throws Exception {
    engines = TestEngines.fresh();
    node = TestNode.on(engines);
    loop = new Loop("test-client");
    api = new Api(address());
  }

  @BeforeEach
  void newUsersWithAConversation() throws Exception {
    users = api.login(phones, 3);
    phones += 3;
    conversation = api.direct(users.get(0), users.get(1));
  }

  @AfterAll
  static void stop() {
    api.close();
    loop.close();
    node.close();
    engines.close();
  }

  private static InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", node.port());
  }

  /// What a listener heard, copied out of the frames.
  private record Heard(
      Frame.Type type, long id, UUID clientId, long seq, byte[] content, Instant at, Object more) {}

  private static final class Ear implements Listener {
    final LinkedBlockingQueue<Heard> heard = new LinkedBlockingQueue<>();
    final LinkedBlockingQueue<Integer> closed = new LinkedBlockingQueue<>();

    @Override
    public void frame(Connection connection, Frame frame) {
      switch (frame.type()) {
        case MESSAGE -> {
          assertEquals(conversation, frame.conversationId());
          assertNotNull(frame.senderDeviceId());
          UUID id = frame.clientMessageId();
          assertEquals(id.getMostSignificantBits(), frame.clientMessageIdHigh());
          assertEquals(id.getLeastSignificantBits(), frame.clientMessageIdLow());
          add(frame, 0, id, frame.seq(), frame.content(), frame.sentAt(), null);
        }
        case SENT ->
            add(
                frame,
                frame.id(),
                frame.clientMessageId(),
                frame.seq(),
                null,
                frame.sentAt(),
                null);
        case CAUGHT_UP -> add(frame, frame.id(), null, 0, null, null, frame.cursors());
        case ERROR -> add(frame, frame.id(), null, 0, null, null, frame.errorCode());
        case PONG -> add(frame, frame.id(), null, 0, null, null, null);
        case WELCOME -> add(frame, 0, null, frame.window(), null, null, frame.deviceId());
        default -> {}
      }
    }

    private void add(
        Frame frame, long id, UUID client, long seq, byte[] content, Instant at, Object more) {
      heard.add(new Heard(frame.type(), id, client, seq, content, at, more));
    }

    Heard next(Frame.Type type) throws InterruptedException {
      Heard next = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertNotNull(next, "nothing came, " + type + " was expected");
      assertEquals(type, next.type());
      return next;
    }

    @Override
    public void closed(Connection connection, int code, String reason) {
      closed.add(code);
    }

    int closeCode() throws InterruptedException {
      return closed.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static Connection open(Device device, Encoding encoding, Ear ear) throws Exception {
    var opened = loop.open(address(), device.accessToken(), encoding, ear);
    assertEquals(device.deviceId(), ear.next(Frame.Type.WELCOME).more());
    return opened;
  }

  @ParameterizedTest
  @EnumSource
  void whatOneSendsTheOtherReceives(Encoding encoding) throws Exception {
    var annHears = new Ear();
    var bobHears = new Ear();
    Connection ann = open(users.get(0), encoding, annHears);
    Connection bob = open(users.get(1), encoding, bobHears);
    bob.resume(7, Map.of());
    assertEquals(7, bobHears.next(Frame.Type.CAUGHT_UP).id());
    long before = 0;
    for (int size : new int[] {1, 20, 256, 300, 65_536}) {
      byte[] content = new byte[size];
      ThreadLocalRandom.current().nextBytes(content);
      UUID id = UUID.randomUUID();
      ann.send(1L << 40, conversation, id, content);
      Heard sent = annHears.next(Frame.Type.SENT);
      Heard received = bobHears.next(Frame.Type.MESSAGE);
      assertEquals(1L << 40, sent.id());
      assertEquals(++before, sent.seq());
      assertEquals(id, sent.clientId());
      assertEquals(id, received.clientId());
      assertEquals(sent.seq(), received.seq());
      assertEquals(sent.at(), received.at());
      assertTrue(Duration.between(sent.at(), Instant.now()).abs().toMinutes() < 1);
      assertArrayEquals(content, received.content());
    }
    bob.delivered(conversation, before);
    bob.read(conversation, before);
    bob.ping(-3);
    assertEquals(-3, bobHears.next(Frame.Type.PONG).id());
    bob.resume(8, Map.of(conversation, before));
    assertEquals(Map.of(conversation, before), bobHears.next(Frame.Type.CAUGHT_UP).more());
    bob.close();
    ann.cut();
    assertEquals(1000, bobHears.closeCode());
    assertEquals(Connection.NO_CLOSE_FRAME, annHears.closeCode());
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalNamesItsFrameAndItsCode(Encoding encoding) throws Exception {
    var hears = new Ear();
    Connection stranger = open(users.get(2), encoding, hears);
    stranger.send(5, conversation, UUID.randomUUID(), new byte[1]);
    Heard refused = hears.next(Frame.Type.ERROR);
    assertEquals(5, refused.id());
    assertEquals("FORBIDDEN", refused.more());
    stranger.close();
    assertEquals(1000, hears.closeCode());
  }

  @Test
  void manyFramesInOneReadAreAllHeardInOrder() throws Exception {
    var annHears = new Ear();
    var bobHears = new Ear();
    Connection ann = open(users.get(0), Encoding.JSON, annHears);
    Connection bob = open(users.get(1), Encoding.JSON, bobHears);
    bob.resume(1, Map.of());
    bobHears.next(Frame.Type.CAUGHT_UP);
    int count = 500;
    loop.run(() -> {
      for (int i = 0; i < count; i++) {
        ann.send(i, conversation, 42, i, new byte[256]);
      }
    });
    long first = annHears.next(Frame.Type.SENT).seq();
    for (int i = 0; i < count; i++) {
      Heard received = bobHears.next(Frame.Type.MESSAGE);
      assertEquals(first + i, received.seq());
      assertEquals(new UUID(42, i), received.clientId());
    }
    ann.close();
    bob.close();
  }

  @Test
  void aBadTokenIsToldByItsCloseCode() throws Exception {
    var hears = new Ear();
    loop.open(address(), "nonsense", Encoding.JSON, hears);
    assertEquals(4401, hears.closeCode());
  }

  @Test
  void whereNobodyListensTheConnectionIsOver() throws Exception {
    var hears = new Ear();
    loop.open(new InetSocketAddress("127.0.0.1", 1), "x", Encoding.JSON, hears);
    assertEquals(Connection.NO_CLOSE_FRAME, hears.closeCode());
  }
}
