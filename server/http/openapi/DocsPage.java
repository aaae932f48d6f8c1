package server.http.openapi;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/// The description as one HTML page that needs nothing else: no script, no fonts, no other server.
final class DocsPage {
  private final StringBuilder html = new StringBuilder();
  private final JsonNode document;

  private DocsPage(JsonNode document) {
    this.document = document;
  }

  /// The page of an OpenAPI document.
  static String of(JsonNode document) {
    return new DocsPage(document).page();
  }

  private record Operation(String method, String path, JsonNode source) {
    String anchor() {
      return Markdown.anchor(method + " " + path);
    }
  }

  private String page() {
    Map<String, StringBuilder> bySubject = new LinkedHashMap<>();
    Map<String, StringBuilder> links = new LinkedHashMap<>();
    for (var path : document.get("paths").properties()) {
      for (var method : path.getValue().properties()) {
        var operation = new Operation(method.getKey(), path.getKey(), method.getValue());
        String tag = operation.source.at("/tags/0").stringValue();
        bySubject.computeIfAbsent(tag, _ -> new StringBuilder()).append(operation(operation));
        links
            .computeIfAbsent(tag, _ -> new StringBuilder())
            .append(
                "<a href=\"#%s\">%s</a>\n"
                    .formatted(
                        operation.anchor(),
                        Markdown.escape(operation.source.get("summary").stringValue())));
      }
    }
    String title = Markdown.escape(document.at("/info/title").stringValue());
    html.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        .append("<title>")
        .append(title)
        .append(" API</title>\n")
        .append("<style>\n")
        .append(OpenApi.resource("docs.css"))
        .append("</style>\n</head>\n<body>\n")
        .append("<header><h1>")
        .append(title)
        .append("</h1>")
        .append("<a href=\"/openapi.json\">openapi.json</a></header>\n<div class=\"columns\">\n");
    html.append("<nav>\n<a href=\"#errors\"><b>Errors</b></a>\n")
        .append("<a href=\"#limits-and-promises\"><b>Limits and promises</b></a>\n")
        .append("<a href=\"#websocket\"><b>WebSocket</b></a>\n");
    links.forEach((tag, list) ->
        html.append("<a href=\"#%s\"><b>%s</b></a>\n".formatted(Markdown.anchor(tag), tag))
            .append(list));
    html.append("<a href=\"#types\"><b>Types</b></a>\n</nav>\n<main>\n")
        .append(Markdown.html(document.at("/info/description").stringValue()));
    bySubject.forEach((tag, operations) -> html.append(heading(tag)).append(operations));
    html.append(heading("Types"));
    for (var type : document.at("/components/schemas").properties()) {
      html.append("<h3 id=\"type-%s\">%s</h3>\n".formatted(type.getKey(), type.getKey()))
          .append(fields(type.getValue()));
    }
    return html.append("</main>\n</div>\n</body>\n</html>\n").toString();
  }

  private static String heading(String title) {
    return "<h2 id=\"%s\">%s</h2>\n".formatted(Markdown.anchor(title), Markdown.escape(title));
  }

  private static String operation(Operation operation) {
    JsonNode source = operation.source;
    var out = new StringBuilder();
    out.append("<section id=\"%s\">\n".formatted(operation.anchor()))
        .append("<h3>")
        .append(Markdown.escape(source.get("summary").stringValue()))
        .append("</h3>\n")
        .append(
            "<p class=\"route\"><b class=\"%s\">%s</b> <code>%s</code>%s</p>\n"
                .formatted(
                    operation.method,
                    operation.method.toUpperCase(Locale.ROOT),
                    operation.path.replace("/", "/<wbr>"),
                    source.has("security") ? " <i>no token</i>" : ""));
    if (source.has("description")) {
      out.append(Markdown.html(source.get("description").stringValue()));
    }
    if (source.has("parameters")) {
      out.append("<h4>Parameters</h4>\n<dl>\n");
      source
          .get("parameters")
          .forEach(p ->
              out.append(
                  field(
                      p.get("name").stringValue(),
                      p.get("schema"),
                      p.get("required").booleanValue())));
      out.append("</dl>\n");
    }
    if (source.has("requestBody")) {
      out.append("<h4>Body</h4>\n").append(content(source.get("requestBody")));
    }
    for (var response : source.get("responses").properties()) {
      if (!response.getKey().equals("default")) {
        out.append(
                "<h4><b>%s</b> %s</h4>\n"
                    .formatted(
                        response.getKey(),
                        Markdown.inline(response.getValue().get("description").stringValue())))
            .append(content(response.getValue()));
      }
    }
    return out.append("</section>\n").toString();
  }

