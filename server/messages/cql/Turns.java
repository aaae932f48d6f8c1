package server.messages.cql;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Runs several actors in one order out of all that are possible: one at a time, and who goes on is
/// drawn at every step. The same seed gives the same order. Some are put to sleep for long, so that
/// the others get far ahead.
final class Turns {
  /// A run has a few hundred; more means that nobody gets on.
  private static final int MAX_STEPS = 200_000;

  private static final long MAX_RUN_SECONDS = 30;
  private static final int SLEEP_ONE_IN = 60;
  private static final int MAX_SLEEP_STEPS = 300;

  private static final class Actor {
    final String name;
    final Semaphore turn = new Semaphore(0);
    BooleanSupplier waitsFor; // null when it may go on
    int asleepUntil;

    Actor(String name) {
      this.name = name;
    }
  }

  private final Random random;
  private final List<Actor> actors = new ArrayList<>(); // those that have not ended
  private final CountDownLatch ended = new CountDownLatch(1);
  private Actor current;
  private Throwable failure;
  private int steps;

  Turns(Random random) {
    this.random = random;
  }

  int steps() {
    return steps;
  }

  void actor(String name, Runnable work) {
    var actor = new Actor(name);
    actors.add(actor);
    Thread.ofVirtual()
        .name(name)
        .start(() -> {
          actor.turn.acquireUninterruptibly();
          try {
            if (failure == null) {
              work.run();
            }
          } catch (Throwable e) { // the run is over, whatever it was
            failure = failure == null ? e : failure;
          }
          actors.remove(actor);
          next();
        });
  }

  /// Runs until all have ended.
  void run() throws Throwable {
    next();
    if (!ended.await(MAX_RUN_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("stuck at step " + steps + ", at " + current.name);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /// A place at which others may get in between. Called by the one whose turn it is.
  void step() {
    until(() -> true);
  }

  /// Goes on at some step at which the condition holds.
  void until(BooleanSupplier condition) {
    Actor me = current;
    if (failure != null) {
      throw new IllegalStateException("another actor failed");
    }
    steps++;
    if (steps > MAX_STEPS) {
      throw new AssertionError("nobody gets on");
    }
    me.waitsFor = condition;
    if (random.nextInt(SLEEP_ONE_IN) == 0) {
      me.asleepUntil = steps + random.nextInt(MAX_SLEEP_STEPS);
    }
    next();
    me.turn.acquireUninterruptibly();
    if (failure != null) {
      throw new IllegalStateException("another actor failed");
    }
    me.waitsFor = null;
  }

  private void next() {
    if (actors.isEmpty()) {
      ended.countDown();
      return;
    }
    List<Actor> ready = new ArrayList<>();
    List<Actor> awake = new ArrayList<>();
    for (Actor actor : actors) {
      if (failure != null || actor.waitsFor == null || actor.waitsFor.getAsBoolean()) {
        ready.add(actor);
        if (actor.asleepUntil <= steps) {
          awake.add(actor);
        }
      }
    }
    if (ready.isEmpty()) {
      failure = new AssertionError("all wait for each other");
      ready.addAll(actors);
    }
    List<Actor> among = awake.isEmpty() ? ready : awake;
    current = among.get(random.nextInt(among.size()));
    current.turn.release();
  }
}
