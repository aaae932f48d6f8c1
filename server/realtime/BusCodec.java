package server.realtime;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import server.conversations.ConversationChange;
import server.messages.Message;

/// The bytes of a [BusEvent]: a format version, the sending node's id, a kind, the fields. Nodes of
/// another format version do not understand each other's events and fall back on the database.
final class BusCodec {
  private static final int FORMAT = 1;

  /// No list of ours is longer; bounds what a damaged payload can cost.
  private static final int MAX_ITEMS = 1 << 20;

  /// An event and the node it came from.
  record Received(UUID node, BusEvent event) {}

  private BusCodec() {}

  static byte[] encode(UUID node, BusEvent event) {
    var bytes = new ByteArrayOutputStream(512);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      write(out, node);
      switch (event) {
        case BusEvent.Committed(Message m, long version) -> {
          out.writeByte(0);
          out.writeLong(version);
          write(out, m);
        }
        case BusEvent.Reaches(UUID conversation, long seq) -> {
          out.writeByte(1);
          write(out, conversation);
          out.writeLong(seq);
        }
        case BusEvent.ReceiptRose(ServerFrame.ReceiptNotice n, Collection<UUID> users) -> {
          out.writeByte(2);
          write(out, n.conversationId());
          write(out, n.userId());
          write(out, n.deviceId());
          out.writeLong(n.deliveredSeq());
          out.writeLong(n.readSeq());
          write(out, users);
        }
        case BusEvent.Typed(ServerFrame.Typing t) -> {
          out.writeByte(3);
          write(out, t.conversationId());
          write(out, t.userId());
          out.writeBoolean(t.active());
        }
        case BusEvent.Beacon(long count, long changes, Map<UUID, Long> heads) -> {
          out.writeByte(4);
          out.writeLong(count);
          out.writeLong(changes);
          out.writeInt(heads.size());
          for (var head : heads.entrySet()) {
            write(out, head.getKey());
            out.writeLong(head.getValue());
          }
        }
        case BusEvent.Changed(ConversationChange c) -> {
          out.writeByte(5);
          write(out, c.conversationId());
          out.writeByte(c.change().ordinal());
          out.writeBoolean(c.userId() != null);
          if (c.userId() != null) {
            write(out, c.userId());
          }
          out.writeLong(c.membersVersion());
        }
        case BusEvent.PresenceChanged(
                UUID user,
                boolean online,
                boolean news,
                List<UUID> conversations) -> {
          out.writeByte(6);
          write(out, user);
          out.writeBoolean(online);
          out.writeBoolean(news);
          write(out, conversations);
        }
        case BusEvent.PresenceTold(UUID to, List<UUID> online) -> {
          out.writeByte(7);
          write(out, to);
          write(out, online);
        }
        case BusEvent.DeviceOpened(UUID device, long at) -> {
          out.writeByte(8);
          write(out, device);
          out.writeLong(at);
        }
        case BusEvent.Leaving() -> out.writeByte(9);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array does not fail
    }
    return bytes.toByteArray();
  }

  /// Whether a payload says that it comes from `node`; looks at nothing else of it.
  static boolean isFrom(UUID node, byte[] payload) {
    if (payload.length < 1 + 2 * Long.BYTES) {
      return false;
    }
    ByteBuffer sender = ByteBuffer.wrap(payload, 1, 2 * Long.BYTES);
    return sender.getLong() == node.getMostSignificantBits()
        && sender.getLong() == node.getLeastSignificantBits();
  }

