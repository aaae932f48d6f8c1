package ci.run;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What a run of tests came to.
///
/// @param passed the number of tests that passed
/// @param failures tests, or whole classes, that failed
/// @param skips tests, or whole classes, that did not run
/// @param elapsed from the first test to the end of the last
public record Results(int passed, List<Note> failures, List<Note> skips, Duration elapsed) {
  /// A test and what to say of it.
  public record Note(String test, String reason) {}

  public int count() {
    return passed + failures.size() + skips.size();
  }

  /// The line that ends every run.
  public String closingLine() {
    return "%d passed, %d failed, %d skipped".formatted(passed, failures.size(), skips.size());
  }

  /// The same and the reasons, for `--json`.
  public Map<String, Object> toJson() {
    return Map.of(
        "passed",
        passed,
        "failed",
        failures.size(),
        "skipped",
        skips.size(),
        "seconds",
        elapsed.toMillis() / 1000.0,
        "failures",
        failures,
        "skips",
        skips);
  }

  /// How often each reason for a skip was given.
  public Map<String, Long> skipReasons() {
    return skips.stream().collect(Collectors.groupingBy(Note::reason, Collectors.counting()));
  }
}
