package server.accounts;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.http.Routes;
import server.limits.ClientAddresses;
import server.limits.RateLimits;
import server.messages.MessageStore;
import server.redis.Redis;

/// Users, devices, sessions and keys of one node, put together. Thread-safe.
///
/// After construction [#start]; at the end [#close], before the database is closed.
public final class Accounts implements AutoCloseable {
  private static final Duration CHORES_EVERY = Duration.ofMinutes(1);

  /// Purges of one minute; a backlog larger than this is worked off over the next ones.
  private static final int MAX_PURGES = 20;

  private static final Logger log = LoggerFactory.getLogger(Accounts.class);

  private final Sessions sessions;
  private final RevokedSessions revoked;
  private final LastSeen lastSeen;
  private final Authenticator authenticator;
  private final List<Routes> routes;
  private final ScheduledExecutorService chores =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("account-chores").factory());

  /// @param dsl on a pool of more than [Logins#MAX_AT_ONCE] connections
  /// @param messages is told of new devices before they can do anything
  /// @param delivery [OtpDelivery#shown] in development, else a [WebhookOtpDelivery]
  /// @param clock what access tokens' lifetimes are judged by
  public Accounts(
      DSLContext dsl,
      Redis redis,
      MessageStore messages,
      RateLimits limits,
      ClientAddresses addresses,
      ServerSecret secret,
      OtpDelivery delivery,
      InstantSource clock) {
    var tokens = new AccessTokens(secret, clock);
    this.revoked = new RevokedSessions(dsl);
    this.sessions = new Sessions(dsl, revoked);
    this.lastSeen = new LastSeen(dsl);
    this.authenticator = new TokenAuthenticator(tokens, revoked, lastSeen, clock);
    var codes = new OtpCodes(redis, secret);
    var logins = new Logins(dsl, sessions, messages);
    this.routes =
        List.of(
            new AuthRoutes(codes, delivery, logins, sessions, tokens, limits, addresses),
            new ProfileRoutes(new Profiles(dsl), limits, addresses),
            new DeviceRoutes(dsl, sessions),
            new KeyRoutes(new KeyBundles(dsl), limits, addresses));
  }

  /// Learns what is revoked, and begins to ask for more.
  ///
  /// @throws org.jooq.exception.DataAccessException when the database is away
  public void start() {
    revoked.start();
    chores.scheduleWithFixedDelay(
        this::doChores, CHORES_EVERY.toMillis(), CHORES_EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /// `/auth`, `/profile`, `/users`, `/devices`, `/keys`.
  public List<Routes> routes() {
    return routes;
  }

  /// Judges tokens, for HTTP and for sockets.
  public Authenticator authenticator() {
    return authenticator;
  }

  /// What is revoked. A socket registers itself first and asks [RevokedSessions#contains] then: a
  /// revocation that comes in between is not told to it.
  public RevokedSessions revoked() {
    return revoked;
  }

  /// Notes which devices are active; sockets tell it at their heartbeats.
  public LastSeen lastSeen() {
    return lastSeen;
  }

  private void doChores() {
    try {
      lastSeen.write();
      for (int i = 0; i < MAX_PURGES && sessions.purge() > 0; i++) {
        // each one takes a bounded share
      }
    } catch (RuntimeException e) { // it must not end the schedule
      log.warn("account chores are put off for a minute: {}", e.getMessage());
    }
  }

  @Override
  public void close() {
    revoked.close();
    chores.shutdownNow();
    try {
      lastSeen.write();
    } catch (RuntimeException e) {
      log.warn("when devices were seen last is lost for the last minute: {}", e.getMessage());
    }
  }
}
