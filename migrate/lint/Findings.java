package migrate.lint;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import migrate.schema.Statement;
import migrate.schema.Step;

/// What was found in one step. For one thread.
final class Findings {
  private final Step step;
  private final List<Finding> list = new ArrayList<>();
  private final Set<Rule> needed = EnumSet.noneOf(Rule.class);

  Findings(Step step) {
    this.step = step;
  }

  Step step() {
    return step;
  }

  void add(Statement statement, Rule rule, String what, Object... values) {
    add(statement.line(), rule, what.formatted(values));
  }

  void add(int line, Rule rule, String what) {
    if (step.directives().allowed().containsKey(rule.id())) {
      needed.add(rule);
    } else if (!rule.aboutServers() || !step.directives().offline()) {
      list.add(new Finding(step.file(), line, rule, what));
    }
  }

  /// With what is the matter with the step's allowances.
  List<Finding> finished() {
    for (String id : step.directives().allowed().keySet()) {
      var rule = List.of(Rule.values()).stream().filter(r -> r.id().equals(id)).findFirst();
      if (rule.isEmpty()) {
        list.add(
            new Finding(step.file(), 1, Rule.UNKNOWN_RULE, "@allow %s is no rule".formatted(id)));
      } else if (!needed.contains(rule.get())) {
        list.add(
            new Finding(
                step.file(), 1, Rule.UNNEEDED_ALLOWANCE, "@allow %s allows nothing".formatted(id)));
      }
    }
    return List.copyOf(list);
  }
}
