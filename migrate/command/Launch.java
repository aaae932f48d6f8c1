package migrate.command;

import fixtures.engines.AtExit;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import migrate.move.messages.StoresDiffer;
import migrate.schema.SchemaMismatch;
import picocli.CommandLine;

/// Runs a command: an error is one line on stderr, and an exit code that says whose turn it is.
public final class Launch {
  private static final int HELP_WIDTH = 100; // as wide as the code

  private Launch() {}

  /// @return the exit code
  public static int run(Object command, String... arguments) {
    System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
    System.setProperty("org.slf4j.simpleLogger.showThreadName", "false");
    System.setProperty("org.slf4j.simpleLogger.showLogName", "false");
    // jOOQ's open edition knows the newest PostgreSQL; what is said here works from 14 on.
    System.setProperty(
        "org.slf4j.simpleLogger.log.org.jooq.impl.DefaultExecuteContext.logVersionSupport",
        "error");
    // The driver warns of ScyllaDB's defaults and of each contact point that is down; what matters
    // of it comes as an error.
    System.setProperty("org.slf4j.simpleLogger.log.com.datastax", "error");
    // A session that is closed at once is told of what came too late to be told of.
    System.setProperty(
        "org.slf4j.simpleLogger.log.io.netty.util.concurrent.DefaultPromise.rejectedExecution",
        "off");
    return line(command).execute(arguments);
  }

  static CommandLine line(Object command) {
    var line = new CommandLine(command).setUsageHelpWidth(HELP_WIDTH);
    line.setParameterExceptionHandler(
        (e, _) -> complain(line, e.getMessage() + "; see --help", UserError.EXIT_CODE));
    line.setExecutionExceptionHandler(
        (e, _, _) -> complain(line, e.getMessage() == null ? "" + e : e.getMessage(), code(e)));
    return line;
  }

  private static int code(Exception e) {
    return switch (e) {
      case SchemaMismatch _ -> SchemaMismatch.EXIT_CODE;
      case UserError _ -> UserError.EXIT_CODE;
      case StoresDiffer _ -> StoresDiffer.EXIT_CODE;
      default -> EnvironmentError.EXIT_CODE;
    };
  }

  private static int complain(CommandLine line, String message, int code) {
    if (!AtExit.ending()) { // what Ctrl-C took away fails in its own way
      line.getErr()
          .println(line.getCommandName() + ": " + message.strip().replaceAll("\\s*\n\\s*", " "));
    }
    return code;
  }
}
