package server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import java.util.HexFormat;
import java.util.UUID;

/// The rules that fields of many requests share. Each refuses with `INVALID_REQUEST`, naming the
/// field, the rule and the way out.
public final class Check {
  private static final int UUID_CHARS = 36;

  private static final int SHOWN_VALUE_CHARS =
      64; // an error repeats a value, but never a whole body

  private Check() {}

  /// A UUID in its 36-character form. `UUID.fromString` alone would also take "1-1-1-1-1".
  public static UUID uuid(String field, String value) {
    present(field, value);
    if (!hasUuidForm(value)) {
      throw ApiError.invalid("\"" + field + "\" is " + shown(value) + "; it must be a UUID");
    }
    return UUID.fromString(value);
  }

  /// Every message has two of them, so without a regular expression.
  private static boolean hasUuidForm(String value) {
    if (value.length() != UUID_CHARS) {
      return false;
    }
    for (int i = 0; i < UUID_CHARS; i++) {
      boolean dash = i == 8 || i == 13 || i == 18 || i == 23;
      if (dash ? value.charAt(i) != '-' : !HexFormat.isHexDigit(value.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// A UUID, or null when the field is absent.
  public static UUID optionalUuid(String field, String value) {
    return value == null ? null : uuid(field, value);
  }

  /// The UUID in a path like `/conversations/{conversation_id}`.
  public static UUID pathUuid(Context request, String name) {
    return uuid(name, request.pathParam(name));
  }

  /// A field that must be there.
  public static <T> T present(String field, T value) {
    if (value == null) {
      throw ApiError.invalid("\"" + field + "\" is missing");
    }
    return value;
  }

  /// A text of at most `maxChars` characters, or null when absent.
  public static String optionalText(String field, String value, int maxChars) {
    if (value != null && value.length() > maxChars) {
      throw ApiError.invalid(
          "\"" + field + "\" has " + value.length() + " characters; at most " + maxChars + " fit");
    }
    if (value != null && value.indexOf('\0') >= 0) { // PostgreSQL's text cannot hold it
      throw ApiError.invalid("\"" + field + "\" contains a NUL character; leave it out");
    }
    if (value != null && !UTF_8.newEncoder().canEncode(value)) { // it would be stored as "?"
      throw ApiError.invalid(
          "\"" + field + "\" contains half a character (a surrogate alone); leave it out");
    }
    return value;
  }

  /// A whole number in a query parameter, `absent` when it is not given.
  public static long queryLong(Context request, String name, long absent, long min, long max) {
    String value = request.queryParam(name);
    if (value == null) {
      return absent;
    }
    try {
      return within(name, Long.parseLong(value), min, max);
    } catch (NumberFormatException e) {
      throw ApiError.invalid(
          "\""
              + name
              + "\" is "
              + shown(value)
              + "; it must be a whole number from "
              + min
              + " to "
              + max);
    }
  }

  /// A number within its bounds, both included.
  public static long within(String field, long value, long min, long max) {
    if (value < min || value > max) {
      throw ApiError.invalid(
          "\"" + field + "\" is " + value + "; it must be from " + min + " to " + max);
    }
    return value;
  }

  /// A client's text, cut so that an error repeats a value but never a whole body.
  public static String shortened(String value) {
    return value.length() <= SHOWN_VALUE_CHARS
        ? value
        : value.substring(0, SHOWN_VALUE_CHARS) + "…";
  }

  private static String shown(String value) {
    return "\"" + shortened(value) + "\"";
  }
}
