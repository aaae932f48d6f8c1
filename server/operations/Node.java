package server.operations;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.UserError;
import io.javalin.util.JavalinBindException;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import java.net.BindException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import migrate.move.Subject;
import migrate.schema.Schema;
import migrate.schema.SchemaMismatch;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.impl.DSL;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.accounts.Accounts;
import server.accounts.OtpDelivery;
import server.accounts.WebhookOtpDelivery;
import server.conversations.ConversationRoutes;
import server.conversations.Conversations;
import server.conversations.Creation;
import server.conversations.GroupChanges;
import server.conversations.MemberRoutes;
import server.conversations.Memberships;
import server.following.Following;
import server.following.Gate;
import server.following.MovablePool;
import server.following.PostgresFollower;
import server.following.RedisFollower;
import server.following.Whereabouts;
import server.http.HttpServer;
import server.http.Routes;
import server.http.openapi.OpenApiRoutes;
import server.limits.ClientAddresses;
import server.limits.RateLimits;
import server.limits.RequestLimits;
import server.messages.Acknowledging;
import server.messages.Batcher;
import server.messages.CoalescingAcknowledgements;
import server.messages.HistoryRoutes;
import server.messages.MessageStore;
import server.messages.ReceiptRoutes;
import server.messages.SendRoutes;
import server.messages.SyncRoutes;
import server.messages.relay.Relay;
import server.messages.relay.Sharing;
import server.realtime.Realtime;
import server.realtime.WebSocketEndpoint;
import server.redis.Redis;

