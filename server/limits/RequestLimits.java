package server.limits;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import server.http.Access;
import server.http.Caller;
import server.http.Routes;

/// Counts every request under `/api/v1`: one with a token for its user, one without for its
/// address. Has no routes of its own. It stands behind the authentication, so it is registered
/// after it.
public final class RequestLimits implements Routes {
  private final RateLimits limits;
  private final ClientAddresses addresses;

  public RequestLimits(RateLimits limits, ClientAddresses addresses) {
    this.limits = limits;
    this.addresses = addresses;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.beforeMatched(API + "/*", this::count);
  }

  private void count(Context request) {
    ClientAddress client = addresses.of(request);
    if (request.routeRoles().contains(Access.OPEN)) {
      limits.take(Limit.OPEN_ADDRESS, client.subject(), client);
    } else {
      limits.take(isSend(request) ? Limit.SEND : Limit.API, Caller.of(request).userId(), client);
    }
  }

  /// The one route on the hot path: its count asks nobody.
  private static boolean isSend(Context request) {
    return request.method() == HandlerType.POST && request.path().endsWith("/messages");
  }
}
