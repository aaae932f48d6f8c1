package server.accounts;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import server.accounts.KeyBundles.Bundle;
import server.accounts.KeyBundles.Prekey;
import server.accounts.KeyBundles.Published;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.Routes;
import server.limits.ClientAddresses;
import server.limits.Limit;
import server.limits.RateLimits;

/// `/keys`: a device's public keys in, and out to those who want to write to its user.
public final class KeyRoutes implements Routes {
  private static final int MAX_UPLOAD = 200; // the contract's bound for one PUT
  private static final int MAX_KEY_BYTES = 256; // curve keys and signatures have 32 to 64
  private static final long MAX_ID = 0xFFFF_FFFFL; // 32 bits, unsigned

  private final KeyBundles keys;
  private final RateLimits limits;
  private final ClientAddresses addresses;

  KeyRoutes(KeyBundles keys, RateLimits limits, ClientAddresses addresses) {
    this.keys = keys;
    this.limits = limits;
    this.addresses = addresses;
  }

  record Left(int oneTimePrekeysLeft) {}

  record Bundles(List<Bundle> devices) {}

  @Override
  public void register(RoutesConfig routes) {
    routes.put(API + "/keys", this::put);
    routes.get(API + "/keys", this::left);
    routes.get(API + "/keys/{user_id}", this::take);
  }

  private void put(Context request) {
    keys.publish(Caller.of(request).deviceId(), checked(Json.read(request, Published.class)));
    request.status(204);
  }

  private void left(Context request) {
    Json.write(request, 200, new Left(keys.left(Caller.of(request).deviceId())));
  }

  private void take(Context request) {
    var user = Check.pathUuid(request, "user_id");
    limits.take(Limit.KEYS_FETCH, Caller.of(request).userId(), addresses.of(request));
    request.header("Cache-Control", "no-store"); // a copy would hand a prekey out twice
    Json.write(request, 200, new Bundles(keys.take(user)));
  }

  private static Published checked(Published body) {
    id("registration_id", body.registrationId());
    bytes("identity_key", body.identityKey());
    Check.present("signed_prekey", body.signedPrekey());
    id("signed_prekey.id", body.signedPrekey().id());
    bytes("signed_prekey.key", body.signedPrekey().key());
    bytes("signed_prekey.signature", body.signedPrekey().signature());
    return new Published(
        body.registrationId(),
        body.identityKey(),
        body.signedPrekey(),
        distinct(body.oneTimePrekeys() == null ? List.of() : body.oneTimePrekeys()));
  }

  /// Without repeats: one statement can't write a row twice.
  private static List<Prekey> distinct(List<Prekey> prekeys) {
    if (prekeys.size() > MAX_UPLOAD) {
      throw ApiError.invalid(
          "\"one_time_prekeys\" has %d entries; at most %d fit in one request"
              .formatted(prekeys.size(), MAX_UPLOAD));
    }
    Map<Long, Prekey> byId = new HashMap<>();
    for (int i = 0; i < prekeys.size(); i++) {
      String field = "one_time_prekeys[" + i + "]";
      Prekey prekey = Check.present(field, prekeys.get(i));
      id(field + ".id", prekey.id());
      bytes(field + ".key", prekey.key());
      Prekey same = byId.putIfAbsent(prekey.id(), prekey);
      if (same != null && !Arrays.equals(same.key(), prekey.key())) {
        throw ApiError.invalid(
            "\"one_time_prekeys\" has the id %d twice with different keys".formatted(prekey.id()));
      }
    }
    return new ArrayList<>(byId.values());
  }

  private static void id(String field, Long value) {
    Check.within(field, Check.present(field, value), 0, MAX_ID);
  }

  private static void bytes(String field, byte[] value) {
    Check.present(field, value);
    if (value.length == 0 || value.length > MAX_KEY_BYTES) {
      throw ApiError.invalid(
          "\"%s\" has %d bytes; it must have 1 to %d"
              .formatted(field, value.length, MAX_KEY_BYTES));
    }
  }
}
