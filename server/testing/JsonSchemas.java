package server.testing;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/// Holds values to the schemas of an OpenAPI document, more strictly than JSON Schema does: a field
/// that is not described is wrong too, so that the description cannot fall behind.
public final class JsonSchemas {
  private final JsonNode document;

  /// @param document where `$ref`s lead
  public JsonSchemas(JsonNode document) {
    this.document = document;
  }

  /// What is wrong with `value`; empty when nothing is.
  public List<String> faults(JsonNode schema, JsonNode value) {
    List<String> faults = new ArrayList<>();
    check("", schema, value, faults);
    return faults;
  }

  /// The schema itself, when this one only refers to it.
  public JsonNode resolved(JsonNode schema) {
    return schema.has("$ref") ? document.at(schema.get("$ref").stringValue().substring(1)) : schema;
  }

  private void check(String at, JsonNode reference, JsonNode value, List<String> faults) {
    JsonNode schema = resolved(reference);
    if (schema.isMissingNode()) {
      faults.add(at + ": " + reference + " leads nowhere");
      return;
    }
    if (!hasType(schema, value)) {
      faults.add(at + ": " + value + " is not of type " + schema.get("type"));
      return;
    }
    if (value.isObject() && schema.has("properties")) {
      object(at, schema, value, faults);
    } else if (value.isArray()) {
      for (int i = 0; i < value.size(); i++) {
        check(at + "/" + i, schema.get("items"), value.get(i), faults);
      }
    } else if (value.isString()) {
      text(at, schema, value.stringValue(), faults);
    } else if (value.isNumber()) {
      if (value.asLong() < schema.path("minimum").asLong(Long.MIN_VALUE)
          || value.asLong() > schema.path("maximum").asLong(Long.MAX_VALUE)) {
        faults.add(at + ": " + value + " is out of bounds");
      }
    }
  }

  private void object(String at, JsonNode schema, JsonNode value, List<String> faults) {
    for (var field : value.properties()) {
      JsonNode described = schema.get("properties").get(field.getKey());
      if (described == null) {
        faults.add(at + "/" + field.getKey() + " is not described");
      } else {
        check(at + "/" + field.getKey(), described, field.getValue(), faults);
      }
    }
    for (JsonNode name : schema.path("required")) {
      if (!value.has(name.stringValue())) {
        faults.add(at + "/" + name.stringValue() + " is missing");
      }
    }
  }

  private static boolean hasType(JsonNode schema, JsonNode value) {
    JsonNode type = schema.get("type");
    if (type.isArray()) {
      return value.isNull() && type.get(1).stringValue().equals("null")
          || is(type.get(0).stringValue(), value);
    }
    return is(type.stringValue(), value);
  }

  private static boolean is(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isString();
      case "integer" -> value.isIntegralNumber();
      case "boolean" -> value.isBoolean();
      default -> false;
    };
  }

  private static void text(String at, JsonNode schema, String value, List<String> faults) {
    if (schema.has("enum")
        && schema.get("enum").valueStream().noneMatch(w -> w.stringValue().equals(value))) {
      faults.add(at + ": \"" + value + "\" is none of " + schema.get("enum"));
    }
    if (value.length() > schema.path("maxLength").asInt(Integer.MAX_VALUE)) {
      faults.add(at + " is too long");
    }
    try {
      switch (schema.path("format").asString("")) {
        case "uuid" -> UUID.fromString(value);
        case "date-time" -> {
          Instant.parse(value);
          if (!value.matches(".*\\.\\d{3}Z")) {
            faults.add(at + ": " + value + " has no milliseconds or is not UTC");
          }
        }
        default -> {}
      }
      if (schema.has("contentEncoding")) {
        Base64.getDecoder().decode(value);
      }
    } catch (IllegalArgumentException | DateTimeParseException e) {
      faults.add(at + ": " + e.getMessage());
    }
  }
}
