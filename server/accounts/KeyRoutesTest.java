package server.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static migrate.generated.Tables.ONE_TIME_PREKEYS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.Concurrently;
import server.testing.TestAccounts;
import server.testing.TestAccounts.Login;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;

class KeyRoutesTest {
  /// Connections of the test's pool: so many can be taking a prekey at one moment.
  private static final int AT_ONCE = 16;

  private static TestEngines engines;
  private static TestAccounts node;

  private final Login me = node.login();
  private final Login other = node.login();

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    node = TestAccounts.on(engines);
  }

  @AfterAll
  static void stop() {
    node.close();
    engines.close();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }

  /// One-time prekeys with these ids, whose bytes are `salt` and id.
  private static String prekeys(String salt, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(id -> "{\"id\":%d,\"key\":\"%s\"}".formatted(id, base64(salt + id)))
        .collect(Collectors.joining(","));
  }

  private static String body(String identity, String prekeys) {
    return """
    {"registration_id":7,"identity_key":"%s",
     "signed_prekey":{"id":3,"key":"%s","signature":"%s"},"one_time_prekeys":[%s]}\
    """
        .formatted(base64(identity), base64("signed"), base64("signature"), prekeys);
  }

  private static Answer put(Login by, String body) {
    return node.call("PUT", "/keys", body, by.access());
  }

  private static void stored(Login by, String identity, String prekeys) {
    Answer answer = put(by, body(identity, prekeys));
    assertEquals(204, answer.status(), () -> "" + answer.json());
    assertEquals("", answer.response().body());
  }

  private static int left(Login of) {
    Answer answer = node.get("/keys", of.access());
    assertEquals(200, answer.status());
    assertEquals(Set.of("one_time_prekeys_left"), Set.copyOf(answer.json().propertyNames()));
    return answer.at("one_time_prekeys_left").asInt();
  }

  private Answer fetch(Login of) {
    Answer answer = node.get("/keys/" + of.userId(), other.access());
    assertEquals(200, answer.status(), () -> "" + answer.json());
    return answer;
  }

  /// The one-time prekey in the first bundle, as its text; null for none.
  private String taken(Login of) {
    String key = fetch(of).text("devices/0/one_time_prekey/key");
    return key == null ? null : new String(Base64.getDecoder().decode(key));
  }

  @Test
  void aBundleHoldsWhatWasPublishedAndOnePrekey() {
    stored(me, "identity", prekeys("k", 1, 3));
    assertEquals(2, left(me));
    Answer bundle = fetch(me);
    assertEquals(1, bundle.at("devices").size());
    assertEquals(
        Set.of("device_id", "registration_id", "identity_key", "signed_prekey", "one_time_prekey"),
        Set.copyOf(bundle.at("devices/0").propertyNames()));
    assertEquals(me.deviceId().toString(), bundle.text("devices/0/device_id"));
    assertEquals(7, bundle.at("devices/0/registration_id").asInt());
    assertEquals(base64("identity"), bundle.text("devices/0/identity_key"));
    assertEquals(3, bundle.at("devices/0/signed_prekey/id").asInt());
    assertEquals(base64("signed"), bundle.text("devices/0/signed_prekey/key"));
    assertEquals(base64("signature"), bundle.text("devices/0/signed_prekey/signature"));
    assertEquals(1, bundle.at("devices/0/one_time_prekey/id").asInt());
    assertEquals(base64("k1"), bundle.text("devices/0/one_time_prekey/key"));
    assertEquals("k2", taken(me));
    assertEquals(0, left(me));
    Answer without = fetch(me);
    assertEquals(
        Set.of("device_id", "registration_id", "identity_key", "signed_prekey"),
        Set.copyOf(without.at("devices/0").propertyNames()));
  }

  @Test
  void everyDeviceWithKeysThatIsNotRevokedIsThere() {
    Login second = node.login(me.phone(), UUID.randomUUID());
    Login third = node.login(me.phone(), UUID.randomUUID());
    node.login(me.phone(), UUID.randomUUID()); // has no keys
    for (Login device : List.of(me, second, third)) {
      stored(device, "i" + device.deviceId(), prekeys("" + device.deviceId(), 1, 2));
    }
    node.call("DELETE", "/devices/" + third.deviceId(), null, me.access());
    Set<String> devices = new HashSet<>();
    fetch(me)
        .at("devices")
        .forEach(bundle -> {
          String device = bundle.at("/device_id").asString();
          devices.add(device);
          assertEquals(base64(device + 1), bundle.at("/one_time_prekey/key").asString());
        });
    assertEquals(Set.of(me.deviceId().toString(), second.deviceId().toString()), devices);
  }

  @Test
  void aUserWithoutKeysHasNoneAndAnUnknownOneIsNotFound() {
    assertEquals(0, fetch(me).at("devices").size());
    Answer unknown = node.get("/keys/" + UUID.randomUUID(), me.access());
    assertEquals(404, unknown.status());
    assertEquals("NOT_FOUND", unknown.errorCode());
    assertEquals(400, node.get("/keys/7", me.access()).status());
    assertEquals(0, left(me));
  }

  @Test
  void anUploadAddsAndTheSameAgainChangesNothingAlsoAfterItWasHandedOut() {
    stored(me, "i", prekeys("k", 1, 3));
    stored(me, "i", prekeys("k", 2, 5));
    assertEquals(4, left(me));
    assertEquals("k1", taken(me));
    stored(me, "i", prekeys("k", 1, 5));
    assertEquals(3, left(me));
    assertEquals("k2", taken(me));
    stored(me, "i", "");
    assertEquals(2, left(me));
  }

  @Test
  void anIdWithOtherBytesIsAnotherKey() {
    stored(me, "i", prekeys("old", 1, 3));
    assertEquals("old1", taken(me));
    stored(me, "i", prekeys("new", 1, 3));
    assertEquals(2, left(me));
    assertEquals("new1", taken(me));
    assertEquals("new2", taken(me));
  }

  @Test
  void anotherIdentityDropsAllEarlierPrekeys() {
    stored(me, "one", prekeys("k", 1, 6));
    stored(me, "two", prekeys("n", 9, 10));
    assertEquals(1, left(me));
    Answer bundle = fetch(me);
    assertEquals(base64("two"), bundle.text("devices/0/identity_key"));
    assertEquals(base64("n9"), bundle.text("devices/0/one_time_prekey/key"));
  }

  @Test
  void signedPrekeyAndRegistrationAreReplaced() {
    stored(me, "i", "");
    String changed =
        body("i", "")
            .replace("\"registration_id\":7", "\"registration_id\":4294967295")
            .replace("\"id\":3", "\"id\":4")
            .replace(base64("signed"), base64("newer"));
    assertEquals(204, put(me, changed).status());
    Answer bundle = fetch(me);
    assertEquals(4294967295L, bundle.at("devices/0/registration_id").asLong());
    assertEquals(4, bundle.at("devices/0/signed_prekey/id").asInt());
    assertEquals(base64("newer"), bundle.text("devices/0/signed_prekey/key"));
  }

  @Test
  void aPrekeyIsNeverHandedOutTwiceHoweverManyAskAtOnce() throws Exception {
    Login second = node.login(me.phone(), UUID.randomUUID());
    stored(me, "i", prekeys("a", 0, 150));
    stored(second, "i", prekeys("b", 0, 40));
    List<Answer> answers = Concurrently.run(200, _ -> fetch(me));
    List<String> handedOut = new ArrayList<>();
    int bundles = 0;
    for (Answer answer : answers) {
      for (var bundle : answer.at("devices")) {
        bundles++;
        if (bundle.has("one_time_prekey")) {
          handedOut.add(bundle.at("/one_time_prekey/key").asString());
        }
      }
    }
    assertEquals(400, bundles);
    assertEquals(handedOut.size(), Set.copyOf(handedOut).size());
    // Whoever found every row just being taken got none; none is lost by that.
    assertEquals(190 - handedOut.size(), left(me) + left(second));
    assertTrue(handedOut.size() >= 190 - 2 * AT_ONCE, handedOut.size() + " were handed out");
  }

  @Test
  void whoFindsAPrekeyBeingTakenGetsTheNextAndDoesNotWait() {
    stored(me, "i", prekeys("k", 0, 3));
    node.dsl()
        .transaction(tx -> {
          tx.dsl()
              .selectFrom(ONE_TIME_PREKEYS)
              .where(ONE_TIME_PREKEYS.DEVICE_ID.eq(me.deviceId()))
              .and(ONE_TIME_PREKEYS.KEY_ID.eq(0L))
              .forUpdate()
              .fetchSingle();
          assertEquals("k1", taken(me));
        });
    assertEquals("k0", taken(me));
  }

  @Test
  void uploadingAgainWhileOthersFetchBringsNoneBack() throws Exception {
    stored(me, "i", prekeys("k", 0, 200));
    List<String> handedOut =
        Concurrently.run(
                120,
                i -> {
                  if (i % 6 == 0) {
                    stored(me, "i", prekeys("k", 0, 200));
                    return "";
                  }
                  String key = taken(me);
                  return key == null ? "" : key;
                })
            .stream()
            .filter(key -> !key.isEmpty())
            .toList();
    assertFalse(handedOut.isEmpty());
    assertEquals(handedOut.size(), Set.copyOf(handedOut).size());
    assertEquals(200 - handedOut.size(), left(me));
  }

  @Test
  void ofTwoIdentitiesUploadedAtOnceOnlyOnesPrekeysRemain() throws Exception {
    for (int round = 0; round < 15; round++) {
      String now = "r" + round;
      Concurrently.run(
          4,
          i -> {
            stored(me, now + "i" + i, prekeys(now + "i" + i + "k", i * 10, i * 10 + 10));
            return "";
          });
      Answer bundle = fetch(me);
      String identity =
          new String(Base64.getDecoder().decode(bundle.text("devices/0/identity_key")), UTF_8);
      assertEquals(9, left(me));
      String prekey = bundle.text("devices/0/one_time_prekey/key");
      assertTrue(new String(Base64.getDecoder().decode(prekey), UTF_8).startsWith(identity));
    }
  }

  @Test
  void atMostTwoHundredInOneUploadAndAThousandUnusedInAll() throws Exception {
    for (int i = 0; i < 5; i++) {
      stored(me, "i", prekeys("k", i * 200, i * 200 + 200));
    }
    assertEquals(1_000, left(me));
    Answer full = put(me, body("i", prekeys("k", 1_000, 1_001)));
    assertEquals(409, full.status());
    assertEquals("CONFLICT", full.errorCode());
    assertEquals(1_000, left(me));
    taken(me);
    stored(me, "i", prekeys("k", 1_000, 1_001));
    Answer many = put(me, body("i", prekeys("k", 0, 201)));
    assertEquals(400, many.status());
    assertEquals("INVALID_REQUEST", many.errorCode());
    Login fresh = node.login();
    Concurrently.run(8, i -> put(fresh, body("i", prekeys("k", i * 200, i * 200 + 200))).status());
    assertEquals(1_000, left(fresh));
  }

  @Test
  void brokenKeysAreRefusedByNameAndNothingIsStored() {
    String good = body("identity", prekeys("k", 1, 3));
    String key = "\"" + base64("k1") + "\"";
    for (String[] change :
        new String[][] {
          {"\"registration_id\":7,", "", "registration_id"},
          {":7,", ":-1,", "registration_id"},
          {":7,", ":4294967296,", "registration_id"},
          {":7,", ":\"7\",", "registration_id"},
          {":7,", ":7.5,", "registration_id"},
          {"\"identity_key\"", "\"x\"", "identity_key"},
          {base64("identity"), "not base64!", "identity_key"},
          {base64("identity"), "", "identity_key"},
          {base64("identity"), base64("x".repeat(257)), "identity_key"},
          {"\"signed_prekey\"", "\"x\"", "signed_prekey"},
          {"\"id\":3,", "", "signed_prekey.id"},
          {"\"signature\"", "\"x\"", "signed_prekey.signature"},
          {"\"key\":\"" + base64("signed") + "\"", "\"key\":null", "signed_prekey.key"},
          {"[{", "[null,{", "one_time_prekeys[0]"},
          {"[{", "[7,{", "one_time_prekeys[0]"},
          {"\"id\":2", "\"id\":null", "one_time_prekeys[1].id"},
          {"\"id\":2", "\"id\":1", "one_time_prekeys"},
          {key, "\"\"", "one_time_prekeys[0].key"},
          {key, "[]", "one_time_prekeys[0].key"},
        }) {
      String broken = good.replace(change[0], change[1]);
      assertFalse(broken.equals(good), change[0]);
      Answer answer = put(me, broken);
      assertEquals(400, answer.status(), () -> broken + " " + answer.json());
      assertEquals("INVALID_REQUEST", answer.errorCode());
      assertTrue(answer.text("error").contains("\"" + change[2] + "\""), answer.text("error"));
    }
    assertEquals(0, left(me));
    assertFalse(
        node.dsl().fetchExists(ONE_TIME_PREKEYS, ONE_TIME_PREKEYS.DEVICE_ID.eq(me.deviceId())));
    assertEquals(204, put(me, good).status());
    assertEquals(
        204,
        put(
                me,
                good.replace(
                    "\"id\":2,\"key\":\"" + base64("k2"), "\"id\":1,\"key\":\"" + base64("k1")))
            .status());
    assertEquals(
        204, put(me, body("identity", "").replace(",\"one_time_prekeys\":[]", "")).status());
    assertEquals(2, left(me));
  }
}
