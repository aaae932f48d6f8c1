package server.conversations;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jooq.JSONB;
import org.jooq.exception.DataAccessException;
import org.jooq.exception.SQLStateClass;
import server.http.ApiError;
import server.http.Check;
import server.http.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;

/// The rules for what an admin may write about a group: its name and its metadata.
final class Described {
  static final int MAX_NAME_CHARS = 128; // fits one line of any client, in any script
  static final int MAX_METADATA_BYTES = 16 * 1024; // settings and an image's address, not content

  private static final ObjectWriter PLAIN =
      Json.mapper().writer().with(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN);

  private Described() {}

  /// A name, or null for none.
  static String name(String name) {
    Check.optionalText("name", name, MAX_NAME_CHARS);
    if (name != null && name.isBlank()) {
      throw ApiError.invalid("\"name\" is blank; give at least one visible character or null");
    }
    if (name != null && name.chars().anyMatch(Character::isISOControl)) {
      throw ApiError.invalid("\"name\" contains a control character; write one line");
    }
    return wellFormed("name", name);
  }

  /// Metadata as it is stored; an empty object for null.
  static JSONB metadata(JsonNode metadata) {
    if (metadata == null || metadata.isNull()) {
      return JSONB.valueOf("{}");
    }
    if (!metadata.isObject()) {
      throw ApiError.invalid("\"metadata\" must be a JSON object");
    }
    String text = wellFormed("metadata", plain(metadata));
    int bytes = text.getBytes(UTF_8).length;
    if (bytes > MAX_METADATA_BYTES) {
      throw ApiError.invalid(
          "\"metadata\" takes " + bytes + " bytes; at most " + MAX_METADATA_BYTES + " fit");
    }
    return JSONB.valueOf(text);
  }

  /// JSON with its numbers written out, as the database will give them back: "1e999" is 5 bytes
  /// here and 1,000 there.
  private static String plain(JsonNode metadata) {
    try {
      return PLAIN.writeValueAsString(metadata);
    } catch (JacksonException _) { // it writes out no more than 9,999 digits
      throw ApiError.invalid("\"metadata\" holds a number too large to keep");
    }
  }

  /// What to throw instead of `e`: a refusal when the database says that a value cannot be stored
  /// (jsonb takes no NUL and bounds its numbers), else `e` itself.
  static RuntimeException refusal(DataAccessException e) {
    return e.sqlStateClass() == SQLStateClass.C22_DATA_EXCEPTION
        ? ApiError.invalid("\"metadata\" holds a NUL character or a number too large to keep")
        : e;
  }

  private static String wellFormed(String field, String text) {
    if (text != null && !UTF_8.newEncoder().canEncode(text)) {
      throw ApiError.invalid(
          "\"" + field + "\" holds half of a surrogate pair; send whole characters");
    }
    return text;
  }
}
