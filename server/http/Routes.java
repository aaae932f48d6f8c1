package server.http;

import io.javalin.config.RoutesConfig;

/// The routes of one subject. Paths are absolute; those under [#API] need a token unless they carry
/// [Access#OPEN]. Handlers run on virtual threads and may block; they refuse by [ApiError].
@FunctionalInterface
public interface Routes {
  /// Base path of the versioned API.
  String API = "/api/v1";

  /// Adds the routes; called once, before the server listens.
  void register(RoutesConfig routes);
}
