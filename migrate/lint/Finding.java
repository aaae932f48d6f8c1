package migrate.lint;

/// A place in a step that is against a rule.
///
/// @param line in the file, from 1
/// @param what what is the matter there
public record Finding(String file, int line, Rule rule, String what) {
  /// Place, fact, rule, and the way out.
  public String sentence() {
    return "%s:%d: %s [%s]: %s".formatted(file, line, what, rule.id(), rule.instead());
  }
}
