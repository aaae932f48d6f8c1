package server.realtime;

import server.conversations.Membership;

/// One socket's place in one conversation. All fields are guarded by the hub's lock.
///
/// *Unplaced*, until the socket has resumed: nothing is sent. *Live*: everything up to the hub's
/// top was handed to the socket, and the next message is pushed. Otherwise *behind*: the socket's
/// pump pulls from `position` on, and makes it live again when it has reached the top. Only the hub
/// moves a live subscription, only the pump one that is behind.
final class Subscription {
  private static final long UNPLACED = Long.MAX_VALUE; // above every seq: nothing is behind it

  final ClientSocket socket;
  final Hub hub;

  /// The last seq handed to the socket, or left out because it is the device's own.
  long position = UNPLACED;

  /// Where delivery to this member starts; above it once it comes back after it had left.
  long start;

  /// The last seq this user may get; below the conversation's end once it has left.
  long end = Membership.STILL_IN;

  /// Its user is no member any more, and `end` is not known yet.
  boolean leaving;

  /// Up to here a resume's backlog reaches, own messages included; above it they are left out.
  long backlogTo;

  boolean live;

  /// Stands in the socket's queue of those behind, or is about to.
  boolean queued;

  /// The last seq really sent, and how many frames of this conversation are unacknowledged.
  long lastSent;

  int unacknowledged;

  Subscription(ClientSocket socket, Hub hub) {
    this.socket = socket;
    this.hub = hub;
  }

  /// Whether delivery has a position yet.
  boolean placed() {
    return position != UNPLACED;
  }

  /// Whether its user is a member now, as far as the hub knows.
  boolean active() {
    return end == Membership.STILL_IN && !leaving;
  }

  /// The same, for callers without the lock.
  boolean activeNow() {
    hub.lock.lock();
    try {
      return active();
    } finally {
      hub.lock.unlock();
    }
  }

  /// Takes over what became of its user's membership.
  void follow(Membership membership) {
    end = membership.leftSeq();
    leaving = false;
    if (placed() && membership.startSeq() > start) {
      // It had left and came back (and left again, it may be): what was said before is history.
      start = membership.startSeq();
      position = Math.max(position, start);
    }
  }

  /// A seq that exists and that this user may read; -1 when none is known. Takes the lock.
  long readable() {
    hub.lock.lock();
    try {
      return Math.min(hub.head(), end);
    } finally {
      hub.lock.unlock();
    }
  }

  /// Counts a frame that goes out.
  void sent(long seq) {
    position = seq;
    lastSent = seq;
    unacknowledged++;
  }

  /// Takes a cumulative acknowledgement.
  ///
  /// @return how many frames it frees. An upper bound is kept where own messages, which are not
  ///   sent, lie in between; it becomes exact when everything is acknowledged.
  int acknowledged(long seq) {
    int left = seq >= lastSent ? 0 : (int) Math.min(unacknowledged, lastSent - seq);
    int freed = unacknowledged - left;
    unacknowledged = left;
    return freed;
  }
}
