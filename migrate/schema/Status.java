package migrate.schema;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;

/// Step by step, what is applied. A value.
///
/// @param rows in ascending order of versions
public record Status(SchemaState state, List<Row> rows) {
  /// How one version stands.
  public enum Standing {
    APPLIED,
    PENDING,
    /// Applied, and its file is another one now.
    CHANGED,
    /// Applied, and there is no file.
    UNKNOWN
  }

  /// @param line what the history says; empty when it is [Standing#PENDING]
  public record Row(int version, String name, Standing standing, Optional<Applied> line) {}

  public Status {
    rows = List.copyOf(rows);
  }

  static Status of(Steps steps, List<Applied> history) {
    var lines = new HashMap<Integer, Applied>();
    history.forEach(line -> lines.put(line.version(), line));
    var rows = new ArrayList<Row>();
    for (var step : steps.list()) {
      var line = Optional.ofNullable(lines.remove(step.version()));
      var standing =
          line.map(l -> step.isSame(l) ? Standing.APPLIED : Standing.CHANGED)
              .orElse(Standing.PENDING);
      rows.add(new Row(step.version(), step.name(), standing, line));
    }
    for (var line : lines.values()) {
      rows.add(new Row(line.version(), line.name(), Standing.UNKNOWN, Optional.of(line)));
    }
    rows.sort(Comparator.comparingInt(Row::version));
    return new Status(SchemaState.of(steps, history), rows);
  }
}
