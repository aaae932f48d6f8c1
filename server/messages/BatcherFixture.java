package server.messages;

import static server.messages.StoreHarness.range;
import static server.messages.TroubledStore.Trouble.NONE;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import server.messages.Answers.Answer;
import server.testing.Await;
import server.testing.TestApi.User;

/// A batcher over a real store that a test can disturb, and what it tells.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BatcherFixture {
  static final Duration PATIENCE = Duration.ofSeconds(20); // a busy machine
  static final long CLOSE_MILLIS = 10_000;
  static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(60); // longer than any test

  PostgresHarness on;
  User ann;
  TroubledStore store;
  Batcher batcher;
  Answers answers;
  final Queue<Message> committed = new ConcurrentLinkedQueue<>();
  final Queue<Long> repeated = new ConcurrentLinkedQueue<>(); // seqs
  volatile boolean listenerThrows;

  @BeforeAll
  void start() {
    on = new PostgresHarness();
    ann = on.user();
  }

  @AfterAll
  void stop() {
    on.close();
  }

  @BeforeEach
  void begin() {
    store = new TroubledStore(on.store());
    committed.clear();
    repeated.clear();
    listenerThrows = false;
    use(1, FairQueue.Bounds.STANDARD, CLOSE_MILLIS);
  }

  @AfterEach
  void end() {
    store.meet(NONE);
    store.release();
    batcher.close();
  }

  void use(int committers, FairQueue.Bounds bounds, long closeMillis) {
    if (batcher != null) {
      batcher.close();
    }
    batcher = new Batcher(store.store(), new Listener(), committers, bounds, closeMillis);
    answers = new Answers(batcher);
  }

  final class Listener implements Batcher.Committed {
    @Override
    public void message(Message message, long membersVersion) {
      committed.add(message);
      fail();
    }

    @Override
    public void repeated(UUID conversationId, long seq) {
      repeated.add(seq);
      fail();
    }

    @Override
    public void batchBegin() {
      fail();
    }

    @Override
    public void batchEnd() {
      fail();
    }

    private void fail() {
      if (listenerThrows) {
        throw new IllegalStateException("a listener's fault, for a test");
      }
    }
  }

  /// Lets a first message be written, and holds it up: what is offered now has to wait.
  Answer holdUp() {
    store.hold();
    Answer first = answers.offer(draft(on.group(ann), "held up"));
    Await.until("it is being written", PATIENCE, () -> store.writes().size() == 1);
    return first;
  }

  Draft draft(UUID group, String text) {
    return on.draft(ann, group, text);
  }

  List<Draft> drafts(UUID group, int count) {
    List<Draft> drafts = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      drafts.add(draft(group, "" + i));
    }
    return drafts;
  }

  static List<Long> seqsOf(List<Answer> answers) {
    return answers.stream().map(answer -> answer.stored().seq()).toList();
  }

  static List<String> count(int to) {
    return range(1, to).stream().map(String::valueOf).toList();
  }
}
