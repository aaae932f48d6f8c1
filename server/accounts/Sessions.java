package server.accounts;

import static migrate.generated.Tables.DEVICES;
import static migrate.generated.Tables.REFRESH_TOKENS;
import static migrate.generated.Tables.SESSIONS;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.notExists;
import static org.jooq.impl.DSL.selectOne;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;
import org.jooq.types.DayToSecond;
import server.http.ApiError;
import server.http.Caller;
import server.http.ErrorCode;

/// Logins of devices: opening, refreshing and ending them. A session is a chain of refresh tokens,
/// of which only the last is good. Thread-safe; blocks; a database that is away shows as jOOQ's
/// `DataAccessException`.
final class Sessions {
  private static final Duration REFRESH_LIFETIME = Duration.ofDays(30);

  /// One purge's share; the next one takes more.
  private static final int PURGE_BATCH = 500;

  /// Not `now()`, which is the transaction's begin: pollers look for times close to the commit.
  private static final Field<OffsetDateTime> NOW =
      field("clock_timestamp()", SQLDataType.TIMESTAMPWITHTIMEZONE);

  private final DSLContext dsl;
  private final RevokedSessions revoked;

  Sessions(DSLContext dsl, RevokedSessions revoked) {
    this.dsl = dsl;
    this.revoked = revoked;
  }

  /// A session and the refresh token that is good for it now.
  record Opened(Caller caller, RefreshToken refresh) {}

  /// What presenting a refresh token came to.
  private sealed interface Presented {
    record Refreshed(Opened opened) implements Presented {}

    record Reused(List<Revoked> ended) implements Presented {}

    enum Nothing implements Presented {
      UNKNOWN
    }
  }

  /// Begins a session, within the caller's transaction.
  Opened open(DSLContext transaction, UUID userId, UUID deviceId) {
    UUID session =
        transaction
            .insertInto(SESSIONS, SESSIONS.USER_ID, SESSIONS.DEVICE_ID)
            .values(userId, deviceId)
            .returningResult(SESSIONS.SESSION_ID)
            .fetchSingle()
            .value1();
    return new Opened(new Caller(userId, deviceId, session), addToken(transaction, session));
  }

  private static RefreshToken addToken(DSLContext transaction, UUID session) {
    RefreshToken token = RefreshToken.create();
    transaction
        .insertInto(REFRESH_TOKENS)
        .set(REFRESH_TOKENS.TOKEN_HASH, token.hash())
        .set(REFRESH_TOKENS.SESSION_ID, session)
        .set(REFRESH_TOKENS.EXPIRES_AT, NOW.plus(DayToSecond.valueOf(REFRESH_LIFETIME)))
        .execute();
    return token;
  }

  /// Exchanges a refresh token for the next one of its session. Presenting a used one ends the
  /// session: somebody has a copy, and it can't be told who.
  ///
  /// @throws ApiError `INVALID_TOKEN` when it is unknown, expired, used or its session was ended
  Opened refresh(String presented) {
    byte[] hash = RefreshToken.of(presented).hash();
    Presented outcome = dsl.transactionResult(tx -> present(tx.dsl(), hash));
    return switch (outcome) {
      case Presented.Refreshed(Opened opened) -> opened;
      case Presented.Reused(List<Revoked> ended) -> {
        revoked.add(ended);
        throw new ApiError(
            ErrorCode.INVALID_TOKEN,
            "the refresh token was used before; its session is ended, log in again");
      }
      case Presented.Nothing.UNKNOWN ->
          throw new ApiError(
              ErrorCode.INVALID_TOKEN, "the refresh token is not valid any more; log in again");
    };
  }

