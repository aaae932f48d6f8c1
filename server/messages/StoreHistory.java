package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import server.messages.Appended.Refused;
import server.messages.Appended.Stored;

/// What many threads did to one conversation and what each was told; judges whether some order of
/// doing it one by one explains all of it.
///
/// The order is given away by the answers: by the version of the members under which each draft was
/// judged, and by its seq. Thread-safe until it judges.
final class StoreHistory {
  private static final AtomicLong CLOCK =
      new AtomicLong(); // orders what one thread sees of another

  /// @param lowVersion of the members, at least, when the append began; `highVersion` at most, when
  ///   it ended
  private record Told(
      Draft draft,
      int place,
      Appended answer,
      long begin,
      long end,
      long lowVersion,
      long highVersion) {
    boolean isNew() {
      return answer instanceof Stored stored && !stored.repeated();
    }

    long seq() {
      return ((Stored) answer).seq();
    }
  }

  private final UUID conversation;
  private final ReentrantLock changing = new ReentrantLock();
  private final Map<Long, Set<UUID>> members = new ConcurrentHashMap<>(); // by version
  private volatile long begunVersion;
  private volatile long answeredVersion;
  private final ConcurrentLinkedQueue<Told> told = new ConcurrentLinkedQueue<>();

  /// @param version of the members now
  StoreHistory(UUID conversation, Set<UUID> users, long version) {
    this.conversation = conversation;
    members.put(version, Set.copyOf(users));
    begunVersion = version;
    answeredVersion = version;
  }

  /// Changes who is a member; one change at a time, so that the order of the versions is known.
  ///
  /// @param change is told whether the user is a member, and makes it the other
  void toggle(UUID user, Consumer<Boolean> change) {
    changing.lock();
    try {
      Set<UUID> next = new HashSet<>(members.get(answeredVersion));
      boolean wasMember = !next.add(user);
      if (wasMember) {
        next.remove(user);
      }
      members.put(answeredVersion + 1, next);
      begunVersion = answeredVersion + 1;
      change.accept(wasMember);
      answeredVersion = begunVersion;
    } finally {
      changing.unlock();
    }
  }

  /// Where an append begins to be seen.
  record Begin(long at, long version) {}

  Begin begin() {
    return new Begin(CLOCK.incrementAndGet(), answeredVersion);
  }

  void answered(Draft draft, int place, Appended answer, Begin begin) {
    told.add(
        new Told(
            draft, place, answer, begin.at, CLOCK.incrementAndGet(), begin.version, begunVersion));
  }

  /// Compares what was told with what is stored now.
  void judge(List<Message> log) {
    assertEquals(
        LongStream.rangeClosed(1, log.size()).boxed().toList(),
        log.stream().map(Message::seq).toList());
    Map<Long, Told> bySeq = new HashMap<>();
    for (Told each : told) {
      if (each.isNew()) {
        assertNull(bySeq.put(each.seq(), each), () -> "two were told seq " + each.seq());
      }
    }
    assertEquals(log.size(), bySeq.size(), "every message was told to the one who sent it first");
    for (Told each : told) {
      switch (each.answer) {
        case Stored stored -> judgeStored(each, stored, log);
        case Refused refused -> judgeRefused(each, refused);
      }
    }
    judgeOrder(bySeq, log.size());
  }

  private void judgeStored(Told each, Stored stored, List<Message> log) {
    Message message = log.get((int) stored.seq() - 1);
    assertEquals(
        each.draft.key(),
        new Draft.Key(conversation, message.senderDeviceId(), message.clientMessageId()));
    assertEquals(stored.sentAt(), message.sentAt());
    assertTrue(
        each.lowVersion <= stored.membersVersion() && stored.membersVersion() <= each.highVersion,
        () -> "judged under members it cannot have met: " + each);
    if (!stored.repeated()) {
      assertTrue(Arrays.equals(each.draft.content(), message.content()), "another's content");
      assertEquals(each.draft.replyToSeq(), message.replyToSeq());
      assertTrue(each.draft.replyToSeq() < stored.seq(), () -> "a reply to a later one: " + each);
      assertTrue(
          members.get(stored.membersVersion()).contains(each.draft.senderUserId()),
          () -> "stored though its sender was not a member: " + each);
    }
  }

  private void judgeRefused(Told each, Refused refused) {
    for (Told other : told) {
      if (other.end < each.begin && other.answer instanceof Stored stored) {
        assertTrue(
            !other.draft.key().equals(each.draft.key()),
            () -> "refused though stored before: " + each + " after " + other);
        assertTrue(
            refused != Refused.UNKNOWN_REPLY || stored.seq() < each.draft.replyToSeq(),
            () -> "what it replies to was there: " + each + " after " + other);
      }
    }
    assertTrue(
        refused != Refused.NOT_A_MEMBER
            || LongStream.rangeClosed(each.lowVersion, each.highVersion)
                .anyMatch(v -> !members.get(v).contains(each.draft.senderUserId())),
        () -> "refused though a member all the time: " + each);
  }

  private static void judgeOrder(Map<Long, Told> bySeq, int count) {
    List<Told> inOrder = new ArrayList<>();
    for (long seq = 1; seq <= count; seq++) {
      inOrder.add(bySeq.get(seq));
    }
    for (int later = 1; later < count; later++) {
      Told there = inOrder.get(later);
      for (int earlier = 0; earlier < later; earlier++) {
        Told here = inOrder.get(earlier);
        assertTrue(there.end > here.begin, () -> there + " was answered before " + here + " began");
        assertTrue(
            there.begin != here.begin || there.place > here.place,
            () -> "out of their batch's order: " + here + " " + there);
        assertTrue(
            ((Stored) there.answer).membersVersion() >= ((Stored) here.answer).membersVersion(),
            () -> "judged under older members than one before it: " + here + " " + there);
      }
    }
  }
}
