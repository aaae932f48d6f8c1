package server.accounts;

import static migrate.generated.Tables.DEVICES;
import static migrate.generated.Tables.DEVICE_KEYS;
import static migrate.generated.Tables.ONE_TIME_PREKEYS;
import static migrate.generated.Tables.USERS;
import static org.jooq.impl.DSL.currentOffsetDateTime;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;
import server.http.ApiError;
import server.http.ErrorCode;

/// Devices' public keys, from which others begin encrypted conversations with them. The server does
/// not know what is in them. Thread-safe; blocks; a database that is away shows as jOOQ's
/// `DataAccessException`.
final class KeyBundles {
  /// Unused one-time prekeys that are stored for a device: ten uploads in reserve.
  static final int MAX_UNUSED = 1_000;

  record SignedPrekey(Long id, byte[] key, byte[] signature) {}

  record Prekey(Long id, byte[] key) {}

  /// What a device publishes; its form is checked before it comes here.
  record Published(
      Long registrationId,
      byte[] identityKey,
      SignedPrekey signedPrekey,
      List<Prekey> oneTimePrekeys) {}

  /// What somebody needs to begin with one device.
  ///
  /// @param oneTimePrekey null when there are none left
  record Bundle(
      UUID deviceId,
      long registrationId,
      byte[] identityKey,
      SignedPrekey signedPrekey,
      Prekey oneTimePrekey) {}

  /// One statement. A prekey's row is locked, or passed over when somebody else is taking it; who
  /// gets the lock sees the newest version of the row, and only then is it marked. Identity key and
  /// prekey stem from one snapshot: after a change of identity the old prekeys' rows are gone.
  private static final String TAKE =
      """
      WITH devices_with_keys AS MATERIALIZED (
        SELECT d.device_id, k.registration_id, k.identity_key,
          k.signed_prekey_id, k.signed_prekey, k.signed_prekey_signature
        FROM devices d JOIN device_keys k ON k.device_id = d.device_id
        WHERE d.user_id = ? AND d.revoked_at IS NULL
      ), picked AS MATERIALIZED (
        SELECT p.device_id, p.key_id
        FROM devices_with_keys d CROSS JOIN LATERAL (
          SELECT o.device_id, o.key_id FROM one_time_prekeys o
          WHERE o.device_id = d.device_id AND o.handed_out_at IS NULL
          ORDER BY o.key_id LIMIT 1 FOR UPDATE SKIP LOCKED) p
      ), taken AS (
        UPDATE one_time_prekeys o SET handed_out_at = now() FROM picked p
        WHERE o.device_id = p.device_id AND o.key_id = p.key_id AND o.handed_out_at IS NULL
        RETURNING o.device_id, o.key_id, o.key)
      SELECT d.*, t.key_id, t.key
      FROM devices_with_keys d LEFT JOIN taken t ON t.device_id = d.device_id
      ORDER BY d.device_id\
      """;

  /// The same id with the same bytes changes nothing, also when it was handed out: what a device
  /// sends again because an answer was lost must not come back to life. Other bytes are another
  /// key.
  private static final String ADD =
      """
      INSERT INTO one_time_prekeys AS o (device_id, key_id, key)
      SELECT ?, i.key_id, i.key FROM unnest(?, ?) AS i (key_id, key) ORDER BY i.key_id
      ON CONFLICT (device_id, key_id) DO UPDATE SET key = excluded.key, handed_out_at = NULL
      WHERE o.key <> excluded.key\
      """;

  private final DSLContext dsl;