  private static Presented present(DSLContext tx, byte[] hash) {
    // Of two at once, the second waits here for the first's commit and then finds it used.
    UUID session =
        tx.update(REFRESH_TOKENS)
            .set(REFRESH_TOKENS.USED_AT, NOW)
            .where(REFRESH_TOKENS.TOKEN_HASH.eq(hash))
            .and(REFRESH_TOKENS.USED_AT.isNull())
            .and(REFRESH_TOKENS.EXPIRES_AT.gt(NOW))
            .returningResult(REFRESH_TOKENS.SESSION_ID)
            .fetchOne(REFRESH_TOKENS.SESSION_ID);
    if (session == null) {
      var used =
          tx.select(REFRESH_TOKENS.SESSION_ID)
              .from(REFRESH_TOKENS)
              .where(REFRESH_TOKENS.TOKEN_HASH.eq(hash))
              .and(REFRESH_TOKENS.USED_AT.isNotNull())
              .fetchOne(REFRESH_TOKENS.SESSION_ID);
      return used == null
          ? Presented.Nothing.UNKNOWN
          : new Presented.Reused(end(tx, SESSIONS.SESSION_ID.eq(used), "token_reuse"));
    }
    // The lock keeps a revocation from slipping in between this look and the commit.
    var live =
        tx.select(SESSIONS.USER_ID, SESSIONS.DEVICE_ID)
            .from(SESSIONS)
            .where(SESSIONS.SESSION_ID.eq(session))
            .and(SESSIONS.REVOKED_AT.isNull())
            .forNoKeyUpdate()
            .fetchOne();
    return live == null
        ? Presented.Nothing.UNKNOWN
        : new Presented.Refreshed(
            new Opened(new Caller(live.value1(), live.value2(), session), addToken(tx, session)));
  }

  /// Ends all sessions of a device and takes the device off the list, until it logs in again.
  ///
  /// @param because `logout` or `device_revoked`
  /// @return false when the user has no such device on the list
  boolean endDevice(UUID userId, UUID deviceId, String because) {
    List<Revoked> ended =
        dsl.transactionResult(tx -> {
          // Locks the device's row, as a login does: either comes whole before the other.
          int devices =
              tx.dsl()
                  .update(DEVICES)
                  .set(DEVICES.REVOKED_AT, NOW)
                  .where(DEVICES.DEVICE_ID.eq(deviceId))
                  .and(DEVICES.USER_ID.eq(userId))
                  .and(DEVICES.REVOKED_AT.isNull())
                  .execute();
          return devices == 0 ? null : end(tx.dsl(), SESSIONS.DEVICE_ID.eq(deviceId), because);
        });
    if (ended != null) {
      revoked.add(ended);
    }
    return ended != null;
  }

  private static List<Revoked> end(DSLContext tx, Condition which, String because) {
    return tx.update(SESSIONS)
        .set(SESSIONS.REVOKED_AT, NOW)
        .set(SESSIONS.REVOKED_BECAUSE, because)
        .where(which)
        .and(SESSIONS.REVOKED_AT.isNull())
        .returningResult(SESSIONS.SESSION_ID, SESSIONS.DEVICE_ID)
        .fetch(row -> new Revoked(row.value1(), row.value2()));
  }

  /// Removes some refresh tokens that have expired, and sessions that have none left: nobody can
  /// ever refresh them, and their access tokens are long dead.
  ///
  /// @return how many tokens were removed
  int purge() {
    return dsl.transactionResult(tx -> {
      var old = REFRESH_TOKENS.as("old");
      List<UUID> sessions =
          tx.dsl()
              .deleteFrom(REFRESH_TOKENS)
              .where(
                  REFRESH_TOKENS.TOKEN_HASH.in(
                      tx.dsl()
                          .select(old.TOKEN_HASH)
                          .from(old)
                          .where(old.EXPIRES_AT.lt(NOW))
                          .orderBy(old.EXPIRES_AT)
                          .limit(PURGE_BATCH)
                          .forUpdate()
                          .skipLocked()))
              .returningResult(REFRESH_TOKENS.SESSION_ID)
              .fetch(REFRESH_TOKENS.SESSION_ID);
      tx.dsl()
          .deleteFrom(SESSIONS)
          .where(SESSIONS.SESSION_ID.in(List.copyOf(new HashSet<>(sessions))))
          .and(
              notExists(
                  selectOne()
                      .from(REFRESH_TOKENS)
                      .where(REFRESH_TOKENS.SESSION_ID.eq(SESSIONS.SESSION_ID))))
          .execute();
      return sessions.size();
    });
  }
}
