package server.messages;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.http.ApiError;
import server.http.ErrorCode;
import server.messages.Appended.Stored;
import server.messages.FairQueue.Waiting;

/// Writes a batch and tells everybody what became of it. Thread-safe: committers share it.
final class BatchWriter {
  private static final long WARN_EVERY_NANOS = 1_000_000_000;
  private static final Logger log = LoggerFactory.getLogger(BatchWriter.class);

  private final Appends store;
  private final Batcher.Committed committed;
  private final LongAdder batches = new LongAdder();
  private final LongAdder messages = new LongAdder();
  private final LongAdder unknown = new LongAdder(); // since the last warning
  private final AtomicLong warnedAtNanos = new AtomicLong(System.nanoTime() - WARN_EVERY_NANOS);

  BatchWriter(Appends store, Batcher.Committed committed) {
    this.store = store;
    this.committed = committed;
  }

  /// Calls of the store so far.
  long batches() {
    return batches.sum();
  }

  /// Messages stored so far, repeats left out.
  long messages() {
    return messages.sum();
  }

  /// Answers everyone in the batch, whatever happens. A retry that meets its first attempt in one
  /// batch shares its fate instead of being written.
  void write(List<Waiting> batch) {
    Map<Draft.Key, List<Waiting>> byKey = HashMap.newHashMap(batch.size());
    List<Draft> drafts = new ArrayList<>(batch.size());
    for (Waiting waiting : batch) {
      List<Waiting> same = byKey.computeIfAbsent(waiting.draft().key(), _ -> new ArrayList<>(1));
      if (same.isEmpty()) {
        drafts.add(waiting.draft());
      }
      same.add(waiting);
    }
    write(drafts, byKey);
  }

  /// On a data error the batch is halved until the poisoned draft stands alone and fails alone.
  private void write(List<Draft> drafts, Map<Draft.Key, List<Waiting>> byKey) {
    List<Appended> answers;
    try {
      batches.increment();
      answers = store.append(drafts);
    } catch (StoreUnavailable e) {
      warn(drafts.size(), e);
      var answer =
          new ApiError(
              ErrorCode.UNAVAILABLE,
              "the message store does not answer; send it again with the same client_message_id");
      drafts.forEach(draft -> fail(byKey.get(draft.key()), answer));
      return;
    } catch (RuntimeException | Error e) {
      if (drafts.size() > 1) {
        int half = drafts.size() / 2;
        write(drafts.subList(0, half), byKey);
        write(drafts.subList(half, drafts.size()), byKey);
      } else {
        log.error("a message could not be stored", e);
        fail(
            byKey.get(drafts.getFirst().key()),
            new ApiError(
                ErrorCode.INTERNAL_ERROR,
                "the message could not be stored; send it again with the same client_message_id"));
      }
      return;
    }
    safely(committed::batchBegin);
    for (int i = 0; i < drafts.size(); i++) {
      if (answers.get(i) instanceof Stored stored) {
        tell(drafts.get(i), stored);
      }
    }
    for (int i = 0; i < drafts.size(); i++) {
      answer(byKey.get(drafts.get(i).key()), answers.get(i));
    }
    safely(committed::batchEnd);
  }

  /// A store that is away fails thousands of batches a second.
  private void warn(int messages, StoreUnavailable e) {
    unknown.add(messages);
    long now = System.nanoTime();
    long last = warnedAtNanos.get();
    if (now - last >= WARN_EVERY_NANOS && warnedAtNanos.compareAndSet(last, now)) {
      log.warn(
          "the fate of {} messages is unknown: {}",
          unknown.sumThenReset(),
          String.valueOf(e.getCause()));
    }
  }

  private void tell(Draft draft, Stored stored) {
    if (stored.repeated()) {
      safely(() -> committed.repeated(draft.conversationId(), stored.seq()));
    } else {
      messages.increment();
      safely(() -> committed.message(message(draft, stored), stored.membersVersion()));
    }
  }

  /// The first gets the store's answer; the others are retries of it.
  private static void answer(List<Waiting> same, Appended answer) {
    Appended next = answer;
    for (Waiting waiting : same) {
      Appended own = next;
      safely(() -> waiting.sender().answered(waiting.draft(), own));
      next =
          switch (answer) {
            case Stored(long seq, Instant sentAt, _, long membersVersion) ->
                new Stored(seq, sentAt, true, membersVersion);
            case Appended.Refused refused -> refused;
          };
    }
  }

  private static Message message(Draft draft, Stored stored) {
    return new Message(
        draft.conversationId(),
        stored.seq(),
        draft.senderUserId(),
        draft.senderDeviceId(),
        draft.clientMessageId(),
        stored.sentAt(),
        draft.replyToSeq(),
        draft.contentType(),
        draft.content());
  }

  /// Tells all of them the same.
  static void fail(List<Waiting> all, ApiError error) {
    all.forEach(waiting -> safely(() -> waiting.sender().failed(waiting.draft(), error)));
  }

  /// A fault in one listener must not take the committer, and with it its conversations, down.
  private static void safely(Runnable step) {
    try {
      step.run();
    } catch (RuntimeException | Error e) {
      log.error("telling of a batch failed", e);
    }
  }
}
