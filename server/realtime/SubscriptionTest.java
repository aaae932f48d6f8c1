package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.conversations.Membership;
import server.conversations.Role;

final class SubscriptionTest {
  private final Subscription subscription = new Subscription(null, null);

  @Test
  void nothingIsBehindAnUnplacedOne() {
    assertFalse(subscription.placed());
    assertTrue(subscription.position >= Long.MAX_VALUE);
  }

  @Test
  void acknowledgingFreesWhatItCoversAndNeverMoreThanWasSent() {
    send(1, 10);
    assertEquals(4, subscription.acknowledged(4));
    assertEquals(0, subscription.acknowledged(4));
    assertEquals(0, subscription.acknowledged(2));
    assertEquals(6, subscription.acknowledged(100));
    assertEquals(0, subscription.acknowledged(100));
    assertEquals(0, subscription.unacknowledged);
  }

  @Test
  void ownMessagesInBetweenAreNeverCountedAsRoom() {
    send(1, 3);
    send(8, 10); // 4 to 7 are the device's own, and were not sent
    assertEquals(0, subscription.acknowledged(3)); // 6 are out, at most 7 are above 3
    assertEquals(4, subscription.acknowledged(8));
    assertEquals(2, subscription.acknowledged(10));
  }

  @Test
  void whoComesBackStartsWhereItCameBackAndWhoLeavesEnds() {
    place(3, 0);
    subscription.follow(member(0, 7));
    assertFalse(subscription.active());
    assertEquals(7, subscription.end);
    subscription.follow(member(12, Membership.STILL_IN));
    assertTrue(subscription.active());
    assertEquals(12, subscription.position);
    subscription.follow(member(20, 25)); // left, came back and left again before we asked
    assertFalse(subscription.active());
    assertEquals(20, subscription.position);
    assertEquals(25, subscription.end);
  }

  @Test
  void whoIsKnownToHaveLeftIsNoMemberBeforeItsEndIsKnown() {
    place(3, 0);
    subscription.leaving = true;
    assertFalse(subscription.active());
    subscription.follow(member(0, Membership.STILL_IN)); // and has come back meanwhile
    assertTrue(subscription.active());
  }

  @Test
  void aRereadMembershipMovesNothing() {
    place(3, 5); // it asked for what is below its start, and got a position there
    subscription.follow(member(5, Membership.STILL_IN));
    assertEquals(3, subscription.position);
    var unplaced = new Subscription(null, null);
    unplaced.follow(member(9, Membership.STILL_IN));
    assertFalse(unplaced.placed());
  }

  private void place(long position, long start) {
    subscription.position = position;
    subscription.start = start;
  }

  private void send(long first, long last) {
    for (long seq = first; seq <= last; seq++) {
      subscription.sent(seq);
    }
  }

  private static Membership member(long start, long left) {
    return new Membership(new UUID(1, 1), new UUID(1, 2), Role.MEMBER, start, left);
  }
}