/// One running server: everything wired together, started in one order and stopped in the reverse.
///
/// Stopping loses nothing: the node says that it is not ready, takes no more frames, answers what
/// is under way, closes its sockets with 1001, writes what waits, and only then lets go of the
/// databases.
public final class Node implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Node.class);

  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final HttpServer http;
  private final Health health;
  private final Realtime realtime;

  private Node(
      ServerSettings settings,
      PostgresUrl configured,
      RedisUrl configuredRedis,
      UnaryOperator<MessageStore> around) {
    try {
      PostgresUrl postgres = Whereabouts.locate(configured, settings.seal());
      var gate = new Gate();
      MovablePool requests = opened(Pools.requests(gate, postgres));
      DSLContext dsl =
          DSL.using(
              requests.provider(), SQLDialect.POSTGRES, new Settings().withExecuteLogging(false));
      checkSchema(settings, requests);
      RedisUrl redisUrl = RedisFollower.locate(configuredRedis, postgres, settings.seal());
      Redis redis = opened(Redis.connect(redisUrl));
      Storage storage = opened(Storage.open(settings, postgres, dsl, gate));
      Following following = opened(following(settings, postgres));
      following.on(
          Subject.POSTGRES,
          new PostgresFollower(gate, List.of(requests, storage.appends()), postgres, following));
      following.on(Subject.REDIS, new RedisFollower(redis, redisUrl));
      following.on(Subject.MESSAGES, storage.moves());
      following.start();
      MessageStore store = around.apply(storage.store());
      var limits = new RateLimits(redis);
      var addresses = ClientAddresses.of(settings.trustedProxies(), !settings.production());
      var memberships = new Memberships(dsl);
      var conversations = new Conversations(dsl, store);
      OtpDelivery delivery = delivery(settings);
      Accounts accounts =
          opened(
              new Accounts(
                  dsl,
                  redis,
                  store,
                  limits,
                  addresses,
                  settings.secret(),
                  delivery,
                  Clock.systemUTC()));
      realtime = opened(new Realtime(store, memberships, conversations, dsl, redis));
      accounts.revoked().listen(realtime.revocations());
      realtime.tellSeen(accounts.lastSeen()::touch);
      accounts.start();
      Metrics metrics = opened(new Metrics());
      Sharing sharing = opened(new Sharing(store));
      Batcher batcher = opened(new Batcher(sharing, realtime.commits(), 1));
      var acknowledgements = opened(new CoalescingAcknowledgements(store, realtime.advances()));
      storage.whenSettled(way -> {
        sharing.by(way.shares().map(shares -> () -> relay(redis, store, shares)));
        batcher.committers(way.committers());
        acknowledgements.pause(way.acknowledgementPause());
      });
      var acknowledging = new Acknowledging(memberships, store, acknowledgements);
      var changes = new GroupChanges(dsl, storage.changePoint(), realtime.conversationChanges());
      WebSocketEndpoint endpoint =
          realtime.endpoint(
              new WebSocketEndpoint.Upgrades(
                  accounts.authenticator()::authenticate,
                  caller -> accounts.revoked().contains(caller.sessionId()),
                  request ->
                      addresses.of(
                          request.getRemoteAddr(),
                          Collections.list(request.getHeaders("X-Forwarded-For")))),
              batcher,
              acknowledging,
              limits);
      health = new Health(() -> databases(requests, storage, redis));
      measure(metrics, batcher, sharing, acknowledgements);
      metrics.watch(requests);
      metrics.watch(storage.appends());
      List<Routes> routes = new ArrayList<>();
      routes.add(new RequestLimits(limits, addresses));
      routes.add(new SendRoutes(batcher)); // the router tries routes in this order
      routes.addAll(accounts.routes());
      routes.add(
          new ConversationRoutes(
              new Creation(dsl, realtime.conversationChanges()), conversations, changes));
      routes.add(new MemberRoutes(conversations, memberships, changes));
      routes.add(new HistoryRoutes(memberships, store));
      routes.add(new ReceiptRoutes(memberships, store, acknowledging));
      routes.add(new SyncRoutes(memberships, store));
      routes.add(health);
      routes.add(metrics);
      routes.add(new OpenApiRoutes());
      http =
          opened(
              HttpServer.start(
                  settings.host(),
                  settings.port(),
                  routes,
                  accounts.authenticator()::authenticate,
                  endpoint::addTo));
    } catch (JavalinBindException e) {
      closeAll();
      throw new UserError(unbound(settings, e));
    } catch (RuntimeException | Error e) {
      closeAll();
      throw e;
    }
  }

  /// Starts a node on databases that are there.
  ///
  /// @throws UserError when the port is in use
  /// @throws EnvironmentError when PostgreSQL or the CQL database does not answer
  /// @throws SchemaMismatch when the schema of one of them is not one this code knows
  public static Node start(ServerSettings settings, PostgresUrl postgres, RedisUrl redis) {
    return new Node(settings, postgres, redis, UnaryOperator.identity());
  }

  /// The same with something between the node and its message store: faults, for a test of who
  /// should notice them.
  public static Node start(
      ServerSettings settings,
      PostgresUrl postgres,
      RedisUrl redis,
      UnaryOperator<MessageStore> around) {
    return new Node(settings, postgres, redis, around);
  }

  private static String unbound(ServerSettings settings, Throwable e) {
    Throwable reason = e;
    while (reason.getCause() != null && !(reason instanceof BindException)) {
      reason = reason.getCause();
    }
    return String.valueOf(reason.getMessage()).contains("in use")
        ? "port "
            + settings.port()
            + " is in use: end what uses it, or choose another with --port (0 picks a free one)"
        : "can't listen on "
            + settings.host()
            + ":"
            + settings.port()
            + " ("
            + reason.getMessage()
            + "): give an address of this machine with --host";
  }

  private static Relay relay(Redis redis, MessageStore store, Storage.Shares shares) {
    return new Relay(redis, "vyry:" + shares.place(), store, shares.of());
  }

  private static List<Health.Database> databases(
      MovablePool requests, Storage storage, Redis redis) {
    List<Health.Database> databases = new ArrayList<>();
    databases.add(Health.Database.postgres(requests));
    databases.addAll(storage.databases());
    databases.add(Health.Database.redis(redis::available));
    return databases;
  }

  private OtpDelivery delivery(ServerSettings settings) {
    return settings
        .otpWebhook()
        .<OtpDelivery>map(url -> opened(new WebhookOtpDelivery(url.toString())))
        .orElseGet(OtpDelivery::shown);
  }

  /// In development the schema follows the code; elsewhere somebody decides when it does.
  private static void checkSchema(ServerSettings settings, MovablePool pool) {
    var state = Schema.postgres().state(pool);
    if (settings.production()) {
      state.requireServes();
    } else if (!state.serves()) {
      Schema.postgres().run(pool, runner -> runner.up(OptionalInt.empty(), true));
    }
  }

  private static Following following(ServerSettings settings, PostgresUrl postgres) {
    return new Following(postgres, settings.host() + ":" + settings.port(), settings.seal());
  }

  private void measure(
      Metrics metrics,
      Batcher batcher,
      Sharing sharing,
      CoalescingAcknowledgements acknowledgements) {
    FunctionCounter.builder("vyry.messages.relayed", sharing, Sharing::relayed)
        .register(metrics.registry());
    FunctionCounter.builder("vyry.relay.passed.over", sharing, Sharing::passedOver)
        .register(metrics.registry());
    Gauge.builder("vyry.relay.nodes", sharing, Sharing::nodes).register(metrics.registry());
    Gauge.builder("vyry.committers", batcher, Batcher::committers).register(metrics.registry());
    FunctionCounter.builder("vyry.batches", batcher, Batcher::batches).register(metrics.registry());
    FunctionCounter.builder("vyry.messages", batcher, Batcher::messages)
        .register(metrics.registry());
    Gauge.builder("vyry.messages.queued", batcher, Batcher::queued).register(metrics.registry());
    FunctionCounter.builder(
            "vyry.acknowledgement.flushes", acknowledgements, CoalescingAcknowledgements::flushes)
        .register(metrics.registry());
    realtime.register(metrics.registry());
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.push(what);
    return what;
  }

  /// Every HTTP route as `GET /path/{name}`.
  public Set<String> routes() {
    return http.routes();
  }

  /// The port it listens on.
  public int port() {
    return http.port();
  }

  /// Stops; see the class.
  @Override
  public void close() {
    health.stopping();
    realtime.drain();
    closeAll();
  }

  private void closeAll() {
    while (!open.isEmpty()) {
      AutoCloseable next = open.pop();
      try {
        next.close();
      } catch (Exception e) {
        log.warn("closing {} failed: {}", next.getClass().getSimpleName(), e.toString());
      }
    }
  }
}
