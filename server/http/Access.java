package server.http;

import io.javalin.security.RouteRole;

/// What a route under `/api/v1` asks of its caller. Routes that name nothing need a token.
public enum Access implements RouteRole {
  /// No token is asked for: logging in, refreshing.
  OPEN
}
