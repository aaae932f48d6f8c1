package ci.lint;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A text file of the project as it stands on disk.
///
/// @param path relative to the project, with `/`
/// @param text decoded as UTF-8
public record SourceFile(String path, String text) {
  /// The first line of a script that JBang runs.
  public static final String SCRIPT_LINE = "///usr/bin/env jbang \"$0\" \"$@\" ; exit $?";

  private static final Pattern TEST =
      Pattern.compile(".*/testing/.*|(.*/)?(\\w+Test|Test[A-Z]\\w*)\\.java|.*_test\\.\\w+");

  /// The lines without their ends.
  public List<String> lines() {
    return text.lines().toList();
  }

  /// The top folder, or "" for a file of the root.
  public String folder() {
    int slash = path.indexOf('/');
    return slash < 0 ? "" : path.substring(0, slash);
  }

  public boolean isJava() {
    return path.endsWith(".java");
  }

  /// Written by a program, and not by the house's rules.
  public boolean isGenerated() {
    return path.contains("/generated/");
  }

  /// A test, or what only tests use.
  public boolean isTest() {
    return TEST.matcher(path).matches() && !isScript();
  }

  /// A command or another script that starts with [#SCRIPT_LINE].
  public boolean isScript() {
    return isJava() && text.startsWith("///usr/bin/env jbang");
  }

  /// Lists what belongs to its folder: each top folder has one, a folder below may have its own.
  public boolean isIndex() {
    return path.equals(folder() + "/package-info.java")
        || path.endsWith("/package-info.java") && !values("SOURCES").isEmpty();
  }

  /// What JBang reads in this file, in its order.
  public List<Directive> directives() {
    var found = new ArrayList<Directive>();
    int number = 0;
    for (String line : isJava() ? lines() : List.<String>of()) {
      Directive.parse(line, ++number).ifPresent(found::add);
    }
    return found;
  }

  /// The values of one kind of directive.
  public List<String> values(String name) {
    return directives().stream().filter(d -> d.is(name)).map(Directive::value).toList();
  }
}
