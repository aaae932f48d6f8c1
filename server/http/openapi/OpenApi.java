package server.http.openapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import server.http.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The served description: OpenAPI 3.1, made from `api.json` (routes and types in a short notation,
/// see [Shorthand]) and from the texts beside it. A test calls every route and holds it to this.
public final class OpenApi {
  private static final Pattern PATH_PARAMETER = Pattern.compile("\\{(\\w+)}");
  private static final List<String> TEXTS =
      List.of("introduction", "errors", "limits", "websocket");
  private static final Map<String, String> TITLES =
      Map.of("errors", "Errors", "limits", "Limits and promises", "websocket", "WebSocket");

  private final ObjectNode document = Json.mapper().createObjectNode();

  private OpenApi() {
    JsonNode source = Json.mapper().readTree(resource("api.json"));
    document.put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Vyry")
        .put("version", "1")
        .put("description", description());
    document.putArray("security").addObject().putArray("token");
    ObjectNode paths = document.putObject("paths");
    for (var route : source.get("routes").properties()) {
      String[] key = route.getKey().split(" ");
      ObjectNode path = paths.withObjectProperty(key[1]);
      path.set(key[0].toLowerCase(Locale.ROOT), operation(key[1], route.getValue()));
    }
    ObjectNode components = document.putObject("components");
    ObjectNode schemas = components.putObject("schemas");
    for (var type : source.get("types").properties()) {
      schemas.set(type.getKey(), Shorthand.schema(type.getValue()));
    }
    components
        .putObject("securitySchemes")
        .putObject("token")
        .put("type", "http")
        .put("scheme", "bearer");
    components
        .putObject("responses")
        .putObject("Error")
        .put("description", "Refused or failed; see Errors")
        .putObject("content")
        .putObject("application/json")
        .putObject("schema")
        .put("$ref", "#/components/schemas/Error");
  }

  /// Reads and expands the description.
  public static JsonNode document() {
    return new OpenApi().document;
  }

  private static String description() {
    var text = new StringBuilder();
    for (String name : TEXTS) {
      if (TITLES.containsKey(name)) {
        text.append("\n## ").append(TITLES.get(name)).append("\n\n");
      }
      text.append(resource(name + ".md"));
    }
    return text.toString();
  }

  private static ObjectNode operation(String path, JsonNode source) {
    ObjectNode operation = Json.mapper().createObjectNode();
    operation.putArray("tags").add(source.get("tag").stringValue());
    operation.put("summary", source.get("does").stringValue());
    if (source.has("more")) {
      operation.put("description", source.get("more").stringValue());
    }
    if (source.has("open")) {
      operation.putArray("security");
    }
    parameters(operation, path, source);
    ObjectNode responses = operation.putObject("responses");
    for (var field : source.properties()) {
      if (field.getKey().equals("body")) {
        content(operation.putObject("requestBody").put("required", true), field.getValue());
      } else if (Character.isDigit(field.getKey().charAt(0))) {
        String[] key = field.getKey().split(" ", 2);
        content(responses.putObject(key[0]).put("description", key[1]), field.getValue());
      }
    }
    responses.putObject("default").put("$ref", "#/components/responses/Error");
    return operation;
  }

  private static void parameters(ObjectNode operation, String path, JsonNode source) {
    var inPath = PATH_PARAMETER.matcher(path);
    while (inPath.find()) {
      ObjectNode parameter = operation.withArrayProperty("parameters").addObject();
      parameter.put("name", inPath.group(1)).put("in", "path").put("required", true);
      parameter.set(
          "schema", Json.mapper().createObjectNode().put("type", "string").put("format", "uuid"));
    }
    if (source.has("query")) {
      for (var field : source.get("query").properties()) {
        ObjectNode parameter = operation.withArrayProperty("parameters").addObject();
        parameter.put("name", Shorthand.withoutMark(field.getKey())).put("in", "query");
        parameter.put("required", !field.getKey().endsWith("?"));
        parameter.set("schema", Shorthand.schema(field.getValue()));
      }
    }
  }

  /// A body: none for "", a media type for something with a slash, else JSON.
  private static void content(ObjectNode holder, JsonNode body) {
    String text = body.isString() ? body.stringValue() : null;
    if ("".equals(text)) {
      return;
    }
    if (text != null && text.contains("/")) {
      holder.putObject("content").putObject(text).putObject("schema").put("type", "string");
    } else {
      holder
          .putObject("content")
          .putObject("application/json")
          .set("schema", Shorthand.schema(body));
    }
  }

  /// A text file beside this class.
  static String resource(String name) {
    try (InputStream in = OpenApi.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "server/http/openapi/" + name + " is not on the class path");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
