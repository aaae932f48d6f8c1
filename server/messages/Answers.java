package server.messages;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import server.http.ApiError;
import server.messages.Appended.Stored;

/// Offers drafts to a batcher and keeps what each was told, and how often. Thread-safe.
final class Answers {
  private static final long PATIENCE_SECONDS = 30; // a busy machine

  private final Batcher batcher;
  private final Queue<Answer> all = new ConcurrentLinkedQueue<>();

  Answers(Batcher batcher) {
    this.batcher = batcher;
  }

  /// What one offer comes to.
  static final class Answer implements Batcher.Sender {
    final Draft draft;
    private final CompletableFuture<Object> told = new CompletableFuture<>();
    private final Queue<Object> heard = new ConcurrentLinkedQueue<>();

    private Answer(Draft draft) {
      this.draft = draft;
    }

    @Override
    public void answered(Draft of, Appended answer) {
      tell(of, answer);
    }

    @Override
    public void failed(Draft of, ApiError error) {
      tell(of, error);
    }

    private void tell(Draft of, Object what) {
      heard.add(of == draft ? what : new AssertionError("another's answer"));
      told.complete(what);
    }

    boolean isThere() {
      return told.isDone();
    }

    /// Waits for it: an [Appended] or an [ApiError].
    Object get() {
      return told.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /// Waits for what must have been stored.
    Stored stored() {
      return get() instanceof Stored stored ? stored : fail("stored");
    }

    /// Waits for what must have failed.
    ApiError error() {
      return get() instanceof ApiError error ? error : fail("an error");
    }

    private <T> T fail(String expected) {
      throw new AssertionError("expected " + expected + ", was told " + get());
    }
  }

  Answer offer(Draft draft) {
    var answer = new Answer(draft);
    all.add(answer);
    batcher.offer(draft, answer);
    return answer;
  }

  List<Answer> offer(List<Draft> drafts) {
    return drafts.stream().map(this::offer).toList();
  }

  /// Waits until every offer was answered, and checks that none was answered twice.
  List<Answer> awaitEachOnce() {
    all.forEach(Answer::get);
    for (Answer answer : all) {
      if (answer.heard.size() != 1) {
        throw new AssertionError(answer.draft + " was told " + answer.heard);
      }
    }
    return List.copyOf(all);
  }
}
