package server.accounts;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.CURSORS;
import static migrate.generated.Tables.DEVICES;
import static migrate.generated.Tables.MEMBERS;
import static migrate.generated.Tables.REFRESH_TOKENS;
import static migrate.generated.Tables.USERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.redis.Redis;
import server.testing.Concurrently;
import server.testing.TestAccounts;
import server.testing.TestAccounts.Login;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;

class AuthRoutesTest {
  private static TestEngines engines;
  private static TestAccounts node;

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

  private static void refused(Answer answer, int status, String code) {
    assertEquals(status, answer.status(), () -> "" + answer.json());
    assertEquals(code, answer.errorCode());
    boolean retry = status == 429 || status == 503;
    assertEquals(
        retry
            ? Set.of("error", "error_code", "retry_after_seconds")
            : Set.of("error", "error_code"),
        Set.copyOf(answer.json().propertyNames()));
  }

  private static String otherThan(String otp) {
    return "%06d".formatted((Integer.parseInt(otp) + 1) % 1_000_000);
  }

  @Test
  void aPhoneNumberAndItsCodeGiveTokensUserAndDevice() {
    String phone = TestAccounts.newPhone();
    Answer sent = node.post("/auth/request-otp", "{\"phone_number\":\"" + phone + "\"}", null);
    assertEquals(202, sent.status());
    assertEquals(Set.of("expires_in_seconds", "dev_otp"), Set.copyOf(sent.json().propertyNames()));
    assertEquals(180, sent.at("expires_in_seconds").asInt());
    assertTrue(sent.text("dev_otp").matches("[0-9]{6}"));
    String body =
        """
        {"phone_number":"%s","otp":"%s","device_uuid":"%s","device_name":"  Somchai's phone ",
         "platform":"android","unknown":{"is":"ignored"}}\
        """
            .formatted(phone, sent.text("dev_otp"), UUID.randomUUID());
    Answer login = node.post("/auth/verify-otp", body, null);
    assertEquals(200, login.status());
    assertEquals(
        Set.of(
            "access_token",
            "refresh_token",
            "expires_in_seconds",
            "user_id",
            "device_id",
            "is_new_user"),
        Set.copyOf(login.json().propertyNames()));
    assertEquals(900, login.at("expires_in_seconds").asInt());
    assertTrue(login.at("is_new_user").asBoolean());
    var device =
        node.dsl()
            .fetchSingle(DEVICES, DEVICES.DEVICE_ID.eq(UUID.fromString(login.text("device_id"))));
    assertEquals("Somchai's phone", device.getDeviceName());
    assertEquals("android", device.getPlatform());
    assertEquals(200, node.get("/profile", login.text("access_token")).status());
  }

  @Test
  void aKnownUserIsNotNewAndTheSameDeviceKeepsItsIdAndItsOtherSessions() {
    Login first = node.login();
    Answer again = node.verify(first.phone(), node.otp(first.phone()), first.deviceUuid());
    assertFalse(again.at("is_new_user").asBoolean());
    assertEquals(first.userId().toString(), again.text("user_id"));
    assertEquals(first.deviceId().toString(), again.text("device_id"));
    assertEquals(200, node.get("/profile", first.access()).status());
    assertEquals(200, node.refresh(first.refresh()).status());
    Login other = node.login(first.phone(), UUID.randomUUID());
    assertEquals(first.userId(), other.userId());
    assertNotEquals(first.deviceId(), other.deviceId());
    Login stranger = node.login(TestAccounts.newPhone(), first.deviceUuid());
    assertNotEquals(first.deviceId(), stranger.deviceId(), "device uuids are each user's own");
  }

  @Test
  void theNumberIsOneUserHoweverItIsWritten() {
    Login login = node.login("+66 81-111 1111", UUID.randomUUID());
    assertEquals(login.userId(), node.login("+66811111111", UUID.randomUUID()).userId());
  }

  @Test
  void aCodeWorksOnceAndOnlyForItsPhoneAndOnlyTheNewest() {
    String phone = TestAccounts.newPhone();
    String old = node.otp(phone);
    String otp = node.otp(phone);
    if (!old.equals(otp)) {
      refused(node.verify(phone, old, UUID.randomUUID()), 400, "INVALID_OTP");
    }
    refused(node.verify(TestAccounts.newPhone(), otp, UUID.randomUUID()), 400, "INVALID_OTP");
    refused(node.verify(phone, otherThan(otp), UUID.randomUUID()), 400, "INVALID_OTP");
    assertEquals(200, node.verify(phone, otp, UUID.randomUUID()).status());
    refused(node.verify(phone, otp, UUID.randomUUID()), 400, "INVALID_OTP");
  }

