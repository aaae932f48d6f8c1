package migrate.move.messages;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

/// One of the two stores of a move: plain reads, and writes that may be repeated, in any order, at
/// any time. Implemented beside each store.
///
/// A message never changes, so one that is written again, however late, changes nothing; a head or
/// a cursor only grows. Thread-safe; blocks. A database that does not answer shows as an unchecked
/// exception of its driver or of the server's store.
public interface MessageSide extends AutoCloseable {
  Place place();

  /// Where a log ends, or up to where this store has all of it.
  ///
  /// @param at when that message was sent
  record Head(long seq, Instant at) {}

  /// The heads; a conversation without messages is left out.
  Map<UUID, Long> heads(Collection<UUID> conversations);

  /// Reads parts of logs, those of one conversation in order of seq.
  ///
  /// @param to is given each message, on the calling thread
  void read(List<Span> spans, Consumer<StoredMessage> to);

  /// Writes messages with what makes a retry find them. Durable when it returns.
  void write(List<StoredMessage> messages);

  /// Writes messages over whatever is there in their place.
  void overwrite(List<StoredMessage> messages);

  /// Says that all messages up to these are here. Never lowers a head.
  void complete(Map<UUID, Head> heads);

  List<StoredCursor> cursors(Collection<UUID> conversations);

  /// Raises cursors to these; none falls.
  void raise(List<StoredCursor> cursors);

  /// @param since leaves out what was reached before
  List<StoredReceipt> receipts(Collection<UUID> conversations, Instant since);

  void log(List<StoredReceipt> receipts);

  /// What a retry of each of these messages is answered; those that it would not find are left out.
  ///
  /// @return by the place of the message in the list
  Map<Integer, Head> answers(List<StoredMessage> messages);

  /// Lets nothing that was judged before be stored after this: called while the caller holds the
  /// conversations' rows in PostgreSQL.
  ///
  /// @return the last seq of each of them at that place; 0 for none
  Map<UUID, Long> fence(Collection<UUID> conversations);

  /// How long one small read takes now: milliseconds.
  double probe();

  @Override
  void close();
}
