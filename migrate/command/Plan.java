package migrate.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import migrate.schema.Backfill;
import migrate.schema.Dialect;
import migrate.schema.Directives;
import migrate.schema.Progress.Direction;
import migrate.schema.Statement;
import migrate.schema.Step;
import migrate.schema.Unfinished;

/// What a run would do, as text that the database's own shell can read.
///
/// @param half the step that was begun and not finished, which is then the first of `steps`
record Plan(List<Step> steps, Direction direction, Optional<Unfinished> half) {
  String text() {
    if (steps.isEmpty()) {
      return "-- nothing to do\n";
    }
    var text = new StringBuilder();
    for (var step : steps) {
      boolean cql = step.file().endsWith(Dialect.CQL.extension());
      String how = String.join(", ", how(step.directives(), cql));
      text.append("\n-- %s %s: %s\n".formatted(verb(), step.file(), step.description()));
      text.append("-- %s\n".formatted(how));
      var statements = statements(step);
      int done = half.filter(h -> h.version() == step.version()).map(this::done).orElse(0);
      if (done > 0) {
        text.append("-- %d of its %d statements are done\n".formatted(done, statements.size()));
      }
      for (var statement : statements.subList(done, statements.size())) {
        text.append(shown(step, statement)).append(";\n");
      }
      step.directives().java().ifPresent(name -> text.append("-- then " + name + ", in Java\n"));
    }
    return text.toString();
  }

  private int done(Unfinished unfinished) {
    return unfinished.done().orElse(0);
  }

  /// A back-fill's statement of CQL has places for each row's values, so that no shell reads it.
  private static String shown(Step step, Statement statement) {
    if (step.directives().backfill().isEmpty()) {
      return statement.text();
    }
    return step.file().endsWith(Dialect.CQL.extension())
        ? statement.text().indent(3).stripTrailing().replaceAll("(?m)^", "--")
        : statement.text().replace(Backfill.PLACE, "true");
  }

  private String verb() {
    return direction == Direction.UP ? "up" : "down";
  }

  private List<Statement> statements(Step step) {
    return direction == Direction.UP ? step.up() : step.down().orElse(List.of());
  }

  private static List<String> how(Directives directives, boolean cql) {
    var how = new ArrayList<String>();
    how.add(
        directives
            .backfill()
            .map(fill ->
                "over %s in batches of %d rows%s"
                    .formatted(
                        fill.table(),
                        fill.size(),
                        fill.rate() == 0 ? "" : ", at most " + fill.rate() + " a second"))
            .orElse(directives.transaction() && !cql ? "in one transaction" : "each by itself"));
    directives.lockTimeout().ifPresent(t -> how.add("lock timeout " + t.toMillis() + " ms"));
    directives.statementTimeout().ifPresent(t -> how.add("at most " + t.toMillis() + " ms each"));
    if (directives.phase() != Directives.Phase.ANY) {
      how.add(
          directives.phase() == Directives.Phase.EXPAND
              ? "expand: before the new servers start"
              : "contract: once no old server runs");
    }
    if (directives.offline()) {
      how.add("while no server runs");
    }
    return how;
  }
}
