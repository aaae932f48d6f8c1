package server.accounts;

import static migrate.generated.Tables.REFRESH_TOKENS;
import static migrate.generated.Tables.SESSIONS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.Await;
import server.testing.Concurrently;
import server.testing.TestAccounts;
import server.testing.TestAccounts.Login;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;

class SessionsTest {
  private static final Duration PROMISED = Duration.ofSeconds(1);
  private static TestEngines engines;
  private static TestAccounts node;
  private static TestAccounts otherNode;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    node = TestAccounts.on(engines);
    otherNode = TestAccounts.on(engines);
  }

  @AfterAll
  static void stop() {
    otherNode.close();
    node.close();
    engines.close();
  }

  private static void dead(Answer answer) {
    assertEquals(401, answer.status(), () -> "" + answer.json());
    assertEquals("INVALID_TOKEN", answer.errorCode());
  }

  private static int profile(TestAccounts by, String token) {
    return by.get("/profile", token).status();
  }

  private static UUID session(String refreshToken) {
    return node.dsl()
        .select(REFRESH_TOKENS.SESSION_ID)
        .from(REFRESH_TOKENS)
        .where(REFRESH_TOKENS.TOKEN_HASH.eq(RefreshToken.of(refreshToken).hash()))
        .fetchSingle(REFRESH_TOKENS.SESSION_ID);
  }

  @Test
  void aRefreshTokenIsExchangedForANewPairOfTheSameDevice() {
    Login login = node.login();
    Answer next = otherNode.refresh(login.refresh());
    assertEquals(200, next.status());
    assertEquals(6, next.json().propertyNames().size());
    assertEquals(login.userId().toString(), next.text("user_id"));
    assertEquals(login.deviceId().toString(), next.text("device_id"));
    assertEquals(900, next.at("expires_in_seconds").asInt());
    assertFalse(next.at("is_new_user").asBoolean());
    assertNotEquals(login.refresh(), next.text("refresh_token"));
    assertEquals(200, profile(node, next.text("access_token")));
    assertEquals(200, profile(node, login.access()), "it lives until it expires");
    assertEquals(200, node.refresh(next.text("refresh_token")).status());
  }

  @Test
  void aSecondUseOfARefreshTokenKillsItsWholeSessionAndNoOther() {
    Login login = node.login();
    Login sameDevice = node.login(login.phone(), login.deviceUuid());
    Answer next = node.refresh(login.refresh());
    Answer third = node.refresh(next.text("refresh_token"));
    dead(node.refresh(login.refresh()));
    dead(node.refresh(third.text("refresh_token")));
    dead(node.get("/profile", login.access()));
    dead(node.get("/profile", third.text("access_token")));
    assertEquals(200, profile(node, sameDevice.access()));
    assertEquals(200, node.refresh(sameDevice.refresh()).status());
    assertEquals(
        "token_reuse",
        node.dsl()
            .fetchSingle(SESSIONS, SESSIONS.SESSION_ID.eq(session(login.refresh())))
            .getRevokedBecause());
  }

  @Test
  void ofTwentyWhoPresentOneRefreshTokenAtOnceOneSucceedsAndTheSessionIsDead() throws Exception {
    for (int round = 0; round < 5; round++) {
      Login login = node.login();
      List<Answer> answers =
          Concurrently.run(20, i -> (i % 2 == 0 ? node : otherNode).refresh(login.refresh()));
      var good = answers.stream().filter(answer -> answer.status() == 200).toList();
      assertEquals(1, good.size());
      answers.stream().filter(answer -> answer.status() != 200).forEach(SessionsTest::dead);
      dead(node.refresh(good.getFirst().text("refresh_token")));
      Await.until(
          "dead", PROMISED, () -> profile(node, good.getFirst().text("access_token")) == 401);
    }
  }

  @Test
  void unknownForgedAndExpiredRefreshTokensAreInvalidAndEndNothing() {
    Login login = node.login();
    for (String token : List.of("", "x", login.access(), "A".repeat(43), "ü".repeat(43))) {
      dead(node.refresh(token));
    }
    node.dsl()
        .update(REFRESH_TOKENS)
        .set(REFRESH_TOKENS.EXPIRES_AT, OffsetDateTime.now())
        .where(REFRESH_TOKENS.TOKEN_HASH.eq(RefreshToken.of(login.refresh()).hash()))
        .execute();
    dead(node.refresh(login.refresh()));
    dead(node.refresh(login.refresh()));
    assertEquals(200, profile(node, login.access()));
  }

  @Test
  void aRefreshTokenLivesThirtyDays() {
    Login login = node.login();
    var expires =
        node.dsl()
            .fetchSingle(
                REFRESH_TOKENS,
                REFRESH_TOKENS.TOKEN_HASH.eq(RefreshToken.of(login.refresh()).hash()))
            .getExpiresAt();
    var left = Duration.between(OffsetDateTime.now(), expires);
    assertTrue(left.compareTo(Duration.ofDays(30)) <= 0 && left.toHours() >= 719, left::toString);
  }

  @Test
  void afterALogoutAllSessionsOfThisDeviceAreDeadAndNoOtherDevices() {
    Login login = node.login();
    Login again = node.login(login.phone(), login.deviceUuid());
    Login other = node.login(login.phone(), UUID.randomUUID());
    Answer out = node.post("/auth/logout", null, login.access());
    assertEquals(204, out.status());
    assertEquals("", out.response().body());
    for (Login gone : List.of(login, again)) {
      dead(node.get("/profile", gone.access()));
      dead(node.refresh(gone.refresh()));
    }
    dead(node.post("/auth/logout", null, login.access()));
    assertEquals(200, profile(node, other.access()));
    Login back = node.login(login.phone(), login.deviceUuid());
    assertEquals(login.deviceId(), back.deviceId());
    assertEquals(200, profile(node, back.access()));
    dead(node.get("/profile", login.access()));
  }

  @Test
  void aRevocationIsKnownToEveryNodeWithinASecondAndToldOnce() {
    Queue<Revoked> here = new ConcurrentLinkedQueue<>();
    Queue<Revoked> there = new ConcurrentLinkedQueue<>();
    node.accounts().revoked().listen(here::add);
    otherNode.accounts().revoked().listen(there::add);
    Login login = node.login();
    UUID session = session(login.refresh());
    assertEquals(200, profile(otherNode, login.access()));
    assertEquals(
        204, node.call("DELETE", "/devices/" + login.deviceId(), null, login.access()).status());
    dead(node.get("/profile", login.access()));
    Await.until("dead there", PROMISED, () -> profile(otherNode, login.access()) == 401);
    var expected = new Revoked(session, login.deviceId());
    assertEquals(1, here.stream().filter(expected::equals).count());
    Await.until("told there", PROMISED, () -> there.contains(expected));
    // Several polls later, all of which read it again.
    Login later = node.login();
    node.post("/auth/logout", null, later.access());
    for (int i = 0; i < 3; i++) {
      Login next = node.login();
      node.post("/auth/logout", null, next.access());
      Await.until(
          "told",
          PROMISED,
          () -> there.contains(new Revoked(session(next.refresh()), next.deviceId())));
    }
    assertEquals(1, here.stream().filter(expected::equals).count());
    assertEquals(1, there.stream().filter(expected::equals).count());
  }

  @Test
  void revocationNeedsNoRedis() {
    Login login = node.login();
    try (var proxy = engines.redisProxy();
        var away = TestAccounts.on(engines.postgres(), engines.redisBy(proxy))) {
      proxy.cut();
      assertEquals(200, profile(away, login.access()));
      node.post("/auth/logout", null, login.access());
      Await.until("dead", PROMISED, () -> profile(away, login.access()) == 401);
    }
  }

  @Test
  void aNodeThatStartsKnowsWhatWasRevokedBefore() {
    Login login = node.login();
    node.post("/auth/logout", null, login.access());
    try (var late = TestAccounts.on(engines)) {
      dead(late.get("/profile", login.access()));
    }
  }

  @Test
  void aRevocationThatIsCommittedLongAfterItsStampIsNotMissed() throws Exception {
    Login login = node.login();
    Login marker = node.login();
    var stamped = new CountDownLatch(1);
    var commit = new CountDownLatch(1);
    var slow =
        Thread.ofVirtual()
            .start(() ->
                node.dsl()
                    .transaction(tx -> {
                      tx.dsl()
                          .execute(
                              "UPDATE sessions SET revoked_at = clock_timestamp()"
                                  + " WHERE session_id = ?",
                              session(login.refresh()));
                      stamped.countDown();
                      commit.await();
                    }));
    stamped.await();
    // A later revocation is seen, so that polls have gone past the stamp.
    node.post("/auth/logout", null, marker.access());
    Await.until("seen", PROMISED, () -> profile(otherNode, marker.access()) == 401);
    Login second = node.login();
    node.post("/auth/logout", null, second.access());
    Await.until("seen", PROMISED, () -> profile(otherNode, second.access()) == 401);
    assertEquals(200, profile(otherNode, login.access()));
    commit.countDown();
    slow.join();
    Await.until("dead", PROMISED, () -> profile(otherNode, login.access()) == 401);
  }

  @Test
  void afterAnAbsenceOfTheDatabaseWhatWasRevokedMeanwhileIsLearned() {
    Login login = node.login();
    try (var proxy = engines.postgresProxy();
        var cutOff = TestAccounts.on(engines.postgresBy(proxy), engines.redis())) {
      assertEquals(200, profile(cutOff, login.access()));
      proxy.cut();
      node.post("/auth/logout", null, login.access());
      proxy.mend();
      Await.until(
          "dead",
          Duration.ofSeconds(10),
          () -> cutOff.accounts().revoked().contains(session(login.refresh())));
      dead(cutOff.get("/profile", login.access()));
    }
  }

  @Test
  void aRefreshDuringARevocationGivesNoTokenThatOutlivesIt() throws Exception {
    for (int round = 0; round < 10; round++) {
      Login login = node.login();
      List<Answer> answers =
          Concurrently.run(
              2,
              i ->
                  i == 0
                      ? node.refresh(login.refresh())
                      : node.post("/auth/logout", null, login.access()));
      assertEquals(204, answers.get(1).status());
      if (answers.get(0).status() == 200) {
        dead(node.get("/profile", answers.get(0).text("access_token")));
        dead(node.refresh(answers.get(0).text("refresh_token")));
      }
    }
  }

  @Test
  void tokensAreAskedForAndJudgedBeforeAnythingElse() {
    Answer none = node.get("/profile", null);
    assertEquals(401, none.status());
    assertEquals("UNAUTHORIZED", none.errorCode());
    dead(node.get("/profile", "nonsense"));
    dead(node.call("PUT", "/keys", "not json", "nonsense"));
    Login login = node.login();
    dead(node.get("/profile", login.refresh()));
    dead(node.get("/profile", login.access() + "x"));
  }

  @Test
  void expiredTokensAndTheirSessionsArePurgedAndLiveOnesStay() {
    Login old = node.login();
    Login live = node.login();
    Answer refreshed = node.refresh(live.refresh());
    UUID oldSession = session(old.refresh());
    UUID liveSession = session(live.refresh());
    for (Login one : List.of(old, live)) {
      node.dsl()
          .update(REFRESH_TOKENS)
          .set(REFRESH_TOKENS.EXPIRES_AT, OffsetDateTime.now().minusDays(1))
          .where(REFRESH_TOKENS.TOKEN_HASH.eq(RefreshToken.of(one.refresh()).hash()))
          .execute();
    }
    assertTrue(new Sessions(node.dsl(), node.accounts().revoked()).purge() >= 2);
    assertFalse(node.dsl().fetchExists(SESSIONS, SESSIONS.SESSION_ID.eq(oldSession)));
    assertTrue(node.dsl().fetchExists(SESSIONS, SESSIONS.SESSION_ID.eq(liveSession)));
    assertEquals(200, node.refresh(refreshed.text("refresh_token")).status());
    dead(node.refresh(old.refresh()));
  }
}