  @Test
  void aCodeLivesFor180SecondsAndThenIsGone() {
    String phone = TestAccounts.newPhone();
    String otp = node.otp(phone);
    byte[] key = onlyCode(phone);
    long millis = Redis.await(node.redis().commands().pttl(key));
    assertTrue(millis > 170_000 && millis <= 180_000, millis + " ms");
    Redis.await(node.redis().commands().pexpireat(key, 1));
    refused(node.verify(phone, otp, UUID.randomUUID()), 400, "INVALID_OTP");
  }

  private static byte[] onlyCode(String phone) {
    var codes =
        new OtpCodes(node.redis(), ServerSecret.of("a secret for tests that is long enough"));
    String pattern = "*" + codes.pseudonym(new PhoneNumber(phone)) + "*";
    return Redis.await(node.redis().commands().keys("vyry:otp:" + pattern)).getFirst();
  }

  @Test
  void redisHoldsNeitherThePhoneNorTheCode() {
    String phone = TestAccounts.newPhone();
    String otp = node.otp(phone);
    for (byte[] key : Redis.await(node.redis().commands().keys("*"))) {
      String name = new String(key, java.nio.charset.StandardCharsets.UTF_8);
      assertFalse(name.contains(phone.substring(1)), name);
      if (name.startsWith("vyry:otp:")) {
        for (byte[] value : Redis.await(node.redis().commands().hvals(key))) {
          assertNotEquals(otp, new String(value, java.nio.charset.StandardCharsets.UTF_8));
        }
      }
    }
  }

  @Test
  void afterFiveWrongGuessesTheCodeIsDead() {
    String phone = TestAccounts.newPhone();
    String otp = node.otp(phone);
    for (int i = 0; i < OtpCodes.MAX_WRONG_GUESSES; i++) {
      refused(node.verify(phone, otherThan(otp), UUID.randomUUID()), 400, "INVALID_OTP");
    }
    refused(node.verify(phone, otp, UUID.randomUUID()), 400, "INVALID_OTP");
    assertEquals(200, node.verify(phone, node.otp(phone), UUID.randomUUID()).status());
  }

  @Test
  void afterFourWrongGuessesTheRightCodeStillWorks() {
    String phone = TestAccounts.newPhone();
    String otp = node.otp(phone);
    for (int i = 1; i < OtpCodes.MAX_WRONG_GUESSES; i++) {
      refused(node.verify(phone, otherThan(otp), UUID.randomUUID()), 400, "INVALID_OTP");
    }
    assertEquals(200, node.verify(phone, otp, UUID.randomUUID()).status());
  }

  @Test
  void askingForManyCodesForOnePhoneIsLimitedAndSaysForHowLong() {
    String phone = TestAccounts.newPhone();
    Answer answer = null;
    for (int i = 0; i <= 21; i++) { // 20 at once in development, one more every 3 s
      answer = node.post("/auth/request-otp", "{\"phone_number\":\"" + phone + "\"}", null);
    }
    refused(answer, 429, "RATE_LIMITED");
    String header = answer.response().headers().firstValue("Retry-After").orElseThrow();
    assertEquals(answer.at("retry_after_seconds").asInt(), Integer.parseInt(header));
    assertTrue(Integer.parseInt(header) >= 1 && Integer.parseInt(header) <= 3, header);
    assertFalse(answer.text("error").contains(phone.substring(1)));
  }

  @Test
  void guessingForOnePhoneIsLimitedOverAllItsCodesAndRightOnesDoNotCount() {
    String phone = TestAccounts.newPhone();
    for (int i = 0; i < 15; i++) {
      assertEquals(200, node.verify(phone, node.otp(phone), UUID.randomUUID()).status());
    }
    int wrong = 0;
    Answer answer = node.verify(phone, "000000", UUID.randomUUID());
    while (answer.status() == 400 && wrong < 100) {
      wrong++;
      answer = node.verify(phone, "000000", UUID.randomUUID());
    }
    refused(answer, 429, "RATE_LIMITED");
    assertTrue(wrong >= 50 && wrong < 60, wrong + " wrong guesses"); // 50, and one more each second
  }

