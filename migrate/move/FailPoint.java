package migrate.move;

import fixtures.urls.UserError;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Places where a move can be made to fail, so that tests can kill it there:
/// `MIGRATE_FAILPOINT=fenced:kill`, `copy-range:37:freeze`. Thread-safe.
///
/// `kill` ends this process as `kill -9` does; `freeze` stands still for [#FREEZE_MILLIS], then
/// goes on; `fail` throws. With a number it happens the n-th time that the place is passed.
public final class FailPoint {
  private static final String SETTING = "MIGRATE_FAILPOINT";

  /// What `wait` says, before the place's name.
  public static final String REACHED = "reached ";

  /// Longer than nodes wait for the next word.
  private static final long FREEZE_MILLIS = 10_000;

  private static final ConcurrentHashMap<String, AtomicInteger> PASSED = new ConcurrentHashMap<>();

  private FailPoint() {}

  /// The place `name` is passed.
  public static void pass(String name) {
    String wanted = System.getProperty(SETTING, System.getenv().getOrDefault(SETTING, ""));
    if (wanted.isEmpty()) {
      return;
    }
    String[] parts = wanted.split(":");
    if (!parts[0].equals(name)) {
      return;
    }
    int nth = parts.length > 2 ? Integer.parseInt(parts[1]) : 1;
    if (PASSED.computeIfAbsent(name, _ -> new AtomicInteger()).incrementAndGet() == nth) {
      happen(name, parts[parts.length - 1]);
    }
  }

  /// Forgets how often places were passed: for tests, which are many in a process.
  public static void forget() {
    PASSED.clear();
  }

  private static void happen(String name, String what) {
    switch (what) {
      case "kill" -> Runtime.getRuntime().halt(137);
      case "fail" -> throw new IllegalStateException("made to fail at " + name);
      case "wait" -> {
        System.out.println(REACHED + name);
        new java.util.Scanner(System.in).hasNextLine(); // also when it ends
      }
      case "freeze" -> {
        try {
          Thread.sleep(FREEZE_MILLIS);
        } catch (InterruptedException _) {
          Thread.currentThread().interrupt();
        }
      }
      default -> throw new UserError(SETTING + " says '" + what + "': kill, fail, wait or freeze");
    }
  }
}
