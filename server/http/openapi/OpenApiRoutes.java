package server.http.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.config.RoutesConfig;
import server.http.Json;
import server.http.Routes;
import tools.jackson.databind.JsonNode;

/// Serves the description, for programs and for people. Both are made once.
public final class OpenApiRoutes implements Routes {
  private final byte[] document;
  private final byte[] page;

  public OpenApiRoutes() {
    JsonNode description = OpenApi.document();
    this.document = Json.mapper().writeValueAsBytes(description);
    this.page = DocsPage.of(description).getBytes(UTF_8);
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(
        "/openapi.json", request -> request.contentType("application/json").result(document));
    routes.get(
        "/docs",
        request ->
            request
                .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
                .contentType("text/html; charset=utf-8")
                .result(page));
  }
}
