package server.messages.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.messages.Appended;
import server.messages.Draft;

/// Random letters, whole and broken.
final class LetterCodecTest {
  private static final int ROUNDS = 2_000;
  private static final int KINDS = 4;

  private final Random random = new Random(11);

  @Test
  void whatIsEncodedComesBack() {
    for (int round = 0; round < ROUNDS; round++) {
      Letter letter = letter(round % KINDS);
      Letter back = LetterCodec.decode(LetterCodec.encode(letter));
      if (letter instanceof Letter.Ask ask) {
        List<Draft> drafts = ((Letter.Ask) back).drafts();
        assertEquals(ask.drafts().size(), drafts.size());
        for (int i = 0; i < drafts.size(); i++) {
          Draft one = ask.drafts().get(i);
          Draft other = drafts.get(i);
          assertArrayEquals(one.content(), other.content());
          assertEquals(withContentOf(one, other), other);
        }
        assertEquals(ask.number(), ((Letter.Ask) back).number());
        assertEquals(ask.from(), back.from());
      } else {
        assertEquals(letter, back, "round " + round);
      }
    }
  }

  /// A record compares arrays by identity.
  private static Draft withContentOf(Draft of, Draft contents) {
    return new Draft(
        of.conversationId(),
        of.senderUserId(),
        of.senderDeviceId(),
        of.clientMessageId(),
        of.replyToSeq(),
        of.contentType(),
        contents.content());
  }

  @Test
  void aDamagedLetterIsRefusedOrReadAndNeverAnythingElse() {
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = LetterCodec.encode(letter(round % KINDS));
      byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length));
      assertThrows(IllegalArgumentException.class, () -> LetterCodec.decode(cut));
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
      try {
        LetterCodec.decode(bytes);
      } catch (IllegalArgumentException _) {
        refused++;
      }
    }
    assertEquals(true, refused > 0);
  }

  @Test
  void aLetterOfAnotherVersionIsNotUnderstood() {
    byte[] bytes = LetterCodec.encode(letter(0));
    bytes[0]++;
    assertThrows(IllegalArgumentException.class, () -> LetterCodec.decode(bytes));
  }

  private Letter letter(int kind) {
    return switch (kind) {
      case 0 -> new Letter.Here(uuid());
      case 1 -> new Letter.Leaving(uuid());
      case 2 -> {
        List<Draft> drafts = new ArrayList<>();
        for (int i = random.nextInt(5); i >= 0; i--) {
          byte[] content = new byte[random.nextInt(300)];
          random.nextBytes(content);
          String type = random.nextBoolean() ? null : "text/ข้อความ " + random.nextInt();
          drafts.add(
              new Draft(uuid(), uuid(), uuid(), uuid(), random.nextLong(1_000), type, content));
        }
        yield new Letter.Ask(uuid(), random.nextLong(), drafts);
      }
      default -> {
        List<Appended> answers = new ArrayList<>();
        for (int i = random.nextInt(5); i > 0; i--) {
          answers.add(
              switch (random.nextInt(3)) {
                case 0 -> Appended.Refused.NOT_A_MEMBER;
                case 1 -> Appended.Refused.UNKNOWN_REPLY;
                default ->
                    new Appended.Stored(
                        random.nextLong(),
                        Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)),
                        random.nextBoolean(),
                        random.nextLong());
              });
        }
        yield new Letter.Answer(uuid(), random.nextLong(), answers);
      }
    };
  }

  private UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }
}
