package migrate.command;

import fixtures.urls.UserError;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import migrate.rehearsal.Difference;
import migrate.schema.Runner;
import migrate.schema.SchemaMismatch;
import migrate.schema.SchemaState;
import tools.jackson.databind.json.JsonMapper;

/// What `diff` prints.
public final class DriftReport {
  private final PrintStream out;

  /// @param out where it is printed
  public DriftReport(PrintStream out) {
    this.out = out;
  }

  /// Compares every database with what the steps give.
  ///
  /// @param version with which; null for the one that the history says is applied
  /// @return whether there is no difference
  public boolean print(Targets targets, Scratch scratch, Integer version, boolean json) {
    Upkeep.requireOne(targets, scratch);
    if (version != null && version < 0) {
      throw new UserError("--to is %d: give a version, or 0 for nothing".formatted(version));
    }
    boolean[] same = {true};
    var documents = new ArrayList<Map<String, Object>>();
    targets.each(database -> {
      int compared = version == null ? applied(targets, database) : version;
      var differences = new Comparison(scratch).with(database, compared);
      same[0] &= differences.isEmpty();
      if (json) {
        documents.add(document(database, compared, differences));
      } else {
        text(database, compared, differences);
      }
    });
    if (json) {
      var mapper = JsonMapper.builder().build().writerWithDefaultPrettyPrinter();
      out.println(mapper.writeValueAsString(Map.of("databases", documents)));
    }
    return same[0];
  }

  private int applied(Targets targets, Database database) {
    var state = database.run(targets.lockTimeout(), new Spoken(System.err), Runner::state);
    return switch (state) {
      case SchemaState.Current _, SchemaState.Behind _ -> state.version();
      default -> throw new SchemaMismatch(state.sentence());
    };
  }

  private void text(Database database, int version, List<Difference> differences) {
    out.printf("%s %s%n", database.dialect().option(), database.shown());
    differences.forEach(difference -> out.printf("  %s%n", difference.sentence()));
    out.printf(
        "  %s%n",
        differences.isEmpty()
            ? "the schema is what the steps up to %04d give".formatted(version)
            : "%d %s from what the steps up to %04d give: for each, a step, or undo it"
                .formatted(
                    differences.size(),
                    differences.size() == 1 ? "difference" : "differences",
                    version));
  }

  private static Map<String, Object> document(
      Database database, int version, List<Difference> differences) {
    var document = new LinkedHashMap<String, Object>();
    document.put("database", database.dialect().option());
    document.put("url", database.shown());
    document.put("version", version);
    document.put(
        "differences",
        differences.stream()
            .map(d -> {
              var difference = new LinkedHashMap<String, Object>();
              difference.put("kind", d.kind().name().toLowerCase(Locale.ROOT));
              difference.put("subject", d.subject());
              difference.put("expected", d.expected());
              difference.put("actual", d.actual());
              return difference;
            })
            .toList());
    return document;
  }
}
