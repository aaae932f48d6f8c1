package server.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.ToStringSerializerBase;
import tools.jackson.databind.type.LogicalType;

/// JSON as the contract writes it: `snake_case`, times in RFC 3339 UTC with milliseconds, bytes as
/// base64, absent instead of null. Requests are records; unknown fields are ignored, a wrong type
/// is refused by name. Thread-safe.
public final class Json {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);
  private static final int MAX_DEPTH =
      32; // deeper than any request of ours; bounds the parser's stack

  /// Answers from here on may be compressed, as Javalin does by itself: bytes.
  private static final int COMPRESSED_FROM_BYTES = 1_500;

  private static final JsonMapper MAPPER = build();
  private static volatile Written lastWritten = new Written(Instant.MIN, "");

  private Json() {}

  /// The shared mapper, for what the methods here do not cover.
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /// A time as the contract writes it. All messages of a batch have the same, so the last one is
  /// kept.
  public static String time(Instant instant) {
    Written last = lastWritten;
    if (!last.instant().equals(instant)) {
      last = new Written(instant, TIME.format(instant.truncatedTo(ChronoUnit.MILLIS)));
      lastWritten = last;
    }
    return last.text();
  }

  private record Written(Instant instant, String text) {}

  /// The request's body as a record of type `type`.
  ///
  /// @throws ApiError `INVALID_REQUEST` naming the field when the body is not such an object
  public static <T> T read(Context request, Class<T> type) {
    try {
      T value = MAPPER.readValue(body(request), type);
      if (value == null) {
        throw ApiError.invalid("the body is null; send a JSON object");
      }
      return value;
    } catch (MismatchedInputException e) {
      throw ApiError.invalid(mismatch(e));
    } catch (JacksonException e) {
      throw ApiError.invalid("the body is not JSON: " + e.getOriginalMessage());
    }
  }

  /// At once where its length is known: Javalin reads in steps of a buffer and copies the result.
  private static byte[] body(Context request) {
    long bytes = request.req().getContentLengthLong();
    if (bytes < 0 || bytes > HttpServer.MAX_BODY_BYTES) {
      return request.bodyAsBytes();
    }
    try {
      return request.req().getInputStream().readNBytes((int) bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The request's body as an object, for PATCH, where absent and null differ.
  ///
  /// @throws ApiError `INVALID_REQUEST` when the body is not a JSON object
  public static JsonNode readObject(Context request) {
    JsonNode node = read(request, JsonNode.class);
    if (!node.isObject()) {
      throw ApiError.invalid("the body must be a JSON object");
    }
    return node;
  }

  /// Answers with `body` as JSON. What is too short to be compressed goes straight to the response:
  /// on Javalin's way every answer costs a buffer of 8 KB and a search for its media type among
  /// those that are not worth compressing, 8 % of the CPU of a send and half of its allocations.
  public static void write(Context request, int status, Object body) {
    byte[] json = MAPPER.writeValueAsBytes(body);
    request.status(status).contentType("application/json");
    if (json.length >= COMPRESSED_FROM_BYTES) {
      request.result(json);
      return;
    }
    try {
      request.res().resetBuffer(); // an error's answer replaces what was there,
      if (request.resultInputStream() != null) {
        request.result(""); // on either way
      }
      request.res().getOutputStream().write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String mismatch(MismatchedInputException e) {
    if (e.getPath().isEmpty()) {
      return "the body must be a JSON object";
    }
    var field = new StringBuilder();
    for (var step : e.getPath()) {
      field.append(
          step.getPropertyName() == null
              ? "[" + step.getIndex() + "]"
              : "." + step.getPropertyName());
    }
    return "\"" + field.substring(field.charAt(0) == '.' ? 1 : 0) + "\" has the wrong type or form";
  }

  private static JsonMapper build() {
    var constraints = StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build();
    var forms = new SimpleModule();
    forms.addSerializer(
        Instant.class,
        new ToStringSerializerBase(Instant.class) {
          @Override
          public String valueToString(Object value) {
            return time((Instant) value);
          }
        });
    forms.addDeserializer(byte[].class, new Base64Only());
    return JsonMapper.builder(JsonFactory.builder().streamReadConstraints(constraints).build())
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .addModule(forms)
        .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .enable(
            DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // what others wrote comes back whole
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .withCoercionConfig(
            LogicalType.Textual,
            config -> {
              config.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
              config.setCoercion(CoercionInputShape.Float, CoercionAction.Fail);
              config.setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
            })
        .changeDefaultPropertyInclusion(inclusion ->
            inclusion.withValueInclusion(
                com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL))
        .build();
  }

  /// Jackson would also take an array of numbers for bytes.
  private static final class Base64Only extends StdDeserializer<byte[]> {
    private Base64Only() {
      super(byte[].class);
    }

    @Override
    public byte[] deserialize(JsonParser parser, DeserializationContext context) {
      if (parser.currentToken() != JsonToken.VALUE_STRING) {
        return (byte[]) context.handleUnexpectedToken(byte[].class, parser);
      }
      try {
        return parser.getBinaryValue(context.getBase64Variant());
      } catch (StreamReadException e) {
        return (byte[])
            context.handleWeirdStringValue(
                byte[].class, parser.getString(), "no base64: %s", e.getOriginalMessage());
      }
    }
  }
}
