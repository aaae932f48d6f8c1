package server.messages;

import fixtures.urls.CqlUrl;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Faults that are planted in a conversation of at least 2,200 messages that was moved to CQL.
final class MoveFaults {
  private MoveFaults() {}

  /// What each one is, and the statements that make it.
  ///
  /// @param first its first 50 messages
  static Map<String, List<String>> of(CqlUrl keyspace, List<Message> first) {
    String in = keyspace.keyspace() + ".";
    UUID conversation = first.getFirst().conversationId();
    String where = " WHERE conversation_id = " + conversation;
    String row = where + " AND bucket = %d AND seq = %d";
    Map<String, List<String>> faults = new LinkedHashMap<>();
    faults.put(
        "one byte is changed",
        List.of("UPDATE " + in + "messages SET content = 0x01" + row.formatted(0, 77)));
    faults.put(
        "what was written during the copy was not followed",
        List.of("DELETE FROM " + in + "messages" + row.formatted(1, 1_500)));
    faults.put(
        "a range was skipped",
        List.of(
            "DELETE FROM %smessages%s AND bucket = 2 AND seq > 2100 AND seq <= 2200"
                .formatted(in, where)));
    faults.put(
        "a retry would be stored again",
        List.of("DELETE FROM " + in + "message_ids" + where + ids(first.get(41))));
    faults.put(
        "a field is changed",
        List.of("UPDATE " + in + "messages SET reply_to_seq = 3" + row.formatted(0, 900)));
    faults.put("two commits were swapped", swap(in, where, first.get(9), first.get(10)));
    return faults;
  }

  private static String ids(Message message) {
    return " AND sender_device_id = %s AND client_message_id = %s"
        .formatted(message.senderDeviceId(), message.clientMessageId());
  }

  /// Each has the other's place, also for retries.
  private static List<String> swap(String in, String where, Message one, Message other) {
    return List.of(
        place(in, where, one, other.seq()),
        place(in, where, other, one.seq()),
        "UPDATE %smessage_ids SET seq = %d%s".formatted(in, other.seq(), where + ids(one)),
        "UPDATE %smessage_ids SET seq = %d%s".formatted(in, one.seq(), where + ids(other)));
  }

  private static String place(String in, String where, Message message, long seq) {
    return ("UPDATE %smessages SET client_message_id = %s, sent_at = %d%s AND bucket = 0"
            + " AND seq = %d")
        .formatted(in, message.clientMessageId(), message.sentAt().toEpochMilli(), where, seq);
  }
}
