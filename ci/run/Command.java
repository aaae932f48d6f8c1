package ci.run;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.PrintWriter;
import picocli.CommandLine;

/// Runs a picocli command by the house's rules: one line for an error, and its exit code.
public final class Command {
  /// Everything the command looked at was in order.
  public static final int OK = 0;

  /// A check failed.
  public static final int CHECK_FAILED = 1;

  private Command() {}

  /// Runs `command` and ends the program: 0 and 1 are what the command returns, 2 is the user's
  /// error, 3 something missing around the program, 70 a fault of the command itself.
  public static void main(Object command, String... args) {
    int code = commandLine(command).execute(args);
    System.out.flush();
    System.exit(code);
  }

  static CommandLine commandLine(Object command) {
    return new CommandLine(command)
        .setParameterExceptionHandler((e, _) ->
            say(e.getCommandLine().getErr(), e.getMessage() + ": see --help", UserError.EXIT_CODE))
        .setExecutionExceptionHandler((e, line, _) ->
            switch (e) {
              case UserError _ -> say(line.getErr(), e.getMessage(), UserError.EXIT_CODE);
              case EnvironmentError _ ->
                  say(line.getErr(), e.getMessage(), EnvironmentError.EXIT_CODE);
              default -> throw e;
            })
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int say(PrintWriter err, String message, int code) {
    err.println(message.lines().findFirst().orElse("no message"));
    err.flush();
    return code;
  }
}
