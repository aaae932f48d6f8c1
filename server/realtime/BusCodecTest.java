package server.realtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.conversations.ConversationChange;
import server.messages.Message;

/// Random events, whole and broken.
final class BusCodecTest {
  private static final int ROUNDS = 3_000;
  private static final int KINDS = 10;

  private final Random random = new Random(7);

  @Test
  void whatIsEncodedComesBack() {
    for (int round = 0; round < ROUNDS; round++) {
      UUID node = uuid();
      BusEvent event = event(round % KINDS);
      BusCodec.Received back = BusCodec.decode(BusCodec.encode(node, event));
      assertEquals(node, back.node());
      if (event instanceof BusEvent.Committed(Message sent, long version)) {
        var committed = assertInstanceOf(BusEvent.Committed.class, back.event());
        assertArrayEquals(sent.content(), committed.message().content());
        assertEquals(sent.toString(), withContentOf(sent, committed.message()).toString());
        assertEquals(version, committed.membersVersion());
      } else {
        assertEquals(event, back.event(), "round " + round);
      }
    }
  }

  @Test
  void everyPrefixIsRefusedAndSoIsWhatHasSomethingBehindIt() {
    for (int kind = 0; kind < KINDS; kind++) {
      byte[] whole = BusCodec.encode(uuid(), event(kind));
      for (int length = 0; length < whole.length; length++) {
        byte[] cut = Arrays.copyOf(whole, length);
        assertThrows(
            IllegalArgumentException.class, () -> BusCodec.decode(cut), kind + " of " + length);
      }
      byte[] longer = Arrays.copyOf(whole, whole.length + 1);
      assertThrows(IllegalArgumentException.class, () -> BusCodec.decode(longer), "kind " + kind);
    }
  }

  @Test
  void damagedBytesAreAnotherEventOrRefusedAndNeverAFault() {
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = BusCodec.encode(uuid(), event(round % KINDS));
      for (int damage = random.nextInt(4); damage >= 0; damage--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        BusCodec.decode(bytes);
      } catch (IllegalArgumentException _) {
        // refused
      }
    }
  }

  @Test
  void anotherFormatIsRefused() {
    byte[] bytes = BusCodec.encode(uuid(), new BusEvent.Leaving());
    bytes[0]++;
    assertThrows(IllegalArgumentException.class, () -> BusCodec.decode(bytes));
  }

  private static Message withContentOf(Message other, Message m) {
    return new Message(
        m.conversationId(),
        m.seq(),
        m.senderUserId(),
        m.senderDeviceId(),
        m.clientMessageId(),
        m.sentAt(),
        m.replyToSeq(),
        m.contentType(),
        other.content());
  }

  private BusEvent event(int kind) {
    return switch (kind) {
      case 0 -> new BusEvent.Committed(message(), random.nextLong());
      case 1 -> new BusEvent.Reaches(uuid(), random.nextLong());
      case 2 ->
          new BusEvent.ReceiptRose(
              new ServerFrame.ReceiptNotice(
                  uuid(), uuid(), uuid(), random.nextLong(), random.nextLong()),
              uuids());
      case 3 -> new BusEvent.Typed(new ServerFrame.Typing(uuid(), uuid(), random.nextBoolean()));
      case 4 -> {
        Map<UUID, Long> heads = new HashMap<>();
        uuids().forEach(id -> heads.put(id, random.nextLong()));
        yield new BusEvent.Beacon(random.nextLong(), random.nextLong(), heads);
      }
      case 5 -> {
        var kinds = ConversationChange.Kind.values();
        yield new BusEvent.Changed(
            new ConversationChange(
                uuid(),
                kinds[random.nextInt(kinds.length)],
                random.nextBoolean() ? uuid() : null,
                random.nextLong()));
      }
      case 6 ->
          new BusEvent.PresenceChanged(uuid(), random.nextBoolean(), random.nextBoolean(), uuids());
      case 7 -> new BusEvent.PresenceTold(uuid(), uuids());
      case 8 -> new BusEvent.DeviceOpened(uuid(), random.nextLong());
      default -> new BusEvent.Leaving();
    };
  }

  private Message message() {
    byte[] content = new byte[random.nextInt(100)];
    random.nextBytes(content);
    return new Message(
        uuid(),
        random.nextLong(),
        uuid(),
        uuid(),
        uuid(),
        Instant.ofEpochMilli(random.nextLong(1L << 45)),
        random.nextLong(),
        random.nextBoolean() ? null : "text/ไทย😀",
        content);
  }

  private List<UUID> uuids() {
    List<UUID> ids = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      ids.add(uuid());
    }
    return ids;
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }
}
