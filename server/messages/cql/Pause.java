package server.messages.cql;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// How the commit protocol waits before it tries again.
@FunctionalInterface
interface Pause {
  /// Sleeps between half of this and this, by chance, so that two nodes do not keep in step.
  Pause JITTERED =
      millis -> {
        long nanos = TimeUnit.MILLISECONDS.toNanos(millis);
        LockSupport.parkNanos(nanos / 2 + ThreadLocalRandom.current().nextLong(nanos / 2));
      };

  /// @param millis about how long
  void about(int millis);
}
