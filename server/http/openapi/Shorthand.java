package server.http.openapi;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The short notation of `api.json`, and the JSON schemas it stands for.
///
/// An object is its fields; a name that ends in `?` may be absent. A type is
/// `name{least..most}=default or null — description`, where the name is one of [#NAMED], a type of
/// `api.json` (capitalised), words joined by `|` (one of them), or `[name]` (a list of it).
final class Shorthand {
  private static final Pattern TYPE =
      Pattern.compile(
          "(?<open>\\[)?(?<name>[A-Za-z_|]+)]?(?:\\{(?<least>\\d*)\\.\\.(?<most>\\d*)})?"
              + "(?:=(?<default>\\S+))?(?<null> or null)?(?: — (?<text>.*))?");
  private static final Map<String, String> NAMED =
      Map.of(
          "uuid", "{'type':'string','format':'uuid'}",
          "time", "{'type':'string','format':'date-time'}",
          "bytes", "{'type':'string','contentEncoding':'base64'}",
          "text", "{'type':'string'}",
          "phone", "{'type':'string','pattern':'^\\\\+[1-9][0-9]{1,14}$','description':'E.164'}",
          "cursor", "{'type':'string','description':'`next_cursor` of the page before'}",
          "integer", "{'type':'integer','format':'int64'}",
          "boolean", "{'type':'boolean'}",
          "object", "{'type':'object'}");

  private Shorthand() {}

  /// The schema of a type, or of an object given by its fields.
  static ObjectNode schema(JsonNode shorthand) {
    return shorthand.isString() ? type(shorthand.stringValue()) : object(shorthand);
  }

  private static ObjectNode object(JsonNode fields) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
    ArrayNode required = JsonNodeFactory.instance.arrayNode();
    ObjectNode properties = schema.putObject("properties");
    for (var field : fields.properties()) {
      boolean optional = field.getKey().endsWith("?");
      String name = withoutMark(field.getKey());
      properties.set(name, schema(field.getValue()));
      if (!optional) {
        required.add(name);
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema;
  }

  /// A field's name without the mark that it may be absent.
  static String withoutMark(String field) {
    return field.endsWith("?") ? field.substring(0, field.length() - 1) : field;
  }

  private static ObjectNode type(String text) {
    Matcher type = TYPE.matcher(text);
    if (!type.matches()) {
      throw new IllegalArgumentException("api.json: \"" + text + "\" is not a type");
    }
    ObjectNode schema = named(type.group("name"));
    if (type.group("open") != null) {
      ObjectNode items = schema;
      schema = JsonNodeFactory.instance.objectNode().put("type", "array");
      schema.set("items", items);
    }
    bound(schema, "min", type.group("least"));
    bound(schema, "max", type.group("most"));
    if (type.group("default") != null) {
      schema.put("default", Long.parseLong(type.group("default")));
    }
    if (type.group("null") != null) {
      String only = schema.get("type").stringValue();
      schema.putArray("type").add(only).add("null");
    }
    if (type.group("text") != null) {
      schema.put("description", type.group("text"));
    }
    return schema;
  }

  private static ObjectNode named(String name) {
    if (Character.isUpperCase(name.charAt(0)) && !name.contains("|") && !isConstant(name)) {
      return JsonNodeFactory.instance.objectNode().put("$ref", "#/components/schemas/" + name);
    }
    String known = NAMED.get(name);
    if (known != null) {
      return (ObjectNode) server.http.Json.mapper().readTree(known.replace('\'', '"'));
    }
    ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "string");
    ArrayNode words = schema.putArray("enum");
    for (String word : name.split("\\|")) {
      words.add(word);
    }
    return schema;
  }

  private static boolean isConstant(String name) {
    return name.length() > 1 && Character.isUpperCase(name.charAt(1));
  }

  private static void bound(ObjectNode schema, String end, String number) {
    if (number == null || number.isEmpty()) {
      return;
    }
    long bound = Long.parseLong(number);
    switch (schema.get("type").stringValue()) {
      case "integer" -> schema.put(end + "imum", bound);
      case "array" -> schema.put(end + "Items", bound);
      case "string" -> {
        if (!schema.has("contentEncoding")) {
          schema.put(end + "Length", bound);
        } else { // base64 takes four characters for three bytes; the bound is the bytes'
          schema.put(end + "Length", Math.ceilDiv(bound, 3) * 4);
          schema.put("description", "at most " + bound + " bytes");
        }
      }
      default -> throw new IllegalArgumentException("api.json: bounds do not fit " + schema);
    }
  }
}
