package server.messages.cql;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import server.messages.Appended;
import server.messages.Draft;
import server.messages.Message;

/// Drafts of one slot on their way into its log, and what is known about them. Everything known is
/// true as of the position up to which the slot knows the log: the slot tells this call of every
/// entry that it learns. Guarded by the slot's lock.
final class Call {
  /// What the drafts come to when they are appended right after what is known.
  ///
  /// @param messages to be stored
  /// @param unsure whether an answer among them may be another one as soon as more of the log is
  ///   known
  record Judgement(List<Appended> answers, List<Message> messages, boolean unsure) {}

  private final List<Draft> drafts;
  private final Map<UUID, Set<UUID>> senders = new HashMap<>();
  private final Set<Draft.Key> keys = new HashSet<>();
  private final Map<Draft.Key, Rows.First> firsts = new HashMap<>();
  private final Map<UUID, Roster.Standing> standings = new HashMap<>();
  private final Set<UUID> asking = new HashSet<>(); // whose members are being read just now
  private boolean lookedUp;
  private UUID proposed;
  private boolean accepted;

  Call(List<Draft> drafts) {
    this.drafts = drafts;
    for (Draft draft : drafts) {
      senders
          .computeIfAbsent(draft.conversationId(), _ -> new HashSet<>())
          .add(draft.senderUserId());
      keys.add(draft.key());
    }
  }

  Set<UUID> conversations() {
    return senders.keySet();
  }

  /// Those whose messages live in this store. Of others nothing may be remembered: no entry tells
  /// when they come back.
  Set<UUID> conversationsHere() {
    Set<UUID> here = new HashSet<>(senders.keySet());
    here.removeIf(conversation -> !standings.get(conversation).here());
    return here;
  }

  Set<Draft.Key> keys() {
    return keys;
  }

  /// Whose standing has to be read before this can be judged; from now on fences are watched for
  /// until [#answered].
  ///
  /// @param known standings that the slot remembers
  Map<UUID, Set<UUID>> ask(Map<UUID, Roster.Standing> known) {
    Map<UUID, Set<UUID>> open = new HashMap<>();
    senders.forEach((conversation, users) -> {
      if (!standings.containsKey(conversation)) {
        Roster.Standing standing = known.get(conversation);
        if (standing != null && standing.members().containsAll(users)) {
          standings.put(conversation, standing);
        } else {
          open.put(conversation, users);
        }
      }
    });
    asking.clear();
    asking.addAll(open.keySet());
    return open;
  }

  /// What was read; without that of conversations whose members began to change meanwhile.
  ///
  /// @return what may be remembered
  Map<UUID, Roster.Standing> answered(Map<UUID, Roster.Standing> read) {
    Map<UUID, Roster.Standing> good = new HashMap<>();
    for (UUID conversation : asking) {
      Roster.Standing standing = read.get(conversation);
      standings.put(conversation, standing == null ? new Roster.Standing(0, Set.of()) : standing);
      if (standing != null && standing.here()) { // what is elsewhere may come at any time
        good.put(conversation, standing);
      }
    }
    asking.clear();
    return good;
  }

  /// Whether every sender's standing is known.
  boolean standingsKnown() {
    return standings.size() == senders.size();
  }

  boolean lookedUp() {
    return lookedUp;
  }

  /// Which keys were stored before, as far as the log is known.
  void lookedUp(Map<Draft.Key, Rows.First> found) {
    firsts.putAll(found);
    lookedUp = true;
  }

  /// An entry of the log, its own or another's.
  void learn(Entry entry) {
    for (UUID fenced : entry.fences()) {
      standings.remove(fenced);
      asking.remove(fenced);
    }
    for (Message message : entry.messages()) {
      var key =
          new Draft.Key(
              message.conversationId(), message.senderDeviceId(), message.clientMessageId());
      if (keys.contains(key)) {
        firsts.put(key, new Rows.First(message.seq(), message.sentAt()));
      }
    }
    accepted |= entry.id().equals(proposed);
  }

  /// A part of the log was trimmed before it could be learned.
  void missed() {
    standings.clear();
    asking.clear();
    firsts.clear();
    lookedUp = false;
  }

  /// Judges the drafts in their order.
  ///
  /// @param heads of those of their conversations that are here, as far as the log is known; 0 for
  ///   none
  Judgement judge(Map<UUID, Long> heads, Instant now) {
    Map<UUID, Long> next = new HashMap<>(heads);
    List<Appended> answers = new ArrayList<>(drafts.size());
    List<Message> messages = new ArrayList<>(drafts.size());
    boolean unsure = false;
    for (Draft draft : drafts) {
      UUID conversation = draft.conversationId();
      Rows.First first = firsts.get(draft.key());
      Roster.Standing standing = standings.get(conversation);
      if (!standing.here()) {
        answers.add(Appended.Refused.ELSEWHERE); // also a retry: all of it is there
      } else if (first != null) {
        unsure = true; // its rows may not all be there yet
        answers.add(new Appended.Stored(first.seq(), first.sentAt(), true, standing.version()));
      } else if (!standing.members().contains(draft.senderUserId())) {
        answers.add(Appended.Refused.NOT_A_MEMBER);
      } else if (draft.replyToSeq() < 0 || draft.replyToSeq() > heads.get(conversation)) {
        unsure = true;
        answers.add(Appended.Refused.UNKNOWN_REPLY);
      } else {
        long seq = next.merge(conversation, 1L, Long::sum);
        messages.add(message(draft, seq, now));
        answers.add(new Appended.Stored(seq, now, false, standing.version()));
      }
    }
    return new Judgement(answers, messages, unsure);
  }

  private static Message message(Draft draft, long seq, Instant sentAt) {
    return new Message(
        draft.conversationId(),
        seq,
        draft.senderUserId(),
        draft.senderDeviceId(),
        draft.clientMessageId(),
        sentAt,
        draft.replyToSeq(),
        draft.contentType(),
        draft.content());
  }

  /// What is being appended now.
  void propose(UUID entry) {
    proposed = entry;
    accepted = false;
  }

  /// Whether the last proposal turned out to be in the log.
  boolean isAccepted() {
    return accepted;
  }
}