  @Test
  void ofAHundredWhoPresentOneCodeAtOnceOneGetsIn() throws Exception {
    String phone = TestAccounts.newPhone();
    String otp = node.otp(phone);
    List<Answer> answers = Concurrently.run(100, _ -> node.verify(phone, otp, UUID.randomUUID()));
    Map<Integer, Long> byStatus =
        answers.stream().collect(Collectors.groupingBy(Answer::status, Collectors.counting()));
    assertEquals(1, byStatus.get(200), byStatus::toString);
    assertTrue(new TreeSet<>(Set.of(200, 400, 429)).containsAll(byStatus.keySet()));
    assertEquals(
        1,
        node.dsl()
            .fetchCount(
                DEVICES.join(USERS).on(DEVICES.USER_ID.eq(USERS.USER_ID)),
                USERS.PHONE_NUMBER.eq(phone)));
  }

  @Test
  void manyLoginsOfOneNewDeviceAtOnceAreOneUserAndOneDevice() throws Exception {
    var phone = PhoneNumber.parse("phone_number", TestAccounts.newPhone());
    var device = new Logins.Device(UUID.randomUUID(), null, null);
    var logins =
        new Logins(
            node.dsl(),
            new Sessions(node.dsl(), node.accounts().revoked()),
            new server.messages.PostgresMessageStore(engines.dataSource(), node.dsl()));
    var done = Concurrently.run(30, _ -> logins.login(phone, device));
    assertEquals(1, done.stream().map(one -> one.session().caller().userId()).distinct().count());
    assertEquals(1, done.stream().map(one -> one.session().caller().deviceId()).distinct().count());
    assertEquals(
        30, done.stream().map(one -> one.session().caller().sessionId()).distinct().count());
    assertEquals(1, done.stream().filter(Logins.LoggedIn::newUser).count());
  }

  @Test
  void deliveryToANewDeviceStartsAtTheHeadAndAKnownOneKeepsItsPlace() throws Exception {
    Login first = node.login();
    UUID conversation = conversation(first.userId(), 7);
    Login second = node.login(first.phone(), UUID.randomUUID());
    assertEquals(7L, deliveredSeq(conversation, second.deviceId()));
    node.dsl().update(CONVERSATIONS).set(CONVERSATIONS.LAST_SEQ, 9L).execute();
    node.login(first.phone(), second.deviceUuid());
    assertEquals(7L, deliveredSeq(conversation, second.deviceId()));
    node.dsl().deleteFrom(CURSORS).where(CURSORS.DEVICE_ID.eq(second.deviceId())).execute();
    node.login(first.phone(), second.deviceUuid());
    assertNull(deliveredSeq(conversation, second.deviceId()), "the store was told again");
    assertNull(deliveredSeq(conversation, first.deviceId()));
    // Each holds a connection and asks for a second one: they must not wait for each other for
    // ever.
    var logins =
        new Logins(
            node.dsl(),
            new Sessions(node.dsl(), node.accounts().revoked()),
            new server.messages.PostgresMessageStore(engines.dataSource(), node.dsl()));
    var phone = new PhoneNumber(first.phone());
    var done =
        Concurrently.run(
            60, _ -> logins.login(phone, new Logins.Device(UUID.randomUUID(), null, null)));
    for (var one : done) {
      assertEquals(9L, deliveredSeq(conversation, one.session().caller().deviceId()));
    }
  }

  private static UUID conversation(UUID member, long lastSeq) {
    UUID id = UUID.randomUUID();
    node.dsl()
        .insertInto(CONVERSATIONS)
        .set(CONVERSATIONS.CONVERSATION_ID, id)
        .set(CONVERSATIONS.TYPE, "group")
        .set(CONVERSATIONS.CREATED_BY, member)
        .set(CONVERSATIONS.MEMBER_COUNT, 1)
        .set(CONVERSATIONS.LAST_SEQ, lastSeq)
        .execute();
    node.dsl()
        .insertInto(MEMBERS, MEMBERS.CONVERSATION_ID, MEMBERS.USER_ID, MEMBERS.ROLE)
        .values(id, member, "admin")
        .execute();
    return id;
  }

  private static Long deliveredSeq(UUID conversation, UUID device) {
    return node.dsl()
        .select(CURSORS.DELIVERED_SEQ)
        .from(CURSORS)
        .where(CURSORS.CONVERSATION_ID.eq(conversation))
        .and(CURSORS.DEVICE_ID.eq(device))
        .fetchOne(CURSORS.DELIVERED_SEQ);
  }

