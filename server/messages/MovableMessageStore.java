package server.messages;

import fixtures.urls.CqlUrl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import migrate.move.messages.Place;
import migrate.move.messages.Places;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.cql.CqlMessageStore;

/// Messages in PostgreSQL, in CQL, or some in each while they are being moved. Everything goes
/// where the conversation's log is.
/// - **Appends** need no care: both stores judge a draft by the place that the conversation's row
///   says, under a lock or a fence, and answer [Appended.Refused#ELSEWHERE]; then it goes to the
///   other one. A node that missed every word of the mover can't write to the wrong store.
/// - **Reads** are served from home while nothing moves. During a move the place is asked for
///   first, so what was answered before a read began is seen by it. What is in the new store once
///   stays there until nodes are told that it goes back, so that needs no second question.
/// - **Cursors** are raised where the log is, and when it went elsewhere meanwhile, there too. They
///   only grow, so the mover may copy what came late.
///
/// Thread-safe; blocks.
public final class MovableMessageStore implements MessageStore {
  /// A log goes elsewhere once in a move; more than some in a row means that two movers fight.
  private static final int MAX_ROUNDS = 10;

  private static final long ROUND_PAUSE_NANOS = 5_000_000;
  private static final Logger log = LoggerFactory.getLogger(MovableMessageStore.class);

  /// Where everything is, or where most things are.
  ///
  /// @param home of all conversations, unless they are moving
  /// @param moving whether their places have to be asked for
  /// @param cql null while this node knows of none
  private record State(Place home, boolean moving, CqlMessageStore cql) {}

  private final PostgresMessageStore postgres;
  private final DSLContext dsl;
  private final Function<CqlUrl, CqlMessageStore> opener;
  private volatile State state; // written under this
  private volatile KnownPlaces known;
  private volatile ShadowReads shadow; // null while nothing moves
  private Runnable settling = () -> {}; // guarded by this

  /// @param dsl PostgreSQL, for places
  /// @param cql where messages are, or null for PostgreSQL
  /// @param opener opens the store that messages go to when they move
  public MovableMessageStore(
      PostgresMessageStore postgres,
      DSLContext dsl,
      CqlMessageStore cql,
      Function<CqlUrl, CqlMessageStore> opener) {
    this.postgres = postgres;
    this.dsl = dsl;
    this.opener = opener;
    Place home = cql == null ? Place.POSTGRES : Place.CQL;
    this.state = new State(home, false, cql);
    this.known = new KnownPlaces(dsl, home, home.other());
  }

  /// From now on messages are in either store, on their way to `to`; both are open when this
  /// returns.
  ///
  /// @param url of the CQL database, used when this node has none open
  public synchronized void moving(Place to, CqlUrl url) {
    State now = state;
    CqlMessageStore cql = now.cql() == null ? opener.apply(url) : now.cql();
    known = new KnownPlaces(dsl, now.home(), to);
    shadow = shadow == null ? new ShadowReads(to == Place.CQL ? cql : postgres) : shadow;
    state = new State(now.home(), true, cql);
  }

  /// What was found so far by reading from both stores during this move.
  public String shadowed() {
    return String.valueOf(shadow);
  }

  /// From now on all messages are there.
  ///
  /// @param url of the CQL database, used when they are there and this node has none open
  public synchronized void settled(Place home, CqlUrl url) {
    CqlMessageStore cql = state.cql();
    shadow = null;
    state = new State(home, false, home == Place.CQL && cql == null ? opener.apply(url) : cql);
    settling.run();
  }

  /// Does something now and whenever all messages have come to another home; quickly.
  public synchronized void whenSettled(Runnable work) {
    settling = work;
    work.run();
  }

  public Place home() {
    return state.home();
  }

  /// The CQL store, if this node has it open.
  public Optional<CqlMessageStore> cql() {
    return Optional.ofNullable(state.cql());
  }

  /// Whether messages are in both stores.
  public boolean isMoving() {
    return state.moving();
  }

  private MessageStore at(Place place, State now) {
    if (place == Place.CQL && now.cql() == null) {
      throw new StoreUnavailable(
          new IllegalStateException("messages are in a CQL database that this node does not know"));
    }
    return place == Place.CQL ? now.cql() : postgres;
  }

