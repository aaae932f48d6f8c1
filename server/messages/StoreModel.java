package server.messages;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import server.messages.Appended.Refused;

/// What a message store is to do, as plainly as it can be said: one caller at a time, in memory.
final class StoreModel {
  /// A message's place and what it says.
  record Entry(Draft.Key key, byte[] content, long replyToSeq) {}

  /// @param seq 0 when refused
  record Answer(long seq, boolean repeated, Refused refused) {}

  private final Map<UUID, List<Entry>> logs = new HashMap<>();
  private final Map<UUID, Set<UUID>> members = new HashMap<>();
  private final Map<Draft.Key, Long> known = new HashMap<>();

  void join(UUID conversation, UUID user) {
    members.computeIfAbsent(conversation, _ -> new HashSet<>()).add(user);
  }

  void leave(UUID conversation, UUID user) {
    members.get(conversation).remove(user);
  }

  boolean isMember(UUID conversation, UUID user) {
    return members.getOrDefault(conversation, Set.of()).contains(user);
  }

  List<Entry> log(UUID conversation) {
    return logs.getOrDefault(conversation, List.of());
  }

  /// Judges a batch against what was there before it, then numbers it.
  List<Answer> append(List<Draft> batch) {
    Map<UUID, Integer> before = new HashMap<>();
    logs.forEach((conversation, log) -> before.put(conversation, log.size()));
    List<Answer> answers = new ArrayList<>();
    for (Draft draft : batch) {
      UUID conversation = draft.conversationId();
      Long stored = known.get(draft.key());
      if (stored != null) {
        answers.add(new Answer(stored, true, null));
      } else if (!isMember(conversation, draft.senderUserId())) {
        answers.add(new Answer(0, false, Refused.NOT_A_MEMBER));
      } else if (draft.replyToSeq() > before.getOrDefault(conversation, 0)) {
        answers.add(new Answer(0, false, Refused.UNKNOWN_REPLY));
      } else {
        List<Entry> log = logs.computeIfAbsent(conversation, _ -> new ArrayList<>());
        log.add(new Entry(draft.key(), draft.content(), draft.replyToSeq()));
        known.put(draft.key(), (long) log.size());
        answers.add(new Answer(log.size(), false, null));
      }
    }
    return answers;
  }
}
