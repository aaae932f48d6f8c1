package server.messages.relay;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import server.messages.Appended;
import server.messages.Appends;
import server.messages.Draft;

/// Appends by way of a [Relay] while messages are where nodes had better divide the writing, else
/// straight into the store. Thread-safe: whoever appends meanwhile takes the one way or the other,
/// and both are right.
public final class Sharing implements Appends, AutoCloseable {
  private final Appends store;
  private volatile Relay relay; // null: everybody writes all; exchanged under this
  private long relayedBefore; // by relays that are gone, as the next; guarded by this
  private long passedOverBefore;
  private boolean closed; // guarded by this

  /// @param store where drafts end up
  public Sharing(Appends store) {
    this.store = store;
  }

  /// From now on the writing is divided as this one does it, or not at all; one that is there
  /// stays. Nobody else closes it.
  ///
  /// @param opened opens it; empty for not at all
  public synchronized void by(Optional<Supplier<Relay>> opened) {
    Relay now = relay;
    if (opened.isEmpty() && now != null) {
      relay = null;
      relayedBefore += now.relayed();
      passedOverBefore += now.passedOver();
      now.close();
    } else if (opened.isPresent() && now == null && !closed) {
      relay = opened.get().get();
    }
  }

  @Override
  public List<Appended> append(List<Draft> batch) {
    Relay now = relay;
    return now == null ? store.append(batch) : now.append(batch);
  }

  /// As [Relay#nodes]; 0 while nothing is divided.
  public int nodes() {
    Relay now = relay;
    return now == null ? 0 : now.nodes();
  }

  /// As [Relay#relayed], of all there were.
  public synchronized long relayed() {
    return relayedBefore + (relay == null ? 0 : relay.relayed());
  }

  /// As [Relay#passedOver], of all there were.
  public synchronized long passedOver() {
    return passedOverBefore + (relay == null ? 0 : relay.passedOver());
  }

  @Override
  public synchronized void close() {
    closed = true;
    by(Optional.empty());
  }
}
