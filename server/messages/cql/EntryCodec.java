package server.messages.cql;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import server.messages.Message;

/// A log entry's contents as one blob. Its first byte is the format, so that a later one can be
/// told from this.
final class EntryCodec {
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 1 + 16 + 2 * Integer.BYTES;
  private static final int UUID_BYTES = 16;

  /// Beside content and content type: five ids and numbers, and two lengths.
  private static final int MESSAGE_BYTES = 4 * UUID_BYTES + 3 * Long.BYTES + 2 * Integer.BYTES;

  private static final int NO_TYPE = -1;

  private EntryCodec() {}

  /// How much a message of this content adds to an entry, at most.
  static int bytes(byte[] content, String contentType) {
    return MESSAGE_BYTES + content.length + (contentType == null ? 0 : 3 * contentType.length());
  }

  static ByteBuffer encode(Entry entry) {
    List<byte[]> types = new ArrayList<>(entry.messages().size());
    int size = HEADER_BYTES + UUID_BYTES * entry.fences().size();
    for (Message message : entry.messages()) {
      String type = message.contentType();
      byte[] bytes = type == null ? null : type.getBytes(StandardCharsets.UTF_8);
      types.add(bytes);
      size += MESSAGE_BYTES + message.content().length + (bytes == null ? 0 : bytes.length);
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put(FORMAT);
    put(out, entry.writer());
    out.putInt(entry.fences().size());
    entry.fences().forEach(fence -> put(out, fence));
    out.putInt(entry.messages().size());
    for (int i = 0; i < types.size(); i++) {
      put(out, entry.messages().get(i), types.get(i));
    }
    return out.flip();
  }

  private static void put(ByteBuffer out, Message message, byte[] type) {
    put(out, message.conversationId());
    put(out, message.senderUserId());
    put(out, message.senderDeviceId());
    put(out, message.clientMessageId());
    out.putLong(message.seq()).putLong(message.replyToSeq());
    out.putLong(message.sentAt().toEpochMilli());
    if (type == null) {
      out.putInt(NO_TYPE);
    } else {
      out.putInt(type.length).put(type);
    }
    out.putInt(message.content().length).put(message.content());
  }

  /// @throws IllegalStateException for a format that this code does not know
  static Entry decode(UUID id, long writtenAtMicros, ByteBuffer blob) {
    ByteBuffer in = blob.slice();
    byte format = in.get();
    if (format != FORMAT) {
      throw new IllegalStateException(
          "entry "
              + id
              + " of the slot log has format "
              + format
              + ", this code knows "
              + FORMAT
              + ": run the newer code");
    }
    UUID writer = uuid(in);
    List<UUID> fences = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      fences.add(uuid(in));
    }
    List<Message> messages = new ArrayList<>();
    for (int left = in.getInt(); left > 0; left--) {
      messages.add(message(in));
    }
    return new Entry(id, writer, writtenAtMicros, messages, fences);
  }

  private static Message message(ByteBuffer in) {
    UUID conversation = uuid(in);
    UUID user = uuid(in);
    UUID device = uuid(in);
    UUID client = uuid(in);
    long seq = in.getLong();
    long replyTo = in.getLong();
    Instant sentAt = Instant.ofEpochMilli(in.getLong());
    int typeBytes = in.getInt();
    String type =
        typeBytes == NO_TYPE ? null : new String(bytes(in, typeBytes), StandardCharsets.UTF_8);
    byte[] content = bytes(in, in.getInt());
    return new Message(conversation, seq, user, device, client, sentAt, replyTo, type, content);
  }

  private static byte[] bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  private static void put(ByteBuffer out, UUID id) {
    out.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer in) {
    return new UUID(in.getLong(), in.getLong());
  }
}
