package server.realtime;

import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import server.http.ApiError;
import server.http.Json;
import server.messages.Message;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JsonNode;

/// What the server says on a socket. Each record is one `type` of the contract and knows how to
/// write its own fields.
sealed interface ServerFrame {
  /// No `id`: the frame answers nothing.
  long NO_ID = Long.MIN_VALUE;

  /// The frame's `type`.
  String type();

  /// Writes the fields after `type`.
  void write(JsonGenerator out);

  /// The first frame on every socket.
  record Welcome(UUID deviceId, String nodeId, int window, int heartbeatSeconds)
      implements ServerFrame {
    @Override
    public String type() {
      return "welcome";
    }

    @Override
    public void write(JsonGenerator out) {
      out.writeStringProperty("device_id", deviceId.toString());
      out.writeStringProperty("node_id", nodeId);
      out.writeNumberProperty("window", window);
      out.writeNumberProperty("heartbeat_seconds", heartbeatSeconds);
    }
  }

  /// The message is committed.
  record Sent(long id, UUID conversationId, UUID clientMessageId, long seq, Instant sentAt)
      implements ServerFrame {
    @Override
    public String type() {
      return "sent";
    }

    @Override
    public void write(JsonGenerator out) {
      writeId(out, id);
      out.writeStringProperty("conversation_id", conversationId.toString());
      out.writeStringProperty("client_message_id", clientMessageId.toString());
      out.writeNumberProperty("seq", seq);
      out.writeStringProperty("sent_at", Json.time(sentAt));
    }
  }

  /// A frame was refused.
  record Refused(long id, ApiError error) implements ServerFrame {
    @Override
    public String type() {
      return "error";
    }

    @Override
    public void write(JsonGenerator out) {
      writeId(out, id);
      out.writeStringProperty("error_code", error.code().name());
      out.writeStringProperty("error", error.getMessage());
      if (error.retryAfterSeconds() > 0) {
        out.writeNumberProperty("retry_after_seconds", error.retryAfterSeconds());
      }
    }
  }

  /// A message of the log.
  record Delivery(Message message) implements ServerFrame {
    @Override
    public String type() {
      return "message";
    }

    @Override
    public void write(JsonGenerator out) {
      out.writeStringProperty("conversation_id", message.conversationId().toString());
      out.writeNumberProperty("seq", message.seq());
      out.writeStringProperty("sender_user_id", message.senderUserId().toString());
      out.writeStringProperty("sender_device_id", message.senderDeviceId().toString());
      out.writeStringProperty("client_message_id", message.clientMessageId().toString());
      out.writeName("content");
      out.writeBinary(message.content());
      if (message.contentType() != null) {
        out.writeStringProperty("content_type", message.contentType());
      }
      if (message.replyToSeq() > 0) {
        out.writeNumberProperty("reply_to_seq", message.replyToSeq());
      }
      out.writeStringProperty("sent_at", Json.time(message.sentAt()));
    }
  }

  /// A device's cursor rose.
  record ReceiptNotice(
      UUID conversationId, UUID userId, UUID deviceId, long deliveredSeq, long readSeq)
      implements ServerFrame {
    @Override
    public String type() {
      return "receipt";
    }

    @Override
    public void write(JsonGenerator out) {
      out.writeStringProperty("conversation_id", conversationId.toString());
      out.writeStringProperty("user_id", userId.toString());
      out.writeStringProperty("device_id", deviceId.toString());
      out.writeNumberProperty("delivered_seq", deliveredSeq);
      out.writeNumberProperty("read_seq", readSeq);
    }
  }

  /// Somebody types, or stopped.
  record Typing(UUID conversationId, UUID userId, boolean active) implements ServerFrame {
    @Override
    public String type() {
      return "typing";
    }

    @Override
    public void write(JsonGenerator out) {
      out.writeStringProperty("conversation_id", conversationId.toString());
      out.writeStringProperty("user_id", userId.toString());
      out.writeBooleanProperty("active", active);
    }
  }

  /// Somebody came online, or left.
  record Presence(UUID userId, boolean online) implements ServerFrame {
    @Override
    public String type() {
      return "presence";
    }

    @Override
    public void write(JsonGenerator out) {
      out.writeStringProperty("user_id", userId.toString());
      out.writeBooleanProperty("online", online);
    }
  }

  /// A conversation changed.
  ///
  /// @param userId whom the change is about, or null
  /// @param name null for unnamed
  record ConversationNotice(
      UUID conversationId, String change, UUID userId, String name, JsonNode metadata)
      implements ServerFrame {
    @Override
    public String type() {
      return "conversation";
    }

    @Override
    public void write(JsonGenerator out) {
      out.writeStringProperty("conversation_id", conversationId.toString());
      out.writeStringProperty("change", change);
      if (userId != null) {
        out.writeStringProperty("user_id", userId.toString());
      }
      if (name != null) {
        out.writeStringProperty("name", name);
      }
      if (metadata != null) {
        out.writeName("metadata");
        writeTree(out, metadata);
      }
    }
  }

  /// The backlog is through.
  record CaughtUp(long id, Map<UUID, Long> cursors) implements ServerFrame {
    @Override
    public String type() {
      return "caught_up";
    }

    @Override
    public void write(JsonGenerator out) {
      writeId(out, id);
      out.writeName("cursors");
      out.writeStartObject();
      cursors.forEach((conversation, seq) -> out.writeNumberProperty(conversation.toString(), seq));
      out.writeEndObject();
    }
  }

  /// The answer to a `ping` frame.
  record Pong(long id, Instant serverTime) implements ServerFrame {
    @Override
    public String type() {
      return "pong";
    }

    @Override
    public void write(JsonGenerator out) {
      writeId(out, id);
      out.writeStringProperty("server_time", Json.time(serverTime));
    }
  }

  private static void writeId(JsonGenerator out, long id) {
    if (id != NO_ID) {
      out.writeNumberProperty("id", id);
    }
  }

  /// Writes a JSON tree as events, because raw JSON text would not be CBOR.
  private static void writeTree(JsonGenerator out, JsonNode node) {
    switch (node.getNodeType()) {
      case OBJECT -> {
        out.writeStartObject();
        node.properties()
            .forEach(property -> {
              out.writeName(property.getKey());
              writeTree(out, property.getValue());
            });
        out.writeEndObject();
      }
      case ARRAY -> {
        out.writeStartArray();
        node.forEach(element -> writeTree(out, element));
        out.writeEndArray();
      }
      case STRING -> out.writeString(node.stringValue());
      case BOOLEAN -> out.writeBoolean(node.booleanValue());
      case NUMBER -> {
        if (node.isIntegralNumber()) {
          out.writeNumber(node.bigIntegerValue());
        } else {
          out.writeNumber(node.decimalValue());
        }
      }
      default -> out.writeNull();
    }
  }
}