  @Test
  void brokenRequestsAreRefusedByNameAndUseNothingUp() {
    String phone = TestAccounts.newPhone();
    String otp = node.otp(phone);
    String good =
        "{\"phone_number\":\"%s\",\"otp\":\"%s\",\"device_uuid\":\"%s\",\"device_name\":\"n\",\"platform\":\"ios\"}"
            .formatted(phone, otp, UUID.randomUUID());
    for (String[] change :
        new String[][] {
          {"\"phone_number\":\"" + phone + "\"", "\"phone_number\":\"12\"", "phone_number"},
          {"\"phone_number\":\"" + phone + "\",", "", "phone_number"},
          {"\"" + otp + "\"", "\"12345\"", "otp"},
          {"\"" + otp + "\"", "\"abcdef\"", "otp"},
          {"\"" + otp + "\"", "\"١٢٣٤٥٦\"", "otp"},
          {"\"" + otp + "\"", "123456", "otp"},
          {"\"otp\":\"" + otp + "\",", "", "otp"},
          {"\"device_uuid\":", "\"device_uid\":", "device_uuid"},
          {"\"device_uuid\":\"", "\"device_uuid\":\"0", "device_uuid"},
          {"\"n\"", "\"" + "n".repeat(65) + "\"", "device_name"},
          {"\"n\"", "\"a\\u0000b\"", "device_name"},
          {"\"n\"", "[]", "device_name"},
          {"\"ios\"", "\"IOS\"", "platform"},
          {"\"ios\"", "\"\"", "platform"},
        }) {
      String body = good.replace(change[0], change[1]);
      assertNotEquals(good, body);
      Answer answer = node.post("/auth/verify-otp", body, null);
      refused(answer, 400, "INVALID_REQUEST");
      assertTrue(answer.text("error").contains("\"" + change[2] + "\""), answer.text("error"));
    }
    for (String body : List.of("", "{", "[]", "null", "7", "{\"phone_number\":7}", "{}")) {
      refused(node.post("/auth/request-otp", body, null), 400, "INVALID_REQUEST");
      refused(node.post("/auth/verify-otp", body, null), 400, "INVALID_REQUEST");
      refused(node.post("/auth/refresh-token", body, null), 400, "INVALID_REQUEST");
    }
    assertEquals(200, node.post("/auth/verify-otp", good, null).status());
  }

  @Test
  void nullsAreAsGoodAsAbsentFields() {
    String phone = TestAccounts.newPhone();
    String body =
        "{\"phone_number\":\"%s\",\"otp\":\"%s\",\"device_uuid\":\"%s\",\"device_name\":null,\"platform\":null}"
            .formatted(phone, node.otp(phone), UUID.randomUUID());
    assertEquals(200, node.post("/auth/verify-otp", body, null).status());
  }

  @Test
  void theDatabaseHoldsNoRefreshTokenInClear() {
    Login login = node.login();
    assertEquals(43, login.refresh().length());
    for (byte[] hash :
        node.dsl().select(REFRESH_TOKENS.TOKEN_HASH).from(REFRESH_TOKENS).fetch(r -> r.value1())) {
      assertEquals(32, hash.length);
    }
    assertTrue(
        node.dsl()
            .fetchExists(
                REFRESH_TOKENS,
                REFRESH_TOKENS.TOKEN_HASH.eq(RefreshToken.of(login.refresh()).hash())));
  }

  @Test
  void withRedisAwayLoggingInIsUnavailableAndEverythingElseGoesOn() {
    try (var proxy = engines.redisProxy();
        var away = TestAccounts.on(engines.postgres(), engines.redisBy(proxy))) {
      Login login = away.login();
      String phone = TestAccounts.newPhone();
      String otp = away.otp(phone);
      proxy.cut();
      for (int i = 0; i < 60; i++) { // more than the limits, which are not to be used up by this
        refused(
            away.post("/auth/request-otp", "{\"phone_number\":\"" + phone + "\"}", null),
            503,
            "UNAVAILABLE");
        refused(away.verify(phone, otp, UUID.randomUUID()), 503, "UNAVAILABLE");
      }
      assertEquals(200, away.get("/profile", login.access()).status());
      assertEquals(200, away.refresh(login.refresh()).status());
      assertEquals(
          204, away.call("DELETE", "/devices/" + login.deviceId(), null, login.access()).status());
      refused(away.get("/profile", login.access()), 401, "INVALID_TOKEN");
      proxy.mend();
      server.testing.Await.until("back", java.time.Duration.ofSeconds(5), away.redis()::available);
      assertEquals(200, away.verify(phone, otp, UUID.randomUUID()).status());
    }
  }
}
