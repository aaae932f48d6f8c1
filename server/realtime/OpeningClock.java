package server.realtime;

import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// When sockets were opened, comparable between nodes: a hybrid logical clock (Kulkarni and others,
/// 2014). An opening that was heard of is before every later one here, whatever the nodes' clocks
/// say; one whose word is still on its way is compared by these clocks. Thread-safe.
final class OpeningClock {
  private final AtomicLong last = new AtomicLong();
  private final InstantSource wall;

  OpeningClock(InstantSource wall) {
    this.wall = wall;
  }

  /// The time of an opening, in microseconds since 1970, or a little more than all that were heard.
  long next() {
    long now = TimeUnit.MILLISECONDS.toMicros(wall.millis());
    return last.updateAndGet(before -> Math.max(before + 1, now));
  }

  /// Another node told of an opening.
  void heard(long at) {
    last.accumulateAndGet(at, Math::max);
  }
}