  private static String content(JsonNode holder) {
    if (!holder.has("content")) {
      return "";
    }
    var body = holder.get("content").properties().iterator().next();
    return body.getKey().equals("application/json")
        ? fields(body.getValue().get("schema"))
        : "<p><code>%s</code></p>\n".formatted(body.getKey());
  }

  private static String fields(JsonNode schema) {
    if (!schema.has("properties")) {
      return "<p>" + type(schema) + "</p>\n";
    }
    Set<String> required = new TreeSet<>();
    schema.path("required").forEach(name -> required.add(name.stringValue()));
    var out = new StringBuilder("<dl>\n");
    for (var field : schema.get("properties").properties()) {
      out.append(field(field.getKey(), field.getValue(), required.contains(field.getKey())));
    }
    return out.append("</dl>\n").toString();
  }

  private static String field(String name, JsonNode schema, boolean required) {
    String text = schema.path("description").asString("");
    return "<dt><code>%s</code> <span>%s%s</span></dt>\n"
            .formatted(name, type(schema), required ? "" : ", optional")
        + (text.isEmpty() ? "" : "<dd>" + Markdown.inline(text) + "</dd>\n");
  }

  private static String type(JsonNode schema) {
    if (schema.has("$ref")) {
      String name = schema.get("$ref").stringValue().replaceFirst(".*/", "");
      return "<a href=\"#type-%s\">%s</a>".formatted(name, name);
    }
    if (schema.has("enum")) {
      var words = new StringBuilder();
      schema
          .get("enum")
          .forEach(w ->
              words
                  .append(words.isEmpty() ? "" : ", ")
                  .append("<code>")
                  .append(w.stringValue())
                  .append("</code>"));
      return words.toString();
    }
    JsonNode type = schema.get("type");
    String name = type.isArray() ? type.get(0).stringValue() + " or null" : type.stringValue();
    String what =
        switch (name) {
          case "array" -> "list of " + type(schema.get("items"));
          case "string" ->
              schema.has("format")
                  ? schema.get("format").stringValue()
                  : schema.has("contentEncoding") ? "base64" : "text";
          default -> name.replace("string", "text");
        };
    return what + bounds(schema);
  }

  private static String bounds(JsonNode schema) {
    if (schema.has("contentEncoding")) {
      return ""; // its description tells the bytes
    }
    var out = new StringBuilder();
    for (String kind : new String[] {"imum", "Length", "Items"}) {
      String unit = kind.equals("Length") ? " characters" : kind.equals("Items") ? " items" : "";
      JsonNode least = schema.path("min" + kind);
      JsonNode most = schema.path("max" + kind);
      if (most.isMissingNode()) {
        out.append(least.isMissingNode() ? "" : ", at least " + least.asString() + unit);
      } else if (least.equals(most)) {
        out.append(", ").append(most.asString()).append(unit);
      } else {
        out.append(least.isMissingNode() ? ", at most " : ", " + least.asString() + " to ")
            .append(most.asString())
            .append(unit);
      }
    }
    return out + (schema.has("default") ? ", default " + schema.get("default").asString() : "");
  }
}
