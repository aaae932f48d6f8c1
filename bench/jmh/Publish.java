package bench.jmh;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
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

/// From publishing to receiving: a burst of [#BURST] messages goes to another connection, each of
/// it an operation. The twin hands them from one thread to another in this process.
///
/// Nodes number what they send (`seq`), because only streams keep what nobody hears.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Publish {
  static final int BURST = 64;
  private static final long PATIENCE_SECONDS = 10;

  @Param({"plain", "pipelined", "sharded", "streams", "notify"})
  public String how;

  @Param({"256"})
  public int payload;

  private RedisLane lane;
  private final LinkedBlockingQueue<byte[]> arrived = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<byte[]> handed = new LinkedBlockingQueue<>();
  private Thread handing;
  private long next;

  /// Opens the lane, and proves that what arrives is what was sent, in order, either way.
  @Setup(Level.Trial)
  public void prove() throws InterruptedException {
    lane = RedisLane.open(how, EngineUrls.ofThisProcess(), arrived::add);
    handing = Thread.ofPlatform().daemon().name("handing").start(this::hand);
    List<byte[]> sent = burst();
    lane.send(sent);
    List<byte[]> ours = received();
    sent.forEach(handed::add);
    List<byte[]> twins = received();
    for (int i = 0; i < BURST; i++) {
      Proof.same("payload " + i, ours.get(i), twins.get(i));
      Proof.same("payload " + i, sent.get(i), ours.get(i));
    }
  }

  private void hand() {
    try {
      while (true) {
        arrived.add(handed.take());
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private List<byte[]> burst() {
    List<byte[]> payloads = new ArrayList<>(BURST);
    for (int i = 0; i < BURST; i++) {
      payloads.add(ByteBuffer.allocate(payload).putLong(next++).array());
    }
    return payloads;
  }

  private List<byte[]> received() throws InterruptedException {
    List<byte[]> all = new ArrayList<>(BURST);
    while (all.size() < BURST) {
      byte[] one = arrived.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (one == null) {
        throw new AssertionError(BURST - all.size() + " of " + BURST + " did not arrive");
      }
      all.add(one);
    }
    return all;
  }

  @Benchmark
  @OperationsPerInvocation(BURST)
  public List<byte[]> ours() throws InterruptedException {
    lane.send(burst());
    return received();
  }

  @Benchmark
  @OperationsPerInvocation(BURST)
  public List<byte[]> twin() throws InterruptedException {
    handed.addAll(burst());
    return received();
  }

  @TearDown(Level.Trial)
  public void stop() {
    handing.interrupt();
    lane.close();
  }
}
