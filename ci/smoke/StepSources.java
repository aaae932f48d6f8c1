package ci.smoke;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import migrate.schema.Dialect;
import migrate.schema.Steps;

/// Step files by their names, for processes that are given a folder of them. A value.
///
/// @param files name and text of each
record StepSources(Dialect dialect, Map<String, String> files) {
  private static final String INDEX = "index.txt";

  /// Those that come with the code.
  static StepSources bundled(Dialect dialect) {
    var files = new TreeMap<String, String>();
    String folder = "/migrate/steps/" + dialect.folder() + "/";
    read(folder + INDEX)
        .lines()
        .filter(name -> !name.isBlank())
        .forEach(name -> files.put(name, read(folder + name)));
    return new StepSources(dialect, files);
  }

  private static String read(String resource) {
    try (var in = Steps.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The same, and behind them `more`: the names without their numbers, in order.
  StepSources followedBy(Map<String, String> more) {
    var all = new TreeMap<>(files);
    int version = Steps.of(dialect, files).head();
    for (var file : more.entrySet()) {
      version++;
      all.put("%04d_%s.%s".formatted(version, file.getKey(), dialect.extension()), file.getValue());
    }
    return new StepSources(dialect, all);
  }

  Steps steps() {
    return Steps.of(dialect, files);
  }

  /// Writes them into `folder`, with the index that a class path needs.
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (var file : files.entrySet()) {
      Files.writeString(folder.resolve(file.getKey()), file.getValue());
    }
    Files.writeString(folder.resolve(INDEX), String.join("\n", files.keySet()) + "\n");
  }
}
