package migrate.rehearsal;

/// A thing of a schema that is not what the steps give.
///
/// @param subject what it is, such as `column users.bio`
/// @param expected what the steps give, as far as it differs; null when they give no such thing
/// @param actual what is there, as far as it differs; null when there is no such thing
public record Difference(String subject, String expected, String actual) {
  /// How it differs.
  public enum Kind {
    /// The steps give it, and it is not there.
    MISSING,
    /// It is there, and no step gives it.
    EXTRA,
    CHANGED
  }

  public Kind kind() {
    return actual == null ? Kind.MISSING : expected == null ? Kind.EXTRA : Kind.CHANGED;
  }

  /// In one line.
  public String sentence() {
    return switch (kind()) {
      case MISSING -> "missing  " + subject;
      case EXTRA -> "extra    " + subject;
      case CHANGED ->
          "changed  %s: the steps give '%s', there is '%s'".formatted(subject, expected, actual);
    };
  }
}
