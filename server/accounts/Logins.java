package server.accounts;

import static migrate.generated.Tables.DEVICES;
import static migrate.generated.Tables.MEMBERS;
import static migrate.generated.Tables.USERS;
import static org.jooq.impl.DSL.coalesce;
import static org.jooq.impl.DSL.excluded;
import static org.jooq.impl.DSL.field;
import static org.jooq.impl.DSL.val;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.impl.SQLDataType;
import server.http.ApiError;
import server.http.ErrorCode;
import server.messages.MessageStore;

/// Logs a device in whose phone number is proved: finds or makes the user and the device, opens a
/// session. Thread-safe; blocks; a database that is away shows as jOOQ's `DataAccessException`, a
/// message store as its own exception; then nothing has happened.
final class Logins {
  /// A login may need a second connection, for the message store, while it holds one. The pool must
  /// have more connections than this, or logins could wait for each other for ever.
  static final int MAX_AT_ONCE = 4;

  /// As long as a statement may take; whoever waits longer had better try again.
  private static final Duration MAX_WAIT = Duration.ofSeconds(5);

  private static final Field<OffsetDateTime> NOW =
      field("now()", SQLDataType.TIMESTAMPWITHTIMEZONE);

  private final DSLContext dsl;
  private final Sessions sessions;
  private final MessageStore messages;
  private final Semaphore places = new Semaphore(MAX_AT_ONCE, true);

  Logins(DSLContext dsl, Sessions sessions, MessageStore messages) {
    this.dsl = dsl;
    this.sessions = sessions;
    this.messages = messages;
  }

  /// Which installation logs in.
  ///
  /// @param name what its owner calls it, or null
  /// @param platform or null
  record Device(UUID uuid, String name, String platform) {}

  /// @param newUser whether this phone number was unknown
  record LoggedIn(Sessions.Opened session, boolean newUser) {}

  /// The same user and device uuid give the same device for ever, also when they come twice at
  /// once.
  ///
  /// @throws ApiError `OVERLOADED` when too many others log in
  LoggedIn login(PhoneNumber phone, Device device) {
    try {
      if (!places.tryAcquire(MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new ApiError(ErrorCode.OVERLOADED, "too many are logging in; try again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ApiError(ErrorCode.OVERLOADED, "the server is stopping; try again");
    }
    try {
      return dsl.transactionResult(tx -> login(tx.dsl(), phone, device));
    } finally {
      places.release();
    }
  }

  private LoggedIn login(DSLContext tx, PhoneNumber phone, Device device) {
    UUID created =
        tx.insertInto(USERS, USERS.PHONE_NUMBER)
            .select(
                // Asked first: a conflicting insert would write, and wait, at every login.
                tx.select(val(phone.e164()))
                    .whereNotExists(
                        tx.selectOne().from(USERS).where(USERS.PHONE_NUMBER.eq(phone.e164()))))
            .onConflictDoNothing()
            .returningResult(USERS.USER_ID)
            .fetchOne(USERS.USER_ID);
    UUID user =
        created != null
            ? created
            : tx.select(USERS.USER_ID)
                .from(USERS)
                .where(USERS.PHONE_NUMBER.eq(phone.e164()))
                .fetchSingle(USERS.USER_ID);
    UUID deviceId = findOrMake(tx, user, device);
    return new LoggedIn(sessions.open(tx, user, deviceId), created != null);
  }

  private UUID findOrMake(DSLContext tx, UUID user, Device device) {
    UUID candidate = UUID.randomUUID();
    UUID deviceId =
        tx.insertInto(DEVICES)
            .set(DEVICES.DEVICE_ID, candidate)
            .set(DEVICES.USER_ID, user)
            .set(DEVICES.DEVICE_UUID, device.uuid())
            .set(DEVICES.DEVICE_NAME, device.name())
            .set(DEVICES.PLATFORM, device.platform())
            .onConflict(DEVICES.USER_ID, DEVICES.DEVICE_UUID)
            .doUpdate()
            .set(DEVICES.DEVICE_NAME, coalesce(excluded(DEVICES.DEVICE_NAME), DEVICES.DEVICE_NAME))
            .set(DEVICES.PLATFORM, coalesce(excluded(DEVICES.PLATFORM), DEVICES.PLATFORM))
            .set(DEVICES.LAST_SEEN_AT, NOW)
            .setNull(DEVICES.REVOKED_AT)
            .returningResult(DEVICES.DEVICE_ID)
            .fetchSingle(DEVICES.DEVICE_ID);
    if (deviceId.equals(candidate)) {
      startDelivery(tx, user, deviceId);
    }
    return deviceId;
  }

  /// Before the device's row is visible to anybody: were it the other way round, a crash in between
  /// would leave a device that is known and is sent everything that was ever said. Places of a
  /// device that never came to be hurt nobody.
  private void startDelivery(DSLContext tx, UUID user, UUID device) {
    List<UUID> conversations =
        tx.select(MEMBERS.CONVERSATION_ID)
            .from(MEMBERS)
            .where(MEMBERS.USER_ID.eq(user))
            .fetch(MEMBERS.CONVERSATION_ID);
    if (!conversations.isEmpty()) {
      messages.startDevice(user, device, conversations);
    }
  }
}
