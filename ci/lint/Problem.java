package ci.lint;

/// One broken rule at one place.
///
/// @param path relative to the project, with `/`
/// @param line counted from 1, or 0 when the file as a whole is meant
/// @param fact what is there, with the value
/// @param remedy what to do about it
public record Problem(String path, int line, String fact, String remedy) {
  @Override
  public String toString() {
    return (line == 0 ? path : path + ":" + line) + ": " + fact + ": " + remedy;
  }
}
