package migrate.backup;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import migrate.move.messages.Digest;
import migrate.move.messages.MessageSide;
import migrate.move.messages.Span;
import migrate.move.messages.StoredCursor;
import migrate.move.messages.StoredMessage;
import migrate.move.messages.StoredReceipt;

/// Messages of a CQL store in a file: gzip, a line for each thing, fields between tabs.
///
/// `m` conversation, seq, sender's user and device, client's id, sent at (ms), reply to, content
/// type (Base64 of UTF-8, `-` for none), content (Base64); `h` conversation, last seq, SHA-256 over
/// its messages, after these; `c` a cursor; `r` a receipt (µs). Conversations come one after the
/// other, their messages in order.
final class MessageLines {
  private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getDecoder();
  private static final String NONE = "-";
  private static final int WRITE_ROWS = 256;
  private static final int READ_SEQS = 4_096; // at a time, of one conversation

  private MessageLines() {}

  /// Writes these conversations, each up to where it ends when its turn comes.
  ///
  /// @return how many messages
  static long write(Path file, MessageSide side, Iterable<List<UUID>> conversations) {
    try (var out =
        new BufferedWriter(
            new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(file), 64 * 1024),
                StandardCharsets.UTF_8))) {
      long messages = 0;
      for (List<UUID> some : conversations) {
        // Before the heads, so that no cursor is above its log's end.
        List<StoredCursor> cursors = side.cursors(some);
        List<StoredReceipt> receipts = side.receipts(some, Instant.EPOCH);
        Map<UUID, Long> heads = side.heads(some);
        for (UUID conversation : some) {
          long head = heads.getOrDefault(conversation, 0L);
          if (head > 0) {
            log(out, side, conversation, head);
            messages += head;
          }
        }
        for (StoredCursor c : cursors) {
          line(
              out,
              "c",
              c.conversationId(),
              c.userId(),
              c.deviceId(),
              c.deliveredSeq(),
              c.readSeq());
        }
        for (StoredReceipt r : receipts) {
          long micros = ChronoUnit.MICROS.between(Instant.EPOCH, r.reachedAt());
          line(
              out,
              "r",
              r.conversationId(),
              r.userId(),
              r.deviceId(),
              r.deliveredSeq(),
              r.readSeq(),
              micros);
        }
      }
      return messages;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void log(BufferedWriter out, MessageSide side, UUID conversation, long head)
      throws IOException {
    var digest = new Digest();
    for (long after = 0; after < head; after += READ_SEQS) {
      List<StoredMessage> rows = new ArrayList<>();
      side.read(
          List.of(new Span(conversation, after, Math.min(head, after + READ_SEQS))), rows::add);
      for (StoredMessage m : rows) {
        digest.add(m);
        line(
            out,
            "m",
            conversation,
            m.seq(),
            m.senderUserId(),
            m.senderDeviceId(),
            m.clientMessageId(),
            m.sentAt().toEpochMilli(),
            m.replyToSeq(),
            m.contentType() == null
                ? NONE
                : ENCODER.encodeToString(m.contentType().getBytes(StandardCharsets.UTF_8)),
            ENCODER.encodeToString(m.content()));
      }
    }
    if (digest.count() != head) {
      throw new IllegalStateException(
          "conversation %s has %d of %d messages: see `move messages --verify`, or restore it"
              .formatted(conversation, digest.count(), head));
    }
    line(out, "h", conversation, head, digest.hex());
  }

  private static void line(BufferedWriter out, Object... fields) throws IOException {
    for (int i = 0; i < fields.length; i++) {
      if (i > 0) {
        out.write('\t');
      }
      out.write(fields[i].toString());
    }
    out.write('\n');
  }

  /// What a file's `h` line says.
  private record End(long head, String digest) {}

  /// Writes what the file has into a store, reads it back and compares.
  ///
  /// @return how many messages
  /// @throws IllegalStateException when what is read back is not what the file says
  static long restore(Path file, MessageSide side) {
    Map<UUID, End> ends = new HashMap<>();
    long messages = 0;
    try (var in =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(file), 64 * 1024),
                StandardCharsets.UTF_8))) {
      List<StoredMessage> rows = new ArrayList<>();
      List<StoredCursor> cursors = new ArrayList<>();
      List<StoredReceipt> receipts = new ArrayList<>();
      Instant last = Instant.EPOCH;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] f = line.split("\t", -1);
        UUID conversation = UUID.fromString(f[1]);
        switch (f[0]) {
          case "m" -> {
            rows.add(message(f, conversation));
            last = rows.getLast().sentAt();
            messages++;
            if (rows.size() == WRITE_ROWS) {
              side.write(rows);
              rows.clear();
            }
          }
          case "h" -> {
            side.write(rows); // a head means that all is there
            rows.clear();
            long head = Long.parseLong(f[2]);
            side.complete(Map.of(conversation, new MessageSide.Head(head, last)));
            ends.put(conversation, new End(head, f[3]));
          }
          case "c" -> {
            cursors.add(cursor(f, conversation));
            if (cursors.size() == WRITE_ROWS) {
              side.raise(cursors);
              cursors.clear();
            }
          }
          default -> {
            receipts.add(receipt(f, conversation));
          }
        }
        if (receipts.size() == WRITE_ROWS) {
          side.log(receipts);
          receipts.clear();
        }
      }
      if (!cursors.isEmpty()) {
        side.raise(cursors);
      }
      if (!receipts.isEmpty()) {
        side.log(receipts);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    verify(side, ends);
    return messages;
  }

  private static void verify(MessageSide side, Map<UUID, End> ends) {
    ends.forEach((conversation, end) -> {
      var digest = new Digest();
      side.read(List.of(new Span(conversation, 0, end.head())), digest::add);
      long head = side.heads(Set.of(conversation)).getOrDefault(conversation, 0L);
      if (!digest.hex().equals(end.digest()) || head != end.head()) {
        throw new IllegalStateException(
            "conversation %s differs from the backup: it has %d messages up to %d, should have %d"
                .formatted(conversation, digest.count(), head, end.head()));
      }
    });
  }

  private static StoredMessage message(String[] f, UUID conversation) {
    return new StoredMessage(
        conversation,
        Long.parseLong(f[2]),
        UUID.fromString(f[3]),
        UUID.fromString(f[4]),
        UUID.fromString(f[5]),
        Instant.ofEpochMilli(Long.parseLong(f[6])),
        Long.parseLong(f[7]),
        f[8].equals(NONE) ? null : new String(DECODER.decode(f[8]), StandardCharsets.UTF_8),
        DECODER.decode(f[9]));
  }

  private static StoredCursor cursor(String[] f, UUID conversation) {
    return new StoredCursor(
        conversation,
        UUID.fromString(f[2]),
        UUID.fromString(f[3]),
        Long.parseLong(f[4]),
        Long.parseLong(f[5]));
  }

  private static StoredReceipt receipt(String[] f, UUID conversation) {
    return new StoredReceipt(
        conversation,
        UUID.fromString(f[2]),
        UUID.fromString(f[3]),
        Long.parseLong(f[4]),
        Long.parseLong(f[5]),
        Instant.EPOCH.plus(Long.parseLong(f[6]), ChronoUnit.MICROS));
  }
}
