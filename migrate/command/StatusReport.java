package migrate.command;

import java.io.PrintStream;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import migrate.schema.Runner;
import migrate.schema.SchemaState;
import migrate.schema.Status;
import migrate.schema.Unfinished;
import tools.jackson.databind.json.JsonMapper;

/// What `status` prints.
public final class StatusReport {
  private final PrintStream out;

  /// @param out where it is printed
  public StatusReport(PrintStream out) {
    this.out = out;
  }

  /// Prints it for every database.
  ///
  /// @return whether all of them are up to date
  public boolean print(Targets targets, boolean json) {
    var documents = new ArrayList<Map<String, Object>>();
    boolean[] current = {true};
    targets.each(database -> {
      var found = database.run(targets.lockTimeout(), new Spoken(out), Found::of);
      current[0] &= found.status.state() instanceof SchemaState.Current && found.half.isEmpty();
      if (json) {
        documents.add(document(database, found));
      } else {
        table(database, found.status);
        found.half.ifPresent(half -> out.printf("  %s%n", half.sentence()));
      }
    });
    if (json) {
      var mapper = JsonMapper.builder().build().writerWithDefaultPrettyPrinter();
      out.println(mapper.writeValueAsString(Map.of("databases", documents)));
    }
    return current[0];
  }

  private record Found(Status status, Optional<Unfinished> half) {
    static Found of(Runner runner) {
      return new Found(runner.status(), runner.unfinished());
    }
  }

  private void table(Database database, Status status) {
    out.printf("%s %s%n", database.dialect().option(), database.shown());
    for (var row : status.rows()) {
      String history =
          row.line()
              .map(line ->
                  "%s %6d ms  %s"
                      .formatted(
                          line.at().truncatedTo(ChronoUnit.SECONDS),
                          line.duration().toMillis(),
                          line.by()))
              .orElse("");
      out.printf("  %04d %-20s %-8s %s%n", row.version(), row.name(), word(row), history);
    }
    out.printf("  %s%n", status.state().sentence());
  }

  private static Map<String, Object> document(Database database, Found found) {
    var status = found.status;
    var steps = new ArrayList<Map<String, Object>>();
    for (var row : status.rows()) {
      var step = new LinkedHashMap<String, Object>();
      step.put("version", row.version());
      step.put("name", row.name());
      step.put("standing", word(row));
      row.line()
          .ifPresent(line -> {
            step.put("applied_at", line.at().toString());
            step.put("duration_ms", line.duration().toMillis());
            step.put("applied_by", line.by());
          });
      steps.add(step);
    }
    var document = new LinkedHashMap<String, Object>();
    document.put("database", database.dialect().option());
    document.put("url", database.shown());
    document.put("state", word(status.state()));
    document.put("version", status.state().version());
    document.put("sentence", status.state().sentence());
    found.half.ifPresent(half -> document.put("unfinished", half.sentence()));
    document.put("steps", List.copyOf(steps));
    return document;
  }

  private static String word(SchemaState state) {
    return switch (state) {
      case SchemaState.Current _ -> "current";
      case SchemaState.Behind _ -> "behind";
      case SchemaState.Ahead _ -> "ahead";
      case SchemaState.Changed _ -> "changed";
      case SchemaState.OutOfOrder _ -> "out_of_order";
    };
  }

  private static String word(Status.Row row) {
    return row.standing().name().toLowerCase(Locale.ROOT);
  }
}
