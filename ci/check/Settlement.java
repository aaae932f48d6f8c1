package ci.check;

import ci.check.History.Removal;
import fixtures.urls.EnvironmentError;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/// What comes after the last fault: waits for the last answers, for live sockets to receive all
/// that is stored without a word from their clients, and then lets every client resume.
///
/// Waiting ends early when there is nothing more to wait for, and late when something is lost: what
/// is missing then is for the [Judge] to say.
final class Settlement {
  private static final long ANSWERS_SECONDS = 120; // a retry may meet a restart and wait again
  private static final long LIVE_SECONDS = 15; // the contract: 1 s, and 5 s without Redis
  private static final long SILENCE_SECONDS = 7; // beyond the contract's 5: nothing comes any more
  private static final long RESUMED_SECONDS = 120; // thousands of messages for a hundred sockets
  private static final long POLL_MILLIS = 20;

  private final Fleet fleet;

  Settlement(Fleet fleet) {
    this.fleet = fleet;
  }

  /// Waits until every message is sent and answered, as long as there is progress.
  void awaitResolved(IntConsumer progress) {
    int before = -1;
    while (fleet.resolved() < fleet.history.messages && fleet.resolved() > before) {
      before = fleet.resolved();
      int seen = before;
      await(
          ANSWERS_SECONDS,
          () -> {
            progress.accept(fleet.resolved());
            return fleet.resolved() > seen;
          });
    }
  }

  /// Waits until everyone has an answer and a socket.
  void awaitQuiet() {
    if (!await(ANSWERS_SECONDS, fleet::quiet)) {
      throw new EnvironmentError(
          "%d of %d messages have no answer %d s after the last fault"
              .formatted(
                  fleet.history.messages - fleet.resolved(),
                  fleet.history.messages,
                  ANSWERS_SECONDS));
    }
    awaitProgress(ANSWERS_SECONDS, () -> !fleet.ask(Client::caughtUp).contains(false));
  }

  /// Waits for live sockets, and notes what came to those that stayed open; then cuts everybody,
  /// and waits until they have resumed and received everything. To be called when the store was
  /// read.
  void deliver() {
    int[][] wanted = wanted();
    List<Integer> sockets = fleet.ask(Client::socket);
    awaitProgress(LIVE_SECONDS, () -> complete(wanted));
    List<Integer> now = fleet.ask(Client::socket);
    fleet.ask(client -> {
      if (sockets.get(client.index).equals(now.get(client.index)) && client.caughtUp()) {
        for (int c = 0; c < wanted[client.index].length; c++) {
          fleet.history.receivedLive[client.index][c] =
              fleet.history.received[client.index][c].size();
        }
      }
      return null;
    });
    fleet.ask(client -> {
      client.cut();
      return null;
    });
    awaitProgress(
        RESUMED_SECONDS,
        () -> {
          List<Integer> later = fleet.ask(Client::socket);
          boolean all = !fleet.ask(Client::caughtUp).contains(false);
          for (int i = 0; i < later.size(); i++) {
            all &= !later.get(i).equals(now.get(i));
          }
          return all && complete(wanted);
        });
    List<Boolean> caughtUp = fleet.ask(Client::caughtUp);
    for (int d = 0; d < caughtUp.size(); d++) {
      if (!caughtUp.get(d)) {
        fleet.history.unresumed.add(d);
      }
    }
  }

  /// By device and conversation, the highest seq of another device's message that must come.
  private int[][] wanted() {
    History history = fleet.history;
    int[][] wanted = new int[history.userOfDevice.length][history.members.length];
    for (int d = 0; d < wanted.length; d++) {
      for (int c = 0; c < wanted[d].length; c++) {
        if (history.member(c, history.userOfDevice[d])) {
          LongList stored = history.stored[c];
          Removal removal = history.removal(c, history.userOfDevice[d]);
          long last = removal == null ? stored.size() : removal.leftSeq();
          int seq = (int) Math.min(stored.size(), last);
          while (seq > 0 && own(d, History.second(stored.get(seq - 1)))) {
            seq--;
          }
          wanted[d][c] = seq;
        }
      }
    }
    return wanted;
  }

  private boolean own(int device, int message) {
    return message >= 0 && fleet.senderOf(message) == device;
  }

  private boolean complete(int[][] wanted) {
    List<Boolean> each =
        fleet.ask(client -> {
          for (int c = 0; c < wanted[client.index].length; c++) {
            if (client.top(c) < wanted[client.index][c]) {
              return false;
            }
          }
          return true;
        });
    return !each.contains(false);
  }

  /// Waits as long as something comes, and not for ever.
  private void awaitProgress(long seconds, BooleanSupplier condition) {
    long[] came = {-1, System.nanoTime()}; // how much, and since when
    await(
        seconds,
        () -> {
          long now = fleet.ask(Client::receivedCount).stream().mapToLong(Long::longValue).sum();
          if (now != came[0]) {
            came[0] = now;
            came[1] = System.nanoTime();
          }
          long silent = System.nanoTime() - came[1];
          return condition.getAsBoolean() || silent > TimeUnit.SECONDS.toNanos(SILENCE_SECONDS);
        });
  }

  private static boolean await(long seconds, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      try {
        Thread.sleep(POLL_MILLIS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        throw new EnvironmentError("interrupted");
      }
    }
    return true;
  }
}
