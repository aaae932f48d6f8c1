package migrate.command;

import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import migrate.schema.Dialect;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `new`: a numbered step from a template.
@Command(
    name = "new",
    description = {
      "Write the file of a new step from a template.",
      "It gets the next free number and its place in the lists. It is for PostgreSQL, or with",
      "--only cql for CQL, and is refused until it is filled in."
    },
    footer = {
      "",
      "Kinds: change, index (built while servers write), expand and contract (before and after a",
      "release of the server), backfill (batch by batch), java (where SQL is not enough). CQL has",
      "change and backfill.",
      "",
      "Examples:",
      "  ./jbang migrate@catalog new user_age --kind expand",
      "  ./jbang migrate@catalog new message_reactions --only cql"
    })
public final class New implements Callable<Integer> {
  @Mixin private Targets targets;

  @Parameters(paramLabel = "NAME", description = "Lower-case words joined by '_'.")
  private String name;

  @Option(
      names = "--kind",
      defaultValue = "change",
      paramLabel = "KIND",
      description = "What the file begins as (default: ${DEFAULT-VALUE}).")
  private String kind;

  /// For picocli.
  public New() {}

  @Override
  public Integer call() {
    new StepFolder(Path.of("")).add(name, template()).forEach(System.out::println);
    return 0;
  }

  private StepTemplate template() {
    boolean cql = targets.only().filter(Dialect.CQL::equals).isPresent();
    for (var template : StepTemplate.values()) {
      if (template.dialect() == Dialect.POSTGRES
          && template.name().toLowerCase(Locale.ROOT).equals(kind)) {
        return cql ? ofCql(template) : template;
      }
    }
    throw new UserError(
        "--kind is '%s': write change, index, expand, contract, backfill or java".formatted(kind));
  }

  private StepTemplate ofCql(StepTemplate template) {
    return switch (template) {
      case CHANGE -> StepTemplate.CQL;
      case BACKFILL -> StepTemplate.CQL_BACKFILL;
      default -> throw new UserError("--kind %s is for PostgreSQL's steps only".formatted(kind));
    };
  }
}
