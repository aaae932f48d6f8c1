package migrate.schema;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;

/// What errors of the CQL driver mean to people.
final class CqlErrors {
  private CqlErrors() {}

  /// What the first node said: the sum over all of them tells less.
  static Throwable firstOf(AllNodesFailedException e) {
    for (var errors : e.getAllErrors().values()) {
      return errors.getFirst();
    }
    return e;
  }

  /// @param outcome what was and was not done
  static RuntimeException translated(String outcome, DriverException e) {
    Throwable said = e instanceof AllNodesFailedException all ? firstOf(all) : e;
    String message = outcome + ": " + said.getMessage();
    return switch (said) {
      case UnauthorizedException _ ->
          new EnvironmentError(message + ": GRANT it to this user, or run it as another", e);
      case QueryValidationException _ ->
          new UserError(message + ": mend the file and run it again", e);
      case DriverTimeoutException _ ->
          new EnvironmentError(
              message
                  + ": see that the nodes are up and run it again, with @statement-timeout in the"
                  + " file if it needs longer",
              e);
      default -> new EnvironmentError(message + ": see that the nodes are up and run it again", e);
    };
  }
}
