package ci.lint;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// A line by which a source tells JBang something, such as `//DEPS group:artifact:version`.
///
/// @param name without the slashes
/// @param value what follows, without a trailing ` // remark`; may be empty
/// @param line counted from 1
public record Directive(String name, String value, int line) {
  /// What JBang 0.132.1 knows (its `Directives` class); every other name it passes over in silence.
  public static final Set<String> KNOWN =
      Set.of(
          "CDS",
          "COMPILE_OPTIONS",
          "DEPS",
          "DESCRIPTION",
          "DOCS",
          "FILES",
          "GAV",
          "GROOVY",
          "JAVA",
          "JAVAAGENT",
          "JAVAC_OPTIONS",
          "JAVA_OPTIONS",
          "KOTLIN",
          "MAIN",
          "MANIFEST",
          "MODULE",
          "NATIVE_OPTIONS",
          "NOINTEGRATIONS",
          "PREVIEW",
          "REPOS",
          "RUNTIME_OPTIONS",
          "SOURCES");

  private static final Pattern LINE =
      Pattern.compile("//(?<name>[A-Z_]+)(?:\\s+(?<value>.*?))?(?:\\s//\\s.*)?\\s*");

  /// The directive on a line of source, if it is one that JBang knows.
  static Optional<Directive> parse(String text, int line) {
    var match = LINE.matcher(text);
    if (!match.matches() || !KNOWN.contains(match.group("name"))) return Optional.empty();
    var value = match.group("value");
    return Optional.of(new Directive(match.group("name"), value == null ? "" : value, line));
  }

  boolean is(String wanted) {
    return name.equals(wanted);
  }
}
