package ci.lint;

import java.util.function.Consumer;
import java.util.regex.Pattern;

/// What has no place in a file that others clone: the paths of one machine, and the host names of
/// package registries, which a mirror or another default replaces without asking this project.
public final class TextRules implements Rule {
  // Written so that this file doesn't hold what it looks for.
  private static final Pattern MACHINE_PATH =
      Pattern.compile(
          "(?<![\\w.$}~*)\\-])/(work|tmp|root|home/(?!linuxbrew)\\w+|Users/\\w+)/[\\w.]");
  private static final Pattern REGISTRY =
      Pattern.compile(
          "repo\\d*\\.maven|sonatype\\.(org|com)|registry\\.npmjs|deb\\.debian|files\\.pythonhosted|registry-1\\.docker");

  @Override
  public String name() {
    return "text";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    for (var file : tree.files()) {
      int number = 0;
      for (String line : file.lines()) {
        number++;
        var path = MACHINE_PATH.matcher(line);
        if (path.find()) {
          found.accept(
              new Problem(
                  file.path(),
                  number,
                  "names the path '%s…' of one machine".formatted(path.group()),
                  "use a path relative to the project, or a temporary folder"));
        }
        var host = REGISTRY.matcher(line);
        if (host.find()) {
          found.accept(
              new Problem(
                  file.path(),
                  number,
                  "names a package registry ('%s')".formatted(host.group()),
                  "leave the host to the package client's settings"));
        }
      }
    }
  }
}
