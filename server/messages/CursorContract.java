package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.testing.Concurrently;
import server.testing.TestApi.User;

/// What [MessageStore] promises of cursors and receipts.
interface CursorContract extends StoreHarness {
  private static Acknowledgement ack(UUID group, User user, long delivered, long read) {
    return new Acknowledgement(group, user.userId(), user.deviceId(), delivered, read);
  }

  private static Cursor cursor(UUID group, User user, long delivered, long read) {
    return new Cursor(group, user.userId(), user.deviceId(), delivered, read);
  }

  private List<Advance> acknowledge(UUID group, User user, long delivered, long read) {
    return store().acknowledge(List.of(ack(group, user, delivered, read)));
  }

  private List<Cursor> cursors(User user, UUID... groups) {
    return store().cursorsOfUser(user.userId(), List.of(groups));
  }

  @Test
  default void acknowledgingRaisesTheCursorAndTellsWhereItStood() {
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 9);
    assertEquals(
        List.of(new Advance(cursor(group, ann, 3, 0), 0, 0)), acknowledge(group, ann, 3, 0));
    assertEquals(
        List.of(new Advance(cursor(group, ann, 7, 2), 3, 0)), acknowledge(group, ann, 7, 2));
    assertEquals(
        List.of(new Advance(cursor(group, ann, 7, 7), 7, 2)), acknowledge(group, ann, 7, 7));
    assertEquals(List.of(cursor(group, ann, 7, 7)), cursors(ann, group));
  }

  @Test
  default void aCursorNeverFallsAndWhatDidNotRiseIsNotTold() {
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 9);
    acknowledge(group, ann, 6, 4);
    assertEquals(List.of(), acknowledge(group, ann, 6, 4));
    assertEquals(List.of(), acknowledge(group, ann, 2, 1));
    assertEquals(List.of(cursor(group, ann, 6, 4)), cursors(ann, group));
    // One part rises, the other would fall.
    assertEquals(
        List.of(new Advance(cursor(group, ann, 8, 4), 6, 4)), acknowledge(group, ann, 8, 0));
    assertEquals(
        List.of(new Advance(cursor(group, ann, 8, 5), 8, 4)), acknowledge(group, ann, 5, 5));
    assertEquals(List.of(cursor(group, ann, 8, 5)), cursors(ann, group));
  }

  @Test
  default void manyCursorsRiseInOneCall() {
    User ann = user();
    User annsOther = ann.otherDevice();
    User ben = user();
    UUID one = group(ann, ben);
    UUID other = group(ann, ben);
    acknowledge(one, ben, 5, 5);
    List<Advance> risen =
        store()
            .acknowledge(
                List.of(
                    ack(one, ann, 1, 0),
                    ack(one, annsOther, 2, 2),
                    ack(one, ben, 4, 4), // did not rise
                    ack(other, ann, 3, 1),
                    ack(other, ben, 6, 0)));
    assertEquals(
        Set.of(
            new Advance(cursor(one, ann, 1, 0), 0, 0),
            new Advance(cursor(one, annsOther, 2, 2), 0, 0),
            new Advance(cursor(other, ann, 3, 1), 0, 0),
            new Advance(cursor(other, ben, 6, 0), 0, 0)),
        Set.copyOf(risen));
    assertEquals(4, risen.size());
    assertEquals(List.of(), store().acknowledge(List.of()));
  }

  @Test
  default void cursorsOfAUserAreThoseOfItsDevicesInTheConversationsNamed() {
    User ann = user();
    User annsOther = ann.otherDevice();
    User ben = user();
    UUID one = group(ann, ben);
    UUID other = group(ann, ben);
    UUID untouched = group(ann, ben);
    acknowledge(one, ann, 1, 1);
    acknowledge(one, annsOther, 2, 0);
    acknowledge(one, ben, 3, 0);
    acknowledge(other, ann, 4, 0);
    assertEquals(
        Set.of(cursor(one, ann, 1, 1), cursor(one, annsOther, 2, 0)),
        Set.copyOf(cursors(ann, one)));
    assertEquals(3, cursors(ann, one, other, untouched).size());
    assertEquals(List.of(), cursors(ann, untouched, UUID.randomUUID()));
    assertEquals(List.of(), cursors(ann));
  }

  @Test
  default void receiptsComePageByPageInOrderOfUserAndDeviceEachOnce() {
    User ann = user();
    UUID group = group(ann);
    List<User> devices = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      User user = user();
      devices.addAll(List.of(user, user.otherDevice(), user.otherDevice()));
    }
    Collections.shuffle(devices);
    List<Acknowledgement> all = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      all.add(ack(group, devices.get(i), i + 1, i));
    }
    store().acknowledge(all);
    acknowledge(group(ann), ann, 1, 0); // next to it
    List<Cursor> paged = new ArrayList<>();
    Cursor after = null;
    List<Receipt> page = store().receipts(group, after, 0, 4);
    while (!page.isEmpty() && paged.size() < 100) {
      page.forEach(receipt -> paged.add(receipt.cursor()));
      after = page.getLast().cursor();
      page = store().receipts(group, after, 0, 4);
    }
    List<Cursor> expected = new ArrayList<>();
    for (int i = 0; i < devices.size(); i++) {
      expected.add(cursor(group, devices.get(i), i + 1, i));
    }
    expected.sort( // as unsigned bytes, which their text form is too
        Comparator.comparing((Cursor c) -> c.userId().toString())
            .thenComparing(c -> c.deviceId().toString()));
    assertEquals(expected, paged);
  }

  @Test
  default void aReceiptTellsWhenAMessageWasReachedByTheFirstThatPassedIt() {
    User ann = user();
    UUID group = group(ann);
    fill(ann, group, 9);
    Instant begin = Instant.now().minusMillis(1); // the store's clock has finer steps than this
    acknowledge(group, ann, 3, 0);
    Instant afterThree = receipt(group, 3).deliveredAt();
    acknowledge(group, ann, 6, 2);
    acknowledge(group, ann, 6, 5);
    Receipt second = receipt(group, 2);
    assertEquals(cursor(group, ann, 6, 5), second.cursor());
    assertEquals(afterThree, second.deliveredAt());
    Instant readTwo = second.readAt();
    assertFalse(afterThree.isBefore(begin) || readTwo.isBefore(afterThree), second::toString);
    Receipt fifth = receipt(group, 5);
    assertEquals(readTwo, fifth.deliveredAt()); // the same acknowledgement delivered 6 and read 2
    assertTrue(fifth.readAt().isAfter(readTwo), fifth::toString);
    Receipt sixth = receipt(group, 6);
    assertNotNull(sixth.deliveredAt());
    assertNull(sixth.readAt());
    Receipt seventh = receipt(group, 7);
    assertNull(seventh.deliveredAt());
    assertNull(seventh.readAt());
    Receipt none = receipt(group, 0);
    assertNull(none.deliveredAt());
    assertNull(none.readAt());
  }

  private Receipt receipt(UUID group, long atSeq) {
    List<Receipt> receipts = store().receipts(group, null, atSeq, 10);
    assertEquals(1, receipts.size());
    return receipts.getFirst();
  }

  @Test
  default void aNewDeviceStartsAtThePresentHeads() {
    User ann = user();
    User ben = user();
    UUID empty = group(ann, ben);
    UUID three = group(ann, ben);
    UUID notNamed = group(ann, ben);
    fill(ann, three, 3);
    fill(ann, notNamed, 3);
    store().startDevice(ben.userId(), ben.deviceId(), List.of(empty, three, UUID.randomUUID()));
    assertEquals(List.of(cursor(three, ben, 3, 0)), cursors(ben, empty, three, notNamed));
    fill(ann, three, 1);
    store().startDevice(ben.userId(), ben.deviceId(), List.of(three)); // known: it stays
    assertEquals(List.of(cursor(three, ben, 3, 0)), cursors(ben, three));
    store().startDevice(ann.userId(), ann.deviceId(), List.of());
    assertEquals(List.of(), cursors(ann, three));
  }

  @Test
  default void twoNodesRaiseTheSameCursorsAndTheHighestStays() throws Exception {
    User ann = user();
    List<User> devices = List.of(ann, ann.otherDevice(), user(), user());
    List<UUID> groups = List.of(group(ann), group(ann), group(ann));
    int calls = 40;
    Concurrently.run(
        calls,
        number -> {
          List<Acknowledgement> batch = new ArrayList<>();
          for (UUID group : groups) {
            for (User device : devices) {
              batch.add(ack(group, device, 100 + number, number));
            }
          }
          if (number % 2 == 0) { // against each other
            Collections.reverse(batch);
          }
          return (number % 3 == 0 ? store() : otherNode()).acknowledge(batch);
        });
    for (UUID group : groups) {
      for (User device : devices) {
        List<Cursor> found = new ArrayList<>(cursors(device, group));
        found.removeIf(c -> !c.deviceId().equals(device.deviceId()));
        assertEquals(List.of(cursor(group, device, 99 + calls, calls - 1)), found);
      }
    }
  }
}
