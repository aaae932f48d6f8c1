package server.messages.relay;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import server.messages.Appended;
import server.messages.Draft;

/// The bytes of a [Letter]: a format version, the sending node's id, a kind, the fields. A node of
/// another version is not understood, so it counts as not there, and each writes for itself.
final class LetterCodec {
  private static final int FORMAT = 1;

  /// More than a batch holds; bounds what a damaged letter can cost.
  private static final int MAX_ITEMS = 1 << 16;

  /// Answers on the wire: stored, stored before, then the refusals.
  private static final int STORED = 0;

  private static final int REPEATED = 1;
  private static final int REFUSED = 2;

  private LetterCodec() {}

  static byte[] encode(Letter letter) {
    var bytes = new ByteArrayOutputStream(512);
    try (var out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      write(out, letter.from());
      switch (letter) {
        case Letter.Here _ -> out.writeByte(0);
        case Letter.Leaving _ -> out.writeByte(1);
        case Letter.Ask(_, long number, List<Draft> drafts) -> {
          out.writeByte(2);
          out.writeLong(number);
          out.writeInt(drafts.size());
          for (Draft draft : drafts) {
            write(out, draft);
          }
        }
        case Letter.Answer(_, long number, List<Appended> answers) -> {
          out.writeByte(3);
          out.writeLong(number);
          out.writeInt(answers.size());
          for (Appended answer : answers) {
            write(out, answer);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // an array has room
    }
    return bytes.toByteArray();
  }

  private static void write(DataOutputStream out, UUID id) throws IOException {
    out.writeLong(id.getMostSignificantBits());
    out.writeLong(id.getLeastSignificantBits());
  }

  private static void write(DataOutputStream out, Draft draft) throws IOException {
    write(out, draft.conversationId());
    write(out, draft.senderUserId());
    write(out, draft.senderDeviceId());
    write(out, draft.clientMessageId());
    out.writeLong(draft.replyToSeq());
    out.writeBoolean(draft.contentType() != null);
    if (draft.contentType() != null) {
      write(out, draft.contentType().getBytes(UTF_8));
    }
    write(out, draft.content());
  }

  private static void write(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static void write(DataOutputStream out, Appended answer) throws IOException {
    switch (answer) {
      case Appended.Stored(long seq, Instant sentAt, boolean repeated, long version) -> {
        out.writeByte(repeated ? REPEATED : STORED);
        out.writeLong(seq);
        out.writeLong(sentAt.getEpochSecond());
        out.writeInt(sentAt.getNano());
        out.writeLong(version);
      }
      case Appended.Refused refused -> out.writeByte(REFUSED + refused.ordinal());
    }
  }

  /// @throws IllegalArgumentException when it is no letter of this version
  static Letter decode(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readByte() != FORMAT) {
        throw new IllegalArgumentException("another version's letter");
      }
      UUID from = id(in);
      byte kind = in.readByte();
      Letter letter =
          switch (kind) {
            case 0 -> new Letter.Here(from);
            case 1 -> new Letter.Leaving(from);
            case 2 -> new Letter.Ask(from, in.readLong(), drafts(in));
            case 3 -> new Letter.Answer(from, in.readLong(), answers(in));
            default -> throw new IllegalArgumentException("unknown kind " + kind);
          };
      if (in.available() > 0) {
        throw new IllegalArgumentException(in.available() + " bytes too many");
      }
      return letter;
    } catch (IOException e) { // it ends too early
      throw new IllegalArgumentException(e);
    }
  }

  private static UUID id(DataInputStream in) throws IOException {
    return new UUID(in.readLong(), in.readLong());
  }

  private static int count(DataInputStream in, int most) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > most) {
      throw new IllegalArgumentException("a count of " + count);
    }
    return count;
  }

  private static List<Draft> drafts(DataInputStream in) throws IOException {
    int count = count(in, MAX_ITEMS);
    List<Draft> drafts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      drafts.add(
          new Draft(id(in), id(in), id(in), id(in), in.readLong(), contentType(in), bytes(in)));
    }
    return drafts;
  }

  private static String contentType(DataInputStream in) throws IOException {
    return in.readBoolean() ? new String(bytes(in), UTF_8) : null;
  }

  private static byte[] bytes(DataInputStream in) throws IOException {
    return in.readNBytes(count(in, in.available()));
  }

  private static Instant instant(DataInputStream in) throws IOException {
    try {
      return Instant.ofEpochSecond(in.readLong(), in.readInt());
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static List<Appended> answers(DataInputStream in) throws IOException {
    int count = count(in, MAX_ITEMS);
    List<Appended> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int kind = in.readByte();
      if (kind == STORED || kind == REPEATED) {
        long seq = in.readLong();
        Instant sentAt = instant(in);
        answers.add(new Appended.Stored(seq, sentAt, kind == REPEATED, in.readLong()));
      } else if (kind >= REFUSED && kind < REFUSED + Appended.Refused.values().length) {
        answers.add(Appended.Refused.values()[kind - REFUSED]);
      } else {
        throw new IllegalArgumentException("unknown answer " + kind);
      }
    }
    return answers;
  }
}