  /// @throws IllegalArgumentException when these are not an event's bytes in this format
  static Received decode(byte[] payload) {
    try (var in = new DataInputStream(new ByteArrayInputStream(payload))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IllegalArgumentException(
            "format " + format + " on the bus; this node speaks " + FORMAT);
      }
      Received received = new Received(uuid(in), event(in));
      if (in.read() >= 0) {
        throw new IllegalArgumentException("an event on the bus with something behind it");
      }
      return received;
    } catch (IOException e) {
      throw new IllegalArgumentException("a damaged event on the bus", e);
    }
  }

  private static BusEvent event(DataInputStream in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case 0 -> {
        long version = in.readLong();
        yield new BusEvent.Committed(message(in), version);
      }
      case 1 -> new BusEvent.Reaches(uuid(in), in.readLong());
      case 2 ->
          new BusEvent.ReceiptRose(
              new ServerFrame.ReceiptNotice(
                  uuid(in), uuid(in), uuid(in), in.readLong(), in.readLong()),
              uuids(in));
      case 3 -> new BusEvent.Typed(new ServerFrame.Typing(uuid(in), uuid(in), flag(in)));
      case 4 -> new BusEvent.Beacon(in.readLong(), in.readLong(), heads(in));
      case 5 -> new BusEvent.Changed(change(in));
      case 6 -> new BusEvent.PresenceChanged(uuid(in), flag(in), flag(in), uuids(in));
      case 7 -> new BusEvent.PresenceTold(uuid(in), uuids(in));
      case 8 -> new BusEvent.DeviceOpened(uuid(in), in.readLong());
      case 9 -> new BusEvent.Leaving();
      default -> throw new IllegalArgumentException("kind " + kind + " on the bus");
    };
  }

  private static Map<UUID, Long> heads(DataInputStream in) throws IOException {
    int size = size(in);
    Map<UUID, Long> heads = new HashMap<>();
    for (int i = 0; i < size; i++) {
      heads.put(uuid(in), in.readLong());
    }
    return heads;
  }

  private static ConversationChange change(DataInputStream in) throws IOException {
    UUID conversation = uuid(in);
    int kind = in.readByte();
    if (kind < 0 || kind >= ConversationChange.Kind.values().length) {
      throw new IllegalArgumentException("change " + kind + " on the bus");
    }
    UUID user = flag(in) ? uuid(in) : null;
    return new ConversationChange(
        conversation, ConversationChange.Kind.values()[kind], user, in.readLong());
  }

  private static void write(DataOutputStream out, Message m) throws IOException {
    write(out, m.conversationId());
    out.writeLong(m.seq());
    write(out, m.senderUserId());
    write(out, m.senderDeviceId());
    write(out, m.clientMessageId());
    out.writeLong(m.sentAt().toEpochMilli());
    out.writeLong(m.replyToSeq());
    out.writeBoolean(m.contentType() != null);
    if (m.contentType() != null) {
      out.writeUTF(m.contentType());
    }
    out.writeInt(m.content().length);
    out.write(m.content());
  }

  private static Message message(DataInputStream in) throws IOException {
    return new Message(
        uuid(in),
        in.readLong(),
        uuid(in),
        uuid(in),
        uuid(in),
        Instant.ofEpochMilli(in.readLong()),
        in.readLong(),
        flag(in) ? in.readUTF() : null,
        bytes(in));
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    int size = size(in);
    byte[] read = in.readNBytes(size); // gives less at the end, without a word
    if (read.length < size) {
      throw new EOFException();
    }
    return read;
  }

  private static void write(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  private static UUID uuid(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  private static void write(DataOutputStream out, Collection<UUID> ids) throws IOException {
    out.writeInt(ids.size());
    for (UUID id : ids) {
      write(out, id);
    }
  }

  private static List<UUID> uuids(DataInputStream in) throws IOException {
    int size = size(in);
    List<UUID> ids = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      ids.add(uuid(in));
    }
    return ids;
  }

  private static boolean flag(DataInputStream in) throws IOException {
    int flag = in.readByte();
    if (flag != 0 && flag != 1) {
      throw new IllegalArgumentException("a flag of " + flag + " on the bus");
    }
    return flag == 1;
  }

  private static int size(DataInputStream in) throws IOException {
    int size = in.readInt();
    if (size < 0 || size > MAX_ITEMS) {
      throw new IllegalArgumentException("a list of " + size + " on the bus");
    }
    return size;
  }
}
