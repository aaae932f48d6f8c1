package server.realtime;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import server.http.ApiError;
import server.http.Check;
import server.messages.Draft;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads one client frame. Fields may come in any order, unknown ones are skipped. One instance per
/// frame: after a refusal, [#id] tells whose it is, if that much could be read; so a bad field does
/// not end the reading, the `id` may stand behind it.
final class FrameReader {
  private long id = ServerFrame.NO_ID;
  private String type;
  private String conversationId;
  private String clientMessageId;
  private byte[] content;
  private String contentType;
  private Long replyToSeq;
  private Long seq;
  private Boolean active;
  private Map<UUID, Long> cursors = Map.of();
  private ApiError refusal; // the first field that breaks a rule

  /// The frame's `id`, as far as it was read.
  long id() {
    return id;
  }

  /// Parses a payload.
  ///
  /// @throws ApiError when it is not a frame of the contract
  ClientFrame read(Encoding encoding, byte[] payload) {
    try (JsonParser in = encoding.parser(payload)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw ApiError.invalid("a frame must be an object with a \"type\"");
      }
      for (String name = in.nextName(); name != null; name = in.nextName()) {
        in.nextToken();
        field(name, in);
      }
      if (in.currentToken() != JsonToken.END_OBJECT || in.nextToken() != null) {
        throw ApiError.invalid("a frame must be one object and nothing behind it");
      }
    } catch (JacksonException e) {
      throw refusal != null
          ? refusal
          : ApiError.invalid("the frame is not valid " + encoding + ": " + e.getOriginalMessage());
    }
    if (refusal != null) {
      throw refusal;
    }
    return frame();
  }

  private void field(String name, JsonParser in) {
    if (in.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    try {
      take(name, in);
    } catch (ApiError e) {
      refused(e, in);
    }
  }

  private void refused(ApiError e, JsonParser in) {
    refusal = refusal == null ? e : refusal;
    in.skipChildren();
  }

  private void take(String name, JsonParser in) {
    switch (name) {
      case "type" -> type = text(name, in);
      case "id" -> id = number(name, in);
      case "conversation_id" -> conversationId = text(name, in);
      case "client_message_id" -> clientMessageId = text(name, in);
      case "content" -> content = bytes(name, in);
      case "content_type" -> contentType = text(name, in);
      case "reply_to_seq" -> replyToSeq = number(name, in);
      case "seq" -> seq = number(name, in);
      case "active" -> active = flag(name, in);
      case "cursors" -> cursors = cursors(in);
      default -> in.skipChildren();
    }
  }

  private static String text(String name, JsonParser in) {
    if (in.currentToken() != JsonToken.VALUE_STRING) {
      throw ApiError.invalid("\"" + name + "\" must be a string");
    }
    return in.getString();
  }

  private static long number(String name, JsonParser in) {
    if (in.currentToken() != JsonToken.VALUE_NUMBER_INT
        || in.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw ApiError.invalid("\"" + name + "\" must be a whole number of at most 63 bits");
    }
    return in.getLongValue();
  }

  private static boolean flag(String name, JsonParser in) {
    return switch (in.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw ApiError.invalid("\"" + name + "\" must be true or false");
    };
  }

  private static byte[] bytes(String name, JsonParser in) {
    if (in.currentToken() != JsonToken.VALUE_STRING
        && in.currentToken() != JsonToken.VALUE_EMBEDDED_OBJECT) {
      throw ApiError.invalid("\"" + name + "\" must be base64 in JSON and bytes in CBOR");
    }
    try {
      return in.getBinaryValue();
    } catch (JacksonException e) {
      throw ApiError.invalid("\"" + name + "\" is not valid base64");
    }
  }

  private Map<UUID, Long> cursors(JsonParser in) {
    if (in.currentToken() != JsonToken.START_OBJECT) {
      throw ApiError.invalid("\"cursors\" must be an object of conversation ids and seqs");
    }
    Map<UUID, Long> read = new HashMap<>();
    for (String key = in.nextName(); key != null; key = in.nextName()) {
      in.nextToken();
      try {
        UUID conversation = Check.uuid("cursors", key);
        read.put(conversation, Check.within("cursors", number("cursors", in), 0, Long.MAX_VALUE));
      } catch (ApiError e) {
        refused(e, in);
      }
    }
    return read;
  }

  private ClientFrame frame() {
    return switch (Check.present("type", type)) {
      case "send" -> send();
      case "delivered", "read" ->
          new ClientFrame.Acknowledge(
              id,
              Check.uuid("conversation_id", conversationId),
              Check.within("seq", Check.present("seq", seq), 0, Long.MAX_VALUE),
              type.equals("read"));
      case "typing" ->
          new ClientFrame.Typing(
              id, Check.uuid("conversation_id", conversationId), Check.present("active", active));
      case "resume" -> new ClientFrame.Resume(id, cursors);
      case "ping" -> new ClientFrame.Ping(id);
      default ->
          throw ApiError.invalid(
              "there is no frame of type \"" + Check.shortened(type) + "\"; see /docs");
    };
  }

  private ClientFrame send() {
    return new ClientFrame.Send(
        id,
        Check.uuid("conversation_id", conversationId),
        Check.uuid("client_message_id", clientMessageId),
        Draft.checkedContent(content),
        Check.optionalText("content_type", contentType, Draft.MAX_CONTENT_TYPE_CHARS),
        replyToSeq == null ? 0 : Check.within("reply_to_seq", replyToSeq, 1, Long.MAX_VALUE));
  }
}
