package server.operations;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;
import migrate.move.messages.Place;
import migrate.schema.Runner;
import migrate.schema.Schema;
import migrate.schema.SchemaState;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.ChangePoint;
import server.following.Gate;
import server.following.MovablePool;
import server.messages.CoalescingAcknowledgements;
import server.messages.MessageMoves;
import server.messages.MovableMessageStore;
import server.messages.PostgresMessageStore;
import server.messages.cql.CqlMessageStore;

/// Where a node's messages live, and what depends on it: how many batches may be under way, what
/// puts a change of members in its place among the messages, which databases have to be there.
///
/// @param appends connections that requests do not use up
/// @param moves has the store follow the words of movers
record Storage(
    MovableMessageStore store, ChangePoint changePoint, MovablePool appends, MessageMoves moves)
    implements AutoCloseable {
  /// What suits the store that messages are in.
  ///
  /// @param committers how many batches may be under way
  /// @param acknowledgementPause between two writes of cursors
  /// @param shares how nodes divide the writing; empty where they don't compete
  record Way(int committers, Duration acknowledgementPause, Optional<Shares> shares) {}

  /// Which conversations one node had better write alone.
  ///
  /// @param place tells the nodes of this database from those of others
  record Shares(UUID place, ToIntFunction<UUID> of) {}

  private static final Logger log = LoggerFactory.getLogger(Storage.class);

  /// PostgreSQL flushes one WAL for all, so a second committer fills the wait of the first; more
  /// only make batches smaller.
  private static final int POSTGRES_COMMITTERS = 2;

  /// A cursor's rise costs two rows, as much as half a message: with a longer pause it covers more.
  private static final Duration CQL_ACKNOWLEDGEMENT_PAUSE = Duration.ofMillis(100);

  /// With messages in CQL: committers ask PostgreSQL who is a member only when they don't know yet.
  private static final int MEMBER_CONNECTIONS = 4;

  /// Opens the store that messages are in: the one that the settings name, unless they were moved
  /// since or are being moved.
  ///
  /// @param reads for everything but appends
  /// @param gate through which connections are had
  /// @throws fixtures.urls.EnvironmentError when the CQL database does not answer
  /// @throws migrate.schema.SchemaMismatch in production, when its schema is not this code's
  static Storage open(ServerSettings settings, PostgresUrl postgres, DSLContext reads, Gate gate) {
    Optional<Word> word = new Words(reads).about(Subject.MESSAGES);
    boolean inCql = MessageMoves.inCql(word, settings.seal(), settings.cql().isPresent());
    var appends =
        Pools.appends(
            gate,
            postgres,
            Math.max(MEMBER_CONNECTIONS, POSTGRES_COMMITTERS),
            inCql ? MEMBER_CONNECTIONS : POSTGRES_COMMITTERS);
    DSLContext members =
        DSL.using(
            appends.provider(), SQLDialect.POSTGRES, new Settings().withExecuteLogging(false));
    Function<CqlUrl, CqlMessageStore> opener =
        url -> {
          checkSchema(settings, url);
          return CqlMessageStore.open(url, members);
        };
    try {
      // One that they have left is not needed any more, and may be gone.
      boolean left =
          word.filter(said -> said.command() == Word.Command.MOVED).isPresent() && !inCql;
      if (left && settings.cql().isPresent()) {
        log.warn("messages were moved to PostgreSQL: SCYLLADB_URL is not used");
      }
      CqlMessageStore cql = left ? null : settings.cql().map(opener).orElse(null);
      var store =
          new MovableMessageStore(new PostgresMessageStore(appends, reads), reads, cql, opener);
      var moves = new MessageMoves(store);
      moves.begin(word, settings.seal());
      return new Storage(
          store,
          (transaction, conversation) ->
              store.lastSeq(
                  transaction, conversation, tx -> ChangePoint.POSTGRES.lastSeq(tx, conversation)),
          appends,
          moves);
    } catch (RuntimeException | Error e) {
      appends.close();
      throw e;
    }
  }

  /// Has this done now, and again whenever messages have come to another store.
  void whenSettled(Consumer<Way> work) {
    store.whenSettled(() -> work.accept(way()));
  }

  private Way way() {
    Optional<CqlMessageStore> cql = store.cql().filter(_ -> store.home() == Place.CQL);
    return new Way(
        cql.isPresent() ? CqlMessageStore.COMMITTERS : POSTGRES_COMMITTERS,
        cql.isPresent() ? CQL_ACKNOWLEDGEMENT_PAUSE : CoalescingAcknowledgements.PAUSE,
        cql.flatMap(CqlMessageStore::place).map(place -> new Shares(place, CqlMessageStore::slot)));
  }

  /// The databases that messages need, beside PostgreSQL: while they are on their way to CQL most
  /// things can be done without it.
  List<Health.Database> databases() {
    boolean home = store.home() == Place.CQL;
    return store
        .cql()
        .filter(_ -> home || store.isMoving())
        .map(its -> List.of(new Health.Database("cql", home, its::answers)))
        .orElse(List.of());
  }

  /// In development the schema follows the code; elsewhere somebody decides when it does.
  private static void checkSchema(ServerSettings settings, CqlUrl url) {
    if (settings.production()) {
      SchemaState state = Schema.cql().run(url, Runner::state);
      state.requireServes();
    } else {
      Schema.cql()
          .run(
              url,
              runner -> runner.state().serves() ? List.of() : runner.up(OptionalInt.empty(), true));
    }
  }

  @Override
  public void close() {
    store.close();
    appends.close();
  }
}
