package migrate.schema;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/// How long a run waits, and lets others wait. A value.
///
/// @param lockTimeout how long a statement waits for a lock on a table: whoever comes after it
///   waits as long
/// @param tries of a statement, or of a transaction that is a step, each after a longer pause
/// @param firstPause after the first try; it doubles with each, up to `longestPause`
/// @param maxBlocking how long a step may keep another session waiting before it is stopped
/// @param longestWait for what keeps nobody else waiting, such as the transactions that CREATE
///   INDEX CONCURRENTLY waits for
record Patience(
    Duration lockTimeout,
    int tries,
    Duration firstPause,
    Duration longestPause,
    Duration maxBlocking,
    Duration longestWait) {

  /// Some four minutes of tries, half a second of which at a time somebody may wait behind.
  static final Patience STANDARD =
      new Patience(
          Duration.ofMillis(500),
          30,
          Duration.ofMillis(250),
          Duration.ofSeconds(10),
          Duration.ofSeconds(1),
          Duration.ofMinutes(30));

  /// How often a step is tried again that was stopped because others waited for it: what it does
  /// takes as long the next time, but for the locks it waited for while it held others.
  static final int STOPS = 3;

  Patience maxBlocking(Duration bound) {
    return new Patience(lockTimeout, tries, firstPause, longestPause, bound, longestWait);
  }

  Patience lockTimeout(Duration timeout) {
    return new Patience(timeout, tries, firstPause, longestPause, maxBlocking, longestWait);
  }

  /// The same, as a step's file wants it.
  Patience with(Directives directives) {
    return new Patience(
        directives.lockTimeout().orElse(lockTimeout),
        tries,
        firstPause,
        longestPause,
        directives.offline() ? Duration.ofDays(1) : directives.maxBlocking().orElse(maxBlocking),
        longestWait);
  }

  /// After the nth try, from 1; by chance half as long, so that two runs don't meet again and
  /// again.
  Duration pauseAfter(int tried) {
    long doubled = firstPause.toMillis() << Math.min(tried - 1, 20);
    long most = Math.min(doubled, longestPause.toMillis());
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }
}
