package migrate.move.messages;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/// A checksum over messages in their order (SHA-256), and their number. For one thread.
public final class Digest {
  private static final int FIXED_BYTES = 4 * 16 + 3 * Long.BYTES + 2 * Integer.BYTES;

  private final MessageDigest sha256;
  private long count;

  public Digest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java has it
    }
  }

  /// Each field with its length, so that no two rows give the same bytes.
  public void add(StoredMessage m) {
    byte[] type = m.contentType() == null ? null : m.contentType().getBytes(StandardCharsets.UTF_8);
    var fixed = ByteBuffer.allocate(FIXED_BYTES);
    for (UUID id :
        List.of(m.conversationId(), m.senderUserId(), m.senderDeviceId(), m.clientMessageId())) {
      fixed.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }
    fixed.putLong(m.seq()).putLong(m.sentAt().toEpochMilli()).putLong(m.replyToSeq());
    fixed.putInt(type == null ? -1 : type.length).putInt(m.content().length);
    sha256.update(fixed.flip());
    if (type != null) {
      sha256.update(type);
    }
    sha256.update(m.content());
    count++;
  }

  public long count() {
    return count;
  }

  /// The checksum; nothing is added after this.
  public String hex() {
    return HexFormat.of().formatHex(sha256.digest());
  }
}
