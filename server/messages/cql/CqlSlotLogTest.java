package server.messages.cql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.messages.Message;
import server.testing.Concurrently;
import server.testing.TestCql;

/// The primitives that the commit protocol stands on, and which its explorer assumes, on a real
/// database; with segments of four positions.
class CqlSlotLogTest {
  private static final long SEGMENT = 4;

  private static CqlLink link;
  private static CqlSlotLog log;
  private static int slots;

  @BeforeAll
  static void connect() {
    link = CqlLink.open(TestCql.newKeyspace());
    log = new CqlSlotLog(link, SEGMENT);
  }

  @AfterAll
  static void close() {
    link.close();
  }

  private static Entry entry(String text) {
    var message =
        new Message(
            UUID.randomUUID(),
            1,
            UUID.randomUUID(),
            UUID.randomUUID(),
            UUID.randomUUID(),
            Instant.ofEpochMilli(1),
            0,
            null,
            text.getBytes());
    return new Entry(
        UUID.randomUUID(), UUID.randomUUID(), 1, List.of(message), List.of(UUID.randomUUID()));
  }

  /// A slot with entries at 1 to `last`.
  private static int filled(int last) {
    int slot = slots++;
    for (int position = 1; position <= last; position++) {
      assertInstanceOf(SlotLog.Added.class, log.append(slot, position, entry("" + position)));
    }
    return slot;
  }

  private static String texts(List<Entry> entries) {
    return String.join(
        " ", entries.stream().map(e -> new String(e.messages().getFirst().content())).toList());
  }

  @Test
  void positionsFollowOneAnotherAcrossSegmentsAndAreTakenOnce() {
    int slot = filled(9);
    for (long taken = 1; taken <= 9; taken++) {
      var outcome = assertInstanceOf(SlotLog.Taken.class, log.append(slot, taken, entry("no")));
      assertEquals(Math.min(9, taken / SEGMENT * SEGMENT + SEGMENT - 1), outcome.head());
    }
    assertEquals(9, log.head(slot, 0));
    assertEquals(9, log.head(slot, 9));
    assertEquals("2 3", texts(log.read(slot, 2, 9))); // to the end of the segment
    assertEquals("4 5 6", texts(log.read(slot, 4, 6)));
    assertEquals("8 9", texts(log.read(slot, 8, 9)));
    assertEquals(new SlotLog.Place(0, 0), log.place(slot));
  }

  @Test
  void anEntryIsReadAsItWasAppended() {
    int slot = slots++;
    Entry sent = entry("สวัสดี");
    log.append(slot, 1, sent);
    Entry read = log.read(slot, 1, 1).getFirst();
    assertEquals(sent.id(), read.id());
    assertEquals(sent.writer(), read.writer());
    assertEquals(sent.writtenAtMicros(), read.writtenAtMicros());
    assertEquals(sent.fences(), read.fences());
    assertEquals(
        sent.messages().getFirst().conversationId(), read.messages().getFirst().conversationId());
    assertEquals(texts(List.of(sent)), texts(List.of(read)));
  }

  @Test
  void whoSleptThroughATrimFindsItsPlaceTakenAndLearnsWhereToGoOn() {
    int slot = filled(10);
    log.noteApplied(slot, 10);
    log.trim(slot, 1, 7);
    assertEquals(new SlotLog.Place(10, 7), log.place(slot));
    for (long taken : new long[] {1, 2, 3, 4, 7}) {
      assertInstanceOf(SlotLog.Taken.class, log.append(slot, taken, entry("late")));
      assertEquals(List.of(), log.read(slot, taken, taken));
    }
    assertEquals(10, log.head(slot, 1));
    assertEquals("8 9 10", texts(log.read(slot, 8, 10)));
  }

  @Test
  void notesOfProgressNeverGoBack() {
    int slot = slots++;
    log.noteApplied(slot, 20);
    log.noteApplied(slot, 5);
    assertEquals(20, log.place(slot).applied());
  }

  @Test
  void ofManyAtOnceOneGetsThePlace() throws Exception {
    int slot = filled(3);
    List<SlotLog.Outcome> outcomes =
        Concurrently.run(8, number -> log.append(slot, 4, entry("rival " + number)));
    long added = outcomes.stream().filter(SlotLog.Added.class::isInstance).count();
    long unknown = outcomes.stream().filter(SlotLog.Unknown.class::isInstance).count();
    assertEquals(4, log.head(slot, 3));
    assertEquals(1, log.read(slot, 4, 4).size());
    assertEquals(1, Math.clamp(added, 1 - unknown, 1), outcomes::toString);
  }

  /// Of somebody who appends again whenever others read what he appended.
  private static SlotLog busy() {
    return new PassingLog(log) {
      @Override
      public List<Entry> read(int slot, long from, long to) {
        append(slot, head(slot, to) + 1, entry("faster"));
        return super.read(slot, from, to);
      }
    };
  }

  @Test
  void aFenceFindsItsPlaceBesideSomebodyWhoAppendsWithoutAPause() {
    int slot = filled(3);
    Entry last = entry("4");
    log.append(slot, 4, last);
    var ground =
        new Ground(
            busy(),
            new CqlRows(link),
            _ -> Map.of(),
            InstantSource.system(),
            _ -> {},
            ReentrantLock::new);
    UUID conversation = last.messages().getFirst().conversationId();
    var heads = new Slot(slot, UUID.randomUUID(), ground).fence(Set.of(conversation));
    assertEquals(Map.of(conversation, 1L), heads); // what is before it has been applied
  }
}
