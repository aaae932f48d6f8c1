package migrate.command;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// `migrate/steps` of a checkout, to which a step is added: its file, its line in `index.txt`, its
/// lines in `migrate/package-info.java`.
record StepFolder(Path root) {
  private static final int LAST_VERSION = 9999; // a file's name has four digits

  /// @throws UserError unless `root` is a checkout
  StepFolder {
    if (!Files.isRegularFile(root.resolve("migrate/package-info.java"))) {
      throw new UserError(
          "there is no folder migrate/steps here: run it in the root of a checkout");
    }
  }

  /// Makes the files of a step with the next free number.
  ///
  /// @param name in lower-case words joined by `_`
  /// @return what was written or changed, by paths from the root
  List<Path> add(String name, StepTemplate template) {
    if (!name.matches("[a-z][a-z0-9_]*")) {
      throw new UserError(
          "'%s' is no name for a step: write lower-case words, digits and '_'".formatted(name));
    }
    try {
      return write(name, template);
    } catch (IOException e) {
      throw new EnvironmentError("the step can't be written: " + e, e);
    }
  }

  private List<Path> write(String name, StepTemplate template) throws IOException {
    var dialect = template.dialect();
    var folder = root.resolve("migrate/steps").resolve(dialect.folder());
    String file = "%04d_%s.%s".formatted(next(folder), name, dialect.extension());
    String className = className(name);
    var written = new ArrayList<Path>();
    written.add(create(folder.resolve(file), template.text(className)));
    var index = folder.resolve("index.txt");
    add(index, List.of(file));
    var listing = root.resolve("migrate/package-info.java");
    String path = "steps/%s/".formatted(dialect.folder());
    add(listing, List.of("//FILES migrate/%1$s%2$s=%1$s%2$s".formatted(path, file)));
    if (template == StepTemplate.JAVA) {
      String java = className + ".java";
      written.add(
          create(folder.resolve(java), StepTemplate.JAVA_SOURCE.replace("%CLASS%", className)));
      add(index, List.of(java));
      add(
          listing,
          List.of(
              "//FILES migrate/%1$s%2$s=%1$s%2$s".formatted(path, java),
              "//SOURCES %s%s".formatted(path, java)));
    }
    written.addAll(List.of(root.relativize(index), root.relativize(listing)));
    return written;
  }

  private static int next(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      int next =
          1
              + files
                  .map(file -> file.getFileName().toString())
                  .filter(file -> file.matches("\\d{4}_.*"))
                  .mapToInt(file -> Integer.parseInt(file.substring(0, 4)))
                  .max()
                  .orElse(0);
      if (next > LAST_VERSION) {
        throw new UserError("there is no number left behind %04d".formatted(LAST_VERSION));
      }
      return next;
    }
  }

  private Path create(Path file, String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.CREATE_NEW);
    return root.relativize(file);
  }

  /// Puts each line behind the last one of its kind.
  private static void add(Path file, List<String> lines) throws IOException {
    var all = new ArrayList<>(Files.readAllLines(file));
    for (String line : lines) {
      String path = line.split("=")[0];
      String kind = path.substring(0, path.lastIndexOf('/') + 1);
      int at = all.size();
      while (at > 0 && !all.get(at - 1).startsWith(kind)) {
        at--;
      }
      // Lists are in alphabetic order; `index.txt` sorts behind the numbers.
      while (at > 0 && all.get(at - 1).startsWith(kind) && all.get(at - 1).compareTo(line) > 0) {
        at--;
      }
      all.add(at == 0 && !kind.isEmpty() ? all.size() : at, line);
    }
    Files.writeString(file, String.join("\n", all) + "\n");
  }

  /// Such as `FillNames` for `fill_names`.
  private static String className(String name) {
    return Arrays.stream(name.split("_"))
        .filter(word -> !word.isEmpty())
        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
        .collect(Collectors.joining());
  }
}
