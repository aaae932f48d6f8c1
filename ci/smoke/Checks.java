package ci.smoke;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import migrate.rehearsal.Difference;
import migrate.rehearsal.Drift;

/// Makes checks and keeps what came of them. For one thread.
final class Checks {
  private final Consumer<Check> done;
  private final String prefix;
  private boolean failed;

  /// @param prefix of the checks' kinds: the database
  /// @param done told of each check as it ends
  Checks(String prefix, Consumer<Check> done) {
    this.prefix = prefix;
    this.done = done;
  }

  /// Why a check failed, in a sentence.
  static final class Failed extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Failed(String why) {
      super(why);
    }
  }

  /// Whether a check has failed so far.
  boolean failed() {
    return failed;
  }

  /// Makes one check.
  ///
  /// @param attempt gives what was seen, or throws when it is not as it should be
  void check(String kind, String name, Callable<String> attempt) {
    long started = System.nanoTime();
    String detail;
    boolean passed = false;
    try {
      detail = attempt.call();
      passed = true;
    } catch (ExecutionException e) {
      detail = String.valueOf(e.getCause().getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      detail = "interrupted";
    } catch (Exception e) {
      detail = e.getMessage() == null ? e.toString() : e.getMessage();
    }
    failed |= !passed;
    long millis = (System.nanoTime() - started) / 1_000_000;
    done.accept(new Check(prefix + " " + kind, name, passed, oneLine(detail), millis));
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  private static final int DIFFERENCES_SHOWN = 3;

  /// The order of columns does not count: one that is dropped and comes back comes last.
  ///
  /// @throws Failed with the first things that are not the same
  static void requireEqual(String what, List<String> expected, List<String> actual) {
    var found = Drift.strictly(expected, actual);
    if (!found.isEmpty()) {
      var first = found.stream().limit(DIFFERENCES_SHOWN).map(Difference::sentence).toList();
      String count = found.size() == 1 ? "1 difference" : found.size() + " differences";
      throw new Failed("%s: %s: %s".formatted(what, count, String.join("; ", first)));
    }
  }

  /// @throws Failed when it does not hold
  static void require(boolean holds, String otherwise, Object... values) {
    if (!holds) {
      throw new Failed(otherwise.formatted(values));
    }
  }
}
