package migrate.command;

import fixtures.urls.UserError;
import java.util.List;
import java.util.stream.Collectors;
import migrate.rehearsal.Difference;
import migrate.rehearsal.Drift;

/// Compares a database with what the steps give.
record Comparison(Scratch scratch) {
  private static final int SHOWN = 3; // the rest is what `diff` is for

  /// What is not as the steps up to `version` make it.
  List<Difference> with(Database database, int version) {
    try (var rehearsal = database.rehearsal(scratch.url())) {
      if (version > 0) {
        rehearsal.up(version);
      }
      return Drift.between(rehearsal.schema(), database.schema());
    }
  }

  /// @param deed what can't be done when it is otherwise
  /// @throws UserError unless the schema is as the steps up to `version` make it
  void requireSame(Database database, int version, String deed) {
    var differences = with(database, version);
    if (!differences.isEmpty()) {
      String first =
          differences.stream()
              .limit(SHOWN)
              .map(d -> d.kind().name().toLowerCase(java.util.Locale.ROOT) + " " + d.subject())
              .collect(Collectors.joining(", "));
      throw new UserError(
          ("%s: the schema of %s differs from version %04d in %s (%s):"
                  + " see `diff --to %d`, mend it, or say --unchecked")
              .formatted(
                  deed, database.shown(), version, counted(differences.size()), first, version));
    }
  }

  private static String counted(int things) {
    return things == 1 ? "1 thing" : things + " things";
  }
}
