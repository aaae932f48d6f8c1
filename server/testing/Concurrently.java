package server.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/// Does many things at the same moment, for tests of races.
public final class Concurrently {
  private static final int LIMIT_SECONDS = 60;

  private Concurrently() {}

  /// What `times` calls of `work` gave, in order; all begin together.
  public static <T> List<T> run(int times, IntFunction<T> work) throws Exception {
    var begin = new CountDownLatch(1);
    List<Future<T>> futures = new ArrayList<>();
    List<T> results = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < times; i++) {
        int number = i;
        Callable<T> each =
            () -> {
              begin.await();
              return work.apply(number);
            };
        futures.add(threads.submit(each));
      }
      begin.countDown();
      for (Future<T> future : futures) {
        results.add(future.get(LIMIT_SECONDS, TimeUnit.SECONDS));
      }
    }
    return results;
  }
}
