package server.messages.cql;

import static server.messages.cql.ModelDatabase.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import server.messages.Appended;
import server.messages.Appended.Refused;
import server.messages.Appended.Stored;
import server.messages.Draft;
import server.messages.Message;

/// What everybody was told in one exploration, against what stands in the tables at its end.
final class Judge {
  /// One call, and its answers unless they got lost.
  static final class Attempt {
    private final List<Draft> drafts;
    private final long begin;
    private final Map<UUID, Long> versions; // of members, by conversation, answered when it began
    private List<Appended> answers;
    private long end = Long.MAX_VALUE;

    private Attempt(List<Draft> drafts, long begin, Map<UUID, Long> versions) {
      this.drafts = drafts;
      this.begin = begin;
      this.versions = versions;
    }
  }

  private record Told(Draft draft, Appended answer, Attempt attempt) {}

  private final ModelDatabase db;
  private final List<Attempt> attempts = new ArrayList<>();
  private final Map<UUID, Long> answeredVersions = new HashMap<>();
  private Set<UUID> firstMembers;
  private long clock;

  Judge(ModelDatabase db) {
    this.db = db;
  }

  /// Who is in every conversation at first.
  void members(Set<UUID> users) {
    firstMembers = users;
  }

  Attempt begin(List<Draft> drafts) {
    var attempt = new Attempt(drafts, clock++, Map.copyOf(answeredVersions));
    attempts.add(attempt);
    return attempt;
  }

  /// At the very moment of the answer: what it says can be read.
  void answered(Attempt attempt, List<Appended> answers) {
    attempt.answers = answers;
    attempt.end = clock++;
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof Stored stored) {
        UUID conversation = attempt.drafts.get(i).conversationId();
        check(
            db.isThere(conversation, stored.seq()) && db.head(conversation) >= stored.seq(),
            "answered " + stored + ", which cannot be read yet");
      }
    }
  }

  /// The change that was committed last there is known to who asked for it.
  void changeAnswered(UUID conversation) {
    answeredVersions.put(conversation, db.version(conversation));
  }

  void judge(UUID conversation, List<Message> log) {
    for (int i = 0; i < log.size(); i++) {
      check(log.get(i).seq() == i + 1, "seq " + (i + 1) + " is missing");
      judgeMembers(log.get(i));
    }
    Set<Draft.Key> keys = new HashSet<>();
    log.forEach(message -> check(keys.add(key(message)), "stored twice: " + message));
    List<Told> told = new ArrayList<>();
    for (Attempt attempt : attempts) {
      for (int i = 0; i < attempt.drafts.size(); i++) {
        Draft draft = attempt.drafts.get(i);
        if (draft.conversationId().equals(conversation)) {
          Appended answer = attempt.answers == null ? null : attempt.answers.get(i);
          told.add(new Told(draft, answer, attempt));
        }
      }
    }
    for (Message message : log) {
      check(
          told.stream().anyMatch(t -> couldBe(t, message)),
          "nobody sent, or all were refused: " + message);
    }
    for (Told each : told) {
      switch (each.answer) {
        case Stored stored -> judgeStored(each, stored, log);
        case Refused refused -> judgeRefused(each, refused, told);
        case null -> {} // unknown: stored or not
      }
    }
    judgeOrder(told);
  }

  private static Draft.Key key(Message message) {
    return new Draft.Key(
        message.conversationId(), message.senderDeviceId(), message.clientMessageId());
  }

  private static boolean couldBe(Told told, Message message) {
    return !(told.answer instanceof Refused)
        && told.draft.key().equals(key(message))
        && Arrays.equals(told.draft.content(), message.content());
  }

  /// The members at its place: those after all changes whose place is before it.
  private void judgeMembers(Message message) {
    Set<UUID> members = new HashSet<>(firstMembers);
    for (ModelDatabase.Change change : db.changes) {
      if (change.conversation().equals(message.conversationId()) && change.head() < message.seq()) {
        boolean done = change.joined() ? members.add(change.user()) : members.remove(change.user());
        check(done, "the changes of members do not follow one another: " + change);
      }
    }
    check(
        members.contains(message.senderUserId()),
        "stored at " + message.seq() + ", where its sender was no member: " + db.changes);
  }

  private long version(UUID conversation, long seq) {
    return 1
        + db.changes.stream()
            .filter(change -> change.conversation().equals(conversation) && change.head() < seq)
            .count();
  }

  private void judgeStored(Told told, Stored stored, List<Message> log) {
    check(stored.seq() <= log.size(), "acknowledged and lost: " + told);
    Message message = log.get((int) stored.seq() - 1);
    check(key(message).equals(told.draft.key()), "acknowledged, and another is there: " + told);
    check(message.sentAt().equals(stored.sentAt()), "another time was told: " + told);
    check(told.draft.replyToSeq() < stored.seq() || stored.repeated(), "a reply to a later one");
    if (!stored.repeated()) {
      check(Arrays.equals(message.content(), told.draft.content()), "another's content: " + told);
      check(
          stored.membersVersion() == version(message.conversationId(), stored.seq()),
          "judged by other members than those at its place: " + told + db.changes);
    }
  }

  private void judgeRefused(Told told, Refused refused, List<Told> all) {
    UUID conversation = told.draft.conversationId();
    for (Told other : all) {
      if (other.attempt.end < told.attempt.begin && other.answer instanceof Stored stored) {
        check(!other.draft.key().equals(told.draft.key()), "stored before, and refused: " + told);
        check(
            refused != Refused.UNKNOWN_REPLY || stored.seq() < told.draft.replyToSeq(),
            "what it replies to was there: " + told);
      }
    }
    if (refused == Refused.NOT_A_MEMBER) {
      long from = told.attempt.versions.getOrDefault(conversation, 1L);
      check(
          wasOut(conversation, told.draft.senderUserId(), from), "a member, and refused: " + told);
    }
  }

  /// Whether the user was out at this version or came to be later.
  private boolean wasOut(UUID conversation, UUID user, long fromVersion) {
    boolean in = firstMembers.contains(user);
    boolean out = !in && fromVersion <= 1;
    for (ModelDatabase.Change change : db.changes) {
      if (change.conversation().equals(conversation)) {
        out |= !in && change.version() > fromVersion;
        in = change.user().equals(user) ? change.joined() : in;
        out |= !in && change.version() >= fromVersion;
      }
    }
    return out;
  }

  /// Who was answered before another began has the lower seq.
  private static void judgeOrder(List<Told> all) {
    for (Told one : all) {
      for (Told other : all) {
        if (one.answer instanceof Stored first
            && other.answer instanceof Stored later
            && !later.repeated()
            && one.attempt.end < other.attempt.begin) {
          check(first.seq() < later.seq(), "answered before, and behind: " + one + other);
        }
      }
    }
  }
}