  KeyBundles(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// Replaces the device's keys and adds to its one-time prekeys. Another identity key makes all
  /// earlier one-time prekeys worthless: they are dropped.
  ///
  /// @throws ApiError `CONFLICT` when more than [#MAX_UNUSED] would be stored; nothing is changed
  ///   then
  void publish(UUID deviceId, Published keys) {
    dsl.transaction(tx -> publish(tx.dsl(), deviceId, keys));
  }

  private static void publish(DSLContext tx, UUID deviceId, Published keys) {
    // One upload after the other: two at once must not both find room.
    tx.select(DEVICES.DEVICE_ID)
        .from(DEVICES)
        .where(DEVICES.DEVICE_ID.eq(deviceId))
        .forNoKeyUpdate()
        .fetchSingle();
    byte[] before =
        tx.select(DEVICE_KEYS.IDENTITY_KEY)
            .from(DEVICE_KEYS)
            .where(DEVICE_KEYS.DEVICE_ID.eq(deviceId))
            .fetchOne(DEVICE_KEYS.IDENTITY_KEY);
    if (before != null && !Arrays.equals(before, keys.identityKey())) {
      tx.deleteFrom(ONE_TIME_PREKEYS).where(ONE_TIME_PREKEYS.DEVICE_ID.eq(deviceId)).execute();
    }
    var row = tx.newRecord(DEVICE_KEYS);
    row.setDeviceId(deviceId);
    row.setRegistrationId(keys.registrationId());
    row.setIdentityKey(keys.identityKey());
    row.setSignedPrekeyId(keys.signedPrekey().id());
    row.setSignedPrekey(keys.signedPrekey().key());
    row.setSignedPrekeySignature(keys.signedPrekey().signature());
    tx.insertInto(DEVICE_KEYS)
        .set(row)
        .set(DEVICE_KEYS.UPDATED_AT, currentOffsetDateTime())
        .onConflict(DEVICE_KEYS.DEVICE_ID)
        .doUpdate()
        .setAllToExcluded()
        .execute();
    addPrekeys(tx, deviceId, keys.oneTimePrekeys());
  }

  private static void addPrekeys(DSLContext tx, UUID deviceId, List<Prekey> prekeys) {
    if (prekeys.isEmpty()) {
      return;
    }
    Long[] ids = prekeys.stream().map(Prekey::id).toArray(Long[]::new);
    byte[][] keys = prekeys.stream().map(Prekey::key).toArray(byte[][]::new);
    tx.execute(ADD, deviceId, ids, keys);
    int unused = unused(tx, deviceId);
    if (unused > MAX_UNUSED) {
      throw new ApiError(
          ErrorCode.CONFLICT,
          "%d unused one-time prekeys would be stored; at most %d are, upload %d fewer"
              .formatted(unused, MAX_UNUSED, unused - MAX_UNUSED));
    }
  }

  /// How many of the device's one-time prekeys were not handed out.
  int left(UUID deviceId) {
    return unused(dsl, deviceId);
  }

  private static int unused(DSLContext dsl, UUID deviceId) {
    return dsl.fetchCount(
        ONE_TIME_PREKEYS,
        ONE_TIME_PREKEYS.DEVICE_ID.eq(deviceId),
        ONE_TIME_PREKEYS.HANDED_OUT_AT.isNull());
  }

  /// The keys of every device of the user that published some and was not revoked, each with a
  /// one-time prekey that nobody else ever gets.
  ///
  /// @throws ApiError `NOT_FOUND` when there is no such user
  List<Bundle> take(UUID userId) {
    List<Bundle> bundles = dsl.fetch(TAKE, userId).map(KeyBundles::bundle);
    if (bundles.isEmpty()
        && !dsl.fetchExists(dsl.selectOne().from(USERS).where(USERS.USER_ID.eq(userId)))) {
      throw new ApiError(ErrorCode.NOT_FOUND, "there is no such user");
    }
    return bundles;
  }

  private static Bundle bundle(Record row) {
    Long prekey = row.get("key_id", Long.class);
    return new Bundle(
        row.get("device_id", UUID.class),
        row.get("registration_id", Long.class),
        row.get("identity_key", byte[].class),
        new SignedPrekey(
            row.get("signed_prekey_id", Long.class),
            row.get("signed_prekey", byte[].class),
            row.get("signed_prekey_signature", byte[].class)),
        prekey == null ? null : new Prekey(prekey, row.get("key", byte[].class)));
  }
}
