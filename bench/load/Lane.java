package bench.load;

import bench.client.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// One of the loader's threads with the conversations that live on it. All of it happens on the
/// loop; [#call] comes in from outside.
final class Lane implements AutoCloseable {
  private static final long MIN_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(20); // after a refusal

  private final Loop loop;
  private final LoadOptions options;
  private final byte[] content;
  private final List<Room> rooms = new ArrayList<>();
  private List<Member> toAcknowledge = new ArrayList<>();
  private List<Member> acknowledging = new ArrayList<>();
  private final Tally tally = new Tally();
  private boolean sending;
  private volatile boolean ending;
  private int turn;
  private boolean closedLoop = true;
  private boolean slowly;
  private Zipf zipf; // null: one conversation after the other

  Lane(int number, LoadOptions options) {
    this.options = options;
    loop = new Loop("load-" + number);
    content = new byte[options.payloadBytes()];
    new SplittableRandom(options.seed() + number).nextBytes(content);
    loop.run(this::tick);
  }

  Loop loop() {
    return loop;
  }

  LoadOptions options() {
    return options;
  }

  /// Whether nobody answers, and `seq` means nothing.
  boolean bare() {
    return options.profile() == LoadOptions.Profile.BARE_GROUPS;
  }

  byte[] content() {
    return content;
  }

  Tally tally() {
    return tally;
  }

  List<Room> rooms() {
    return rooms;
  }

  /// Whether sockets close because we want it.
  boolean ending() {
    return ending;
  }

  /// Does `step` on the loop and waits for what it returns.
  <T> T call(Supplier<T> step) {
    var result = new CompletableFuture<T>();
    loop.run(() -> {
      try {
        result.complete(step.get());
      } catch (RuntimeException e) {
        result.completeExceptionally(e);
      }
    });
    return result.join();
  }

  void call(Runnable step) {
    call(() -> {
      step.run();
      return null;
    });
  }

  /// A socket has something to acknowledge: at the latest with the next tick.
  void toAcknowledge(Member member) {
    toAcknowledge.add(member);
  }

  private void tick() {
    var now = toAcknowledge;
    toAcknowledge = acknowledging;
    acknowledging = now;
    now.forEach(Member::acknowledge);
    now.clear();
    if (slowly) {
      each(Member.Reading.SLOWLY, member -> member.connection().readMore(slowBytes()));
    }
    if (!ending) {
      loop.later(TimeUnit.MILLISECONDS.toNanos(options.acknowledgeMillis()), this::tick);
    }
  }

  private long slowBytes() {
    long bytes = (long) options.trouble().slowBytes() * options.acknowledgeMillis();
    return Math.max(1, bytes / TimeUnit.SECONDS.toMillis(1));
  }

  private void each(Member.Reading reading, Consumer<Member> what) {
    for (Room room : rooms) {
      for (Member member : room.members()) {
        if (member.reading() == reading) {
          what.accept(member);
        }
      }
    }
  }

  /// Those that read slowly or not at all begin to, or take everything from now on.
  void troubled(boolean wanted) {
    slowly = wanted;
    each(Member.Reading.NOT, member -> member.connection().reading(!wanted));
    if (!wanted) {
      each(Member.Reading.SLOWLY, member -> member.connection().reading(true));
    }
  }

  /// This part of the sockets breaks, and comes back.
  void storm(double share) {
    double sum = 0.5; // one in two is every other one
    for (Room room : rooms) {
      for (Member member : room.members()) {
        sum += share;
        if (sum >= 1) {
          sum--;
          if (!member.stalled()) {
            member.cut();
          }
        }
      }
    }
  }

  /// How fast and who, from the next start on.
  void pace(Pace pace) {
    closedLoop = pace.closed();
    zipf = pace.zipf() == 0 ? null : new Zipf(rooms.size(), pace.zipf(), options.seed());
  }

  /// Closed loop: fills what may be under way.
  void start() {
    sending = true;
    if (closedLoop) {
      for (Room room : rooms) {
        for (Member member : room.members()) {
          while (!member.stalled() && member.underWay().size() < options.inFlight()) {
            member.send(System.nanoTime());
          }
        }
      }
    }
  }

  /// Sends no more.
  void stop() {
    sending = false;
  }

  /// A message of `member` is settled: closed loop, so the next one goes.
  void completed(Member member) {
    if (sending && closedLoop) {
      member.send(System.nanoTime());
    }
  }

  /// Closed loop: the one that was refused makes room later.
  void refused(Member member, long retryAfterSeconds) {
    if (closedLoop) {
      long pause = Math.max(MIN_PAUSE_NANOS, TimeUnit.SECONDS.toNanos(retryAfterSeconds));
      loop.later(pause, () -> completed(member));
    }
  }

  /// Open loop: messages that were due then, of one conversation after the other.
  void arrive(long[] dueNanos, int count) {
    for (int i = 0; sending && i < count; i++) {
      turn = zipf != null ? zipf.next() : turn + 1 >= rooms.size() ? 0 : turn + 1;
      Member sender = rooms.get(turn).next();
      if (sender != null) {
        sender.send(dueNanos[i]);
      }
    }
  }

  /// Messages that are not settled.
  long underWay() {
    long under = 0;
    for (Room room : rooms) {
      for (Member member : room.members()) {
        under += member.underWay().size();
      }
    }
    return under;
  }

  /// Ends the thread and its sockets.
  @Override
  public void close() {
    ending = true;
    loop.close();
  }
}
