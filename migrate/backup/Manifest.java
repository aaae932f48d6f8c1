package migrate.backup;

import fixtures.urls.UserError;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a backup is made of and must come to when it is restored: `manifest.txt`, a line each.
///
/// @param madeBy `pg_dump` or `copy`
/// @param schema the version of PostgreSQL's schema
/// @param tables their checksums
/// @param messages how many are in `messages.gz`, from CQL; -1: there is no such file
record Manifest(String madeBy, int schema, Map<String, TableSums.Sum> tables, long messages) {
  private static final String FILE = "manifest.txt";
  private static final String FORMAT = "vyry backup 1";

  /// Written last: without it a folder is no backup.
  void write(Path folder) {
    List<String> lines = new java.util.ArrayList<>();
    lines.add(FORMAT);
    lines.add("made by " + madeBy);
    lines.add("schema " + schema);
    lines.add("messages " + messages);
    new TreeMap<>(tables)
        .forEach(
            (table, sum) -> lines.add("table %s %d %s".formatted(table, sum.rows(), sum.sum())));
    try {
      Files.write(folder.resolve(FILE), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @throws UserError when there is none, or it is of another format
  static Manifest read(Path folder) {
    try {
      List<String> lines = Files.readAllLines(folder.resolve(FILE));
      if (!lines.getFirst().equals(FORMAT)) {
        throw new UserError(
            "%s says '%s', this reads '%s'".formatted(folder, lines.getFirst(), FORMAT));
      }
      Map<String, TableSums.Sum> tables = new LinkedHashMap<>();
      for (String line : lines.subList(4, lines.size())) {
        String[] parts = line.split(" ");
        tables.put(parts[1], new TableSums.Sum(Long.parseLong(parts[2]), parts[3]));
      }
      return new Manifest(
          lines.get(1).substring("made by ".length()),
          Integer.parseInt(lines.get(2).substring("schema ".length())),
          tables,
          Long.parseLong(lines.get(3).substring("messages ".length())));
    } catch (IOException | IndexOutOfBoundsException | NumberFormatException e) {
      throw new UserError(
          "%s has no readable %s (%s): give the folder of a backup that was finished"
              .formatted(folder, FILE, e.getMessage()),
          e);
    }
  }
}
