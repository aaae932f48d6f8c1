package migrate.lint;

import java.util.ArrayList;
import java.util.List;
import migrate.schema.Dialect;
import migrate.schema.Step;
import migrate.schema.Steps;

/// Reads steps for changes that are unsafe while servers run, or that cost later. It sees only the
/// `up` parts: who goes down knows that data goes.
///
/// It needs no database and knows no sizes: every table that a step finds, and does not make,
/// counts as large and busy.
public final class Linter {
  private Linter() {}

  /// All findings, in the order of steps and lines.
  public static List<Finding> check(Steps steps) {
    var postgres = new PostgresRules();
    var cql = new CqlRules();
    var all = new ArrayList<Finding>();
    for (var step : steps.list()) {
      var findings = new Findings(step);
      if (steps.dialect() == Dialect.POSTGRES) {
        postgres.check(step, findings);
      } else {
        cql.check(step, findings);
      }
      reversible(step, findings);
      all.addAll(findings.finished());
    }
    return List.copyOf(all);
  }

  private static void reversible(Step step, Findings findings) {
    if (step.down().isEmpty()) {
      findings.add(1, Rule.NO_DOWN, "this step can't be undone");
    }
  }
}