  @Override
  public List<Appended> append(List<Draft> batch) {
    State now = state;
    if (!now.moving()) {
      List<Appended> answers = at(now.home(), now).append(batch);
      if (!answers.contains(Appended.Refused.ELSEWHERE)) {
        return answers;
      }
      strayed();
    }
    return appendWhereTheyAre(batch);
  }

  /// Not all is at home, though nobody has said so: a word was missed, or will come.
  private synchronized void strayed() {
    State now = state;
    if (!now.moving()) {
      log.warn(
          "messages are not all in {}: asked for from now on, until a mover tells", now.home());
      known = new KnownPlaces(dsl, now.home(), now.home());
      state = new State(now.home(), true, now.cql());
    }
  }

  /// The answers of drafts whose place was wrong are asked for again at the right one, in their
  /// order; a conversation's drafts are all at one place.
  private List<Appended> appendWhereTheyAre(List<Draft> batch) {
    Appended[] answers = new Appended[batch.size()];
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < batch.size(); i++) {
      open.add(i);
    }
    for (int round = 0; round < MAX_ROUNDS && !open.isEmpty(); round++) {
      if (round > 1) {
        LockSupport.parkNanos(round * ROUND_PAUSE_NANOS);
      }
      State now = state;
      KnownPlaces places = known;
      Map<UUID, Place> where =
          round == 0
              ? places.likely(open.stream().map(i -> batch.get(i).conversationId()).toList())
              : places.of(open.stream().map(i -> batch.get(i).conversationId()).toList());
      Map<Place, List<Integer>> parts = new LinkedHashMap<>();
      for (int i : open) {
        Place place = where.getOrDefault(batch.get(i).conversationId(), Place.POSTGRES);
        parts.computeIfAbsent(place, _ -> new ArrayList<>()).add(i);
      }
      List<Integer> left = new ArrayList<>();
      parts.forEach((place, some) -> {
        List<Appended> answered = at(place, now).append(some.stream().map(batch::get).toList());
        for (int i = 0; i < answered.size(); i++) {
          answers[some.get(i)] = answered.get(i);
          if (answered.get(i) == Appended.Refused.ELSEWHERE) {
            left.add(some.get(i));
          }
        }
      });
      left.sort(null);
      open = left;
    }
    if (!open.isEmpty()) {
      throw new StoreUnavailable(
          new IllegalStateException("messages of a conversation were elsewhere again and again"));
    }
    return List.of(Arrays.copyOf(answers, answers.length));
  }

  /// Asks each store for its part.
  private <K, A> Map<K, A> parts(
      Collection<K> asked,
      Function<K, UUID> conversation,
      BiFunction<MessageStore, List<K>, Map<K, A>> ask) {
    State now = state;
    if (asked.isEmpty()) {
      return Map.of();
    }
    if (!now.moving()) {
      return ask.apply(at(now.home(), now), List.copyOf(asked));
    }
    Map<UUID, Place> where = known.of(asked.stream().map(conversation).toList());
    Map<Place, List<K>> parts = new LinkedHashMap<>();
    for (K one : asked) {
      Place place = where.getOrDefault(conversation.apply(one), Place.POSTGRES);
      parts.computeIfAbsent(place, _ -> new ArrayList<>()).add(one);
    }
    Map<K, A> answers = new HashMap<>();
    parts.forEach((place, some) -> answers.putAll(ask.apply(at(place, now), some)));
    return answers;
  }

  private MessageStore of(UUID conversation) {
    State now = state;
    Place place =
        now.moving()
            ? known.of(List.of(conversation)).getOrDefault(conversation, Place.POSTGRES)
            : now.home();
    return at(place, now);
  }

  @Override
  public Map<Span, List<Message>> readForward(Collection<Span> spans, int each) {
    ShadowReads twice = shadow;
    return parts(
        spans,
        Span::conversationId,
        (store, some) -> {
          Map<Span, List<Message>> answers = store.readForward(some, each);
          if (twice != null) {
            twice.answered(store, answers);
          }
          return answers;
        });
  }

  @Override
  public List<Message> readBackward(UUID conversationId, long beforeSeq, int limit) {
    return of(conversationId).readBackward(conversationId, beforeSeq, limit);
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversationIds) {
    return parts(conversationIds, id -> id, MessageStore::heads);
  }

  @Override
  public int countOthers(UUID conversationId, UUID userId, long afterSeq, long toSeq, int cap) {
    return of(conversationId).countOthers(conversationId, userId, afterSeq, toSeq, cap);
  }

  @Override
  public Map<UUID, Integer> countOthers(UUID userId, Collection<Span> spans, int cap) {
    Map<UUID, Integer> counts = new HashMap<>();
    parts(
        spans,
        Span::conversationId,
        (store, some) -> {
          counts.putAll(store.countOthers(userId, some, cap));
          return Map.of();
        });
    return counts;
  }

  @Override
  public List<Advance> acknowledge(Collection<Acknowledgement> acknowledgements) {
    List<Advance> advances = new ArrayList<>();
    whereTheyStay(
        acknowledgements,
        Acknowledgement::conversationId,
        (store, some, first) -> {
          List<Advance> risen = store.acknowledge(some);
          if (first) {
            advances.addAll(risen);
          }
        });
    return advances;
  }

  private interface Raise<K> {
    void at(MessageStore store, List<K> some, boolean first);
  }

  /// Does it where the logs are, and again where they are afterwards if that is elsewhere.
  private <K> void whereTheyStay(
      Collection<K> asked, Function<K, UUID> conversation, Raise<K> raise) {
    State now = state;
    if (!now.moving()) {
      raise.at(at(now.home(), now), List.copyOf(asked), true);
      return;
    }
    List<K> left = List.copyOf(asked);
    Map<UUID, Place> where = known.of(left.stream().map(conversation).toList());
    for (int round = 0; round < MAX_ROUNDS && !left.isEmpty(); round++) {
      Map<Place, List<K>> parts = new LinkedHashMap<>();
      for (K one : left) {
        Place place = where.getOrDefault(conversation.apply(one), Place.POSTGRES);
        parts.computeIfAbsent(place, _ -> new ArrayList<>()).add(one);
      }
      boolean first = round == 0;
      parts.forEach((place, some) -> raise.at(at(place, now), some, first));
      Map<UUID, Place> before = where;
      Map<UUID, Place> after = known.of(left.stream().map(conversation).toList());
      left =
          left.stream()
              .filter(one -> {
                UUID id = conversation.apply(one);
                return after.get(id) != before.get(id);
              })
              .toList();
      where = after;
    }
  }

  @Override
  public Map<Seat, List<Cursor>> cursors(Collection<Seat> seats) {
    return parts(seats, Seat::conversationId, MessageStore::cursors);
  }

  @Override
  public List<Receipt> receipts(UUID conversationId, Cursor after, long atSeq, int limit) {
    return of(conversationId).receipts(conversationId, after, atSeq, limit);
  }

  @Override
  public void startDevice(UUID userId, UUID deviceId, Collection<UUID> conversationIds) {
    whereTheyStay(
        conversationIds, id -> id, (store, some, _) -> store.startDevice(userId, deviceId, some));
  }

  /// What puts a change of members in its place among the messages: see
  /// `server.conversations.ChangePoint`.
  ///
  /// @param transaction holds the conversation's row, so its messages stay where they are
  /// @param inPostgres the answer while they are in PostgreSQL
  public long lastSeq(
      DSLContext transaction, UUID conversationId, ToLongFunction<DSLContext> inPostgres) {
    State now = state;
    Place place =
        new Places(transaction)
            .of(List.of(conversationId), now.home())
            .getOrDefault(conversationId, Place.POSTGRES);
    if (place == Place.POSTGRES) {
      return inPostgres.applyAsLong(transaction);
    }
    return ((CqlMessageStore) at(place, now)).fence(conversationId);
  }

  @Override
  public synchronized void close() {
    postgres.close();
    if (state.cql() != null) {
      state.cql().close();
    }
  }
}
