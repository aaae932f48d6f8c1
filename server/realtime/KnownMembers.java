package server.realtime;

import server.conversations.Memberships;

/// How far a hub's knowledge of its members goes. Not thread-safe: guarded by the hub's lock.
final class KnownMembers {
  private long version; // what the subscriptions follow; 0: never asked
  private long heard; // the highest version heard of
  private boolean due = true; // to be asked for, whatever the version
  private int count;

  /// The version that the subscriptions follow.
  long version() {
    return version;
  }

  /// Whether to ask who the members are before anything is handed on.
  boolean stale() {
    return due || heard > version;
  }

  /// How many there are, -1 when that may have changed or was never asked.
  int count() {
    return stale() ? -1 : count;
  }

  /// There is this version.
  void heard(long of) {
    heard = Math.max(heard, of);
  }

  /// They may have changed.
  void unknown() {
    due = true;
  }

  /// They are about to be asked for.
  ///
  /// @return to be given to [#are]
  long asking() {
    due = false;
    return heard;
  }

  /// The answer. What was heard before asking is no news any more, whatever version it told: the
  /// database may have lost it.
  void are(Memberships.Members now, long heardBefore) {
    version = now.version();
    count = now.userIds().size();
    if (heard == heardBefore) {
      heard = version;
    }
  }
}
