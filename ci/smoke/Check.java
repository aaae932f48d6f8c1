package ci.smoke;

/// One thing that was tried on a database.
///
/// @param kind what several checks have in common, such as `two runners`
/// @param name what should hold, as a sentence
/// @param passed whether it did
/// @param detail what was seen: a count, or how it differs
/// @param millis how long it took
public record Check(String kind, String name, boolean passed, String detail, long millis) {
  /// One line for people.
  public String line() {
    return "%s %-14s %s (%s, %d ms)"
        .formatted(passed ? "ok  " : "FAIL", kind, name, detail, millis);
  }
}
