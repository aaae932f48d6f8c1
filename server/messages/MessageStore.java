package server.messages;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Where messages, idempotency records, cursors and receipts live. PostgreSQL and CQL implement it
/// and pass the same contract tests.
///
/// All methods block and are called from virtual threads or a committer's own thread; all are
/// thread-safe. A database that does not answer shows as [StoreUnavailable]; for [#append] that
/// means *unknown*. Who may read what is decided by the caller; only [#append] checks membership,
/// because only there it must hold at the moment of the commit.
public interface MessageStore extends Appends, AutoCloseable {
  /// A part of a conversation's log: `afterSeq < seq <= toSeq`.
  record Span(UUID conversationId, long afterSeq, long toSeq) {}

  /// The first messages of each span, ascending, at most `each` of each; each has an entry. Never
  /// beyond a missing seq.
  Map<Span, List<Message>> readForward(Collection<Span> spans, int each);

  /// The same for one: messages with `afterSeq < seq <= toSeq`.
  default List<Message> readForward(UUID conversationId, long afterSeq, long toSeq, int limit) {
    var span = new Span(conversationId, afterSeq, toSeq);
    return readForward(List.of(span), limit).get(span);
  }

  /// The last `limit` messages with `seq < beforeSeq`, ascending.
  List<Message> readBackward(UUID conversationId, long beforeSeq, int limit);

  /// The `last_seq` of each conversation; one that does not exist is left out.
  Map<UUID, Long> heads(Collection<UUID> conversationIds);

  /// How many of others' messages stand in `afterSeq < seq <= toSeq`, counting at most `cap`.
  int countOthers(UUID conversationId, UUID userId, long afterSeq, long toSeq, int cap);

  /// The same for many conversations at once; each of them has an entry.
  ///
  /// @param spans no conversation twice
  Map<UUID, Integer> countOthers(UUID userId, Collection<Span> spans, int cap);

  /// Raises cursors and logs when each was reached, in one write for all. What did not rise is left
  /// out of the answer. At most one per (conversation, device) in one call.
  List<Advance> acknowledge(Collection<Acknowledgement> acknowledgements);

  /// A user's place in a conversation.
  record Seat(UUID conversationId, UUID userId) {}

  /// The cursors of users' devices; each seat has an entry, devices without one are left out.
  Map<Seat, List<Cursor>> cursors(Collection<Seat> seats);

  /// The cursors of one user's devices in the given conversations; those without one are left out.
  default List<Cursor> cursorsOfUser(UUID userId, Collection<UUID> conversationIds) {
    var seats = conversationIds.stream().distinct().map(id -> new Seat(id, userId)).toList();
    return cursors(seats).values().stream().flatMap(List::stream).toList();
  }

  /// A page of a conversation's cursors in order of (user, device), after the given one.
  ///
  /// @param after the last cursor of the page before, or null for the first page
  /// @param atSeq also tell when this message was delivered and read there; 0 for not
  List<Receipt> receipts(UUID conversationId, Cursor after, long atSeq, int limit);

  /// Makes delivery to a new device start at the present heads of these conversations.
  void startDevice(UUID userId, UUID deviceId, Collection<UUID> conversationIds);

  @Override
  void close();
}
