package server.messages;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.MessageStore.Span;

/// Reads again from the store that messages are moved to what was just answered from the other one,
/// and counts what differs. Nobody waits for that: when several are under way, others are let pass.
///
/// What is not copied yet is no difference, a gap before what is copied is one. Thread-safe.
final class ShadowReads {
  private static final Logger log = LoggerFactory.getLogger(ShadowReads.class);
  private static final int MOST_UNDER_WAY = 4; // a small part of what either store can take

  private final MessageStore other;
  private final Semaphore room = new Semaphore(MOST_UNDER_WAY);
  private final LongAdder reads = new LongAdder();
  private final LongAdder messages = new LongAdder();
  private final LongAdder differing = new LongAdder();

  /// @param other where messages go
  ShadowReads(MessageStore other) {
    this.other = other;
  }

  /// A store has answered reads.
  void answered(MessageStore store, Map<Span, List<Message>> answers) {
    if (store == other || !room.tryAcquire()) {
      return;
    }
    Thread.ofVirtual()
        .name("shadow-read")
        .start(() -> {
          try {
            answers.forEach(this::compare);
          } catch (RuntimeException e) {
            log.warn("messages could not be read where they go: {}", e.toString());
          } finally {
            room.release();
          }
        });
  }

  private void compare(Span span, List<Message> answer) {
    if (answer.isEmpty()) {
      return;
    }
    long to = answer.getLast().seq();
    List<Message> theirs =
        other.readForward(span.conversationId(), span.afterSeq(), to, answer.size());
    long differ = 0;
    for (int i = 0; i < theirs.size(); i++) {
      differ += same(answer.get(i), theirs.get(i)) ? 0 : 1;
    }
    if (theirs.size() < answer.size()) {
      long missing = answer.get(theirs.size()).seq();
      long head =
          other.heads(List.of(span.conversationId())).getOrDefault(span.conversationId(), 0L);
      // The head rises behind the rows, so one that has risen above a row that was missing may have
      // done so since.
      boolean gap =
          head >= missing
              && other.readForward(span.conversationId(), missing - 1, missing, 1).isEmpty();
      differ += gap ? 1 : 0;
    }
    reads.increment();
    messages.add(theirs.size());
    if (differ > 0) {
      differing.add(differ);
      log.warn(
          "conversation {}: {} of {} messages behind {} differ where they go",
          span.conversationId(),
          differ,
          theirs.size(),
          span.afterSeq());
    }
  }

  private static boolean same(Message a, Message b) {
    return a.conversationId().equals(b.conversationId())
        && a.seq() == b.seq()
        && a.senderUserId().equals(b.senderUserId())
        && a.senderDeviceId().equals(b.senderDeviceId())
        && a.clientMessageId().equals(b.clientMessageId())
        && a.sentAt().equals(b.sentAt())
        && a.replyToSeq() == b.replyToSeq()
        && Objects.equals(a.contentType(), b.contentType())
        && Arrays.equals(a.content(), b.content());
  }

  /// As the mover reads it: see [migrate.move.messages.ShadowCounts].
  @Override
  public String toString() {
    return new migrate.move.messages.ShadowCounts(reads.sum(), messages.sum(), differing.sum())
        .toString();
  }
}
