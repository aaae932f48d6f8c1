package bench.jmh;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import server.http.ApiError;
import server.http.Caller;
import server.messages.Appended;
import server.messages.Batcher;
import server.messages.Draft;
import server.messages.Message;

/// Drafts pass the batcher to a store that takes no time, and their senders are answered: a burst
/// of [#BURST], each of it an operation. The twin: a bounded queue, one thread that drains it into
/// the same store, and a latch.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Batch {
  static final int BURST = 64;
  private static final int CONVERSATIONS = 16;
  private static final int QUEUE = 65_536; // as many as a lane takes

  @Param({"256"})
  public int payload;

  @Param({"1"})
  public int committers;

  private final InMemoryStore store = new InMemoryStore();
  private final ArrayBlockingQueue<Offered> queue = new ArrayBlockingQueue<>(QUEUE);
  private Batcher batcher;
  private Thread drainer;
  private Draft[] drafts;
  private long[] seqs;

  private record Offered(Draft draft, Batcher.Sender sender) {}

  /// Starts both and proves that each draft gets the same number from either.
  @Setup(Level.Trial)
  public void prove() throws InterruptedException {
    Caller sender = Frames.caller();
    UUID[] conversations = new UUID[CONVERSATIONS];
    Arrays.setAll(conversations, _ -> Frames.id());
    drafts = new Draft[BURST];
    Arrays.setAll(
        drafts,
        i ->
            new Draft(
                conversations[i % CONVERSATIONS],
                sender.userId(),
                sender.deviceId(),
                Frames.id(),
                0,
                null,
                Frames.content(payload)));
    seqs = new long[BURST];
    batcher = new Batcher(store.asStore(), new Nobody(), committers);
    drainer = Thread.ofPlatform().daemon().name("drainer").start(this::drain);
    ours();
    long[] first = seqs.clone();
    twin();
    for (int i = 0; i < BURST; i++) {
      Proof.same("seq of draft " + i, first[i] + BURST / CONVERSATIONS, seqs[i]);
    }
  }

  @TearDown(Level.Trial)
  public void stop() {
    batcher.close();
    drainer.interrupt();
  }

  @Benchmark
  @OperationsPerInvocation(BURST)
  public void ours() throws InterruptedException {
    var answered = new CountDownLatch(BURST);
    for (int i = 0; i < BURST; i++) {
      batcher.offer(drafts[i], new Waiting(i, answered));
    }
    answered.await();
  }

  @Benchmark
  @OperationsPerInvocation(BURST)
  public void twin() throws InterruptedException {
    var answered = new CountDownLatch(BURST);
    for (int i = 0; i < BURST; i++) {
      queue.put(new Offered(drafts[i], new Waiting(i, answered)));
    }
    answered.await();
  }

  private void drain() {
    List<Offered> taken = new ArrayList<>();
    try {
      while (true) {
        taken.clear();
        taken.add(queue.take());
        queue.drainTo(taken);
        List<Appended> answers = store.append(taken.stream().map(Offered::draft).toList());
        for (int i = 0; i < answers.size(); i++) {
          taken.get(i).sender.answered(taken.get(i).draft, answers.get(i));
        }
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Waiting implements Batcher.Sender {
    private final int place;
    private final CountDownLatch answered;

    Waiting(int place, CountDownLatch answered) {
      this.place = place;
      this.answered = answered;
    }

    @Override
    public void answered(Draft draft, Appended answer) {
      seqs[place] = ((Appended.Stored) answer).seq();
      answered.countDown();
    }

    @Override
    public void failed(Draft draft, ApiError error) {
      throw error;
    }
  }

  /// Nobody listens: fan-out is measured by itself.
  private static final class Nobody implements Batcher.Committed {
    @Override
    public void message(Message message, long membersVersion) {}

    @Override
    public void repeated(UUID conversationId, long seq) {}

    @Override
    public void batchBegin() {}

    @Override
    public void batchEnd() {}
  }
}
