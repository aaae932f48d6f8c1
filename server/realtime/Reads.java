package server.realtime;

import static java.util.stream.Collectors.toMap;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.messages.Cursor;
import server.messages.Message;
import server.messages.MessageStore;
import server.messages.MessageStore.Seat;
import server.messages.MessageStore.Span;

/// What sockets ask of the databases. After an outage every conversation and every socket asks:
/// what a resume needs is asked for many at once ([Gathering]), and no more than a few of the other
/// queries run at once; without a bound they would take all connections, and requests and each
/// other would time out waiting for one. Who waits is served in turn. Thread-safe; called on
/// virtual threads.
final class Reads {
  private static final int AT_ONCE = 8; // half of a node's connections for requests

  /// Messages of one conversation, when few are asked for: of the largest contents, 6 MB.
  static final int PAGE_MESSAGES = 100;

  private static final int MAX_USERS = 500; // in one query
  private static final int MAX_CONVERSATIONS = 2_000;
  private static final int MAX_SPANS = 500;
  private static final int MAX_MESSAGES = 2_000; // of one query for many conversations

  private static final long COMPLAIN_EVERY_NANOS =
      1_000_000_000; // when a database is away, all fail
  private static final Logger log = LoggerFactory.getLogger(Reads.class);

  private final Semaphore permits = new Semaphore(AT_ONCE, true);
  private final AtomicLong complainedAt = new AtomicLong(System.nanoTime() - COMPLAIN_EVERY_NANOS);
  private final Gathering<UUID, List<Membership>> memberships;
  private final Gathering<UUID, Long> heads;
  private final Gathering<Seat, List<Cursor>> cursors;
  private final Gathering<Span, List<Message>> messages;

  /// @param threads runs queries, on virtual threads
  Reads(MessageStore store, Memberships memberships, Executor threads) {
    this.memberships =
        new Gathering<>(threads, MAX_USERS, users -> take(() -> memberships.ofUsers(users)));
    this.heads = new Gathering<>(threads, MAX_CONVERSATIONS, ids -> take(() -> store.heads(ids)));
    this.cursors =
        new Gathering<>(threads, MAX_CONVERSATIONS, seats -> take(() -> store.cursors(seats)));
    this.messages =
        new Gathering<>(
            threads,
            MAX_SPANS,
            spans ->
                take(() ->
                    store.readForward(
                        spans, Math.min(PAGE_MESSAGES, MAX_MESSAGES / spans.size()))));
  }

  /// All memberships of a user, present and former.
  List<Membership> membershipsOf(UUID user) {
    return memberships.one(user);
  }

  /// The last seq of each conversation, and of others.
  Map<UUID, Long> heads(Collection<UUID> conversations) {
    return heads.all(conversations);
  }

  /// The cursors of a user's devices, by conversation.
  Map<UUID, List<Cursor>> cursors(UUID user, Collection<UUID> conversations) {
    List<Seat> seats = conversations.stream().map(id -> new Seat(id, user)).toList();
    Map<Seat, List<Cursor>> found = cursors.all(seats);
    return seats.stream().collect(toMap(Seat::conversationId, found::get));
  }

  /// The first messages of a span, ascending, at most [#PAGE_MESSAGES]; some, if it has any.
  List<Message> messages(Span span) {
    return messages.one(span);
  }

  /// Runs a query when it is its turn. Queries are not to be nested.
  <T> T take(Supplier<T> query) {
    permits.acquireUninterruptibly();
    try {
      return query.get();
    } finally {
      permits.release();
    }
  }

  /// Notes that a query failed and is tried again: one line a second in the log.
  void failed(RuntimeException e) {
    long last = complainedAt.get();
    long now = System.nanoTime();
    if (now - last >= COMPLAIN_EVERY_NANOS && complainedAt.compareAndSet(last, now)) {
      log.warn("messages for sockets wait, trying again: {}", e.toString());
    }
  }
}
