package server.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.Concurrently;
import server.testing.TestAccounts;
import server.testing.TestAccounts.Login;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;

class ProfileRoutesTest {
  private static TestEngines engines;
  private static TestAccounts node;

  private final Login me = node.login();

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

  private Answer patch(String body) {
    return node.call("PATCH", "/profile", body, me.access());
  }

  private Answer find(String query) {
    return node.get("/users" + query, me.access());
  }

  private static String freshName() {
    return "u" + Long.toString(ThreadLocalRandom.current().nextLong(1L << 60), 36);
  }

  private static void invalid(Answer answer, String field) {
    assertEquals(400, answer.status(), () -> "" + answer.json());
    assertEquals("INVALID_REQUEST", answer.errorCode());
    assertTrue(answer.text("error").contains("\"" + field + "\""), answer.text("error"));
  }

  @Test
  void aNewProfileHasIdMaskedNumberAndTimeOnly() {
    Answer profile = node.get("/profile", me.access());
    assertEquals(200, profile.status());
    assertEquals(
        Set.of("user_id", "phone_number", "created_at"),
        Set.copyOf(profile.json().propertyNames()));
    assertEquals(me.userId().toString(), profile.text("user_id"));
    assertEquals("+66*****" + me.phone().substring(8), profile.text("phone_number"));
    assertTrue(profile.text("created_at").matches("\\d{4}-.*\\.\\d{3}Z"));
  }

  @Test
  void whatIsGivenIsSetWhatIsAbsentStaysAndNullClears() {
    String name = freshName();
    Answer set =
        patch(
            "{\"display_name\":\" สมชาย 😀 \",\"username\":\""
                + name.toUpperCase()
                + "\",\"bio\":\"a\\nb\"}");
    assertEquals(200, set.status());
    assertEquals("สมชาย 😀", set.text("display_name"));
    assertEquals(name, set.text("username"));
    assertEquals("a\nb", set.text("bio"));
    Answer some = patch("{\"bio\":\"c\",\"phone_number\":\"+66899999999\",\"user_id\":7}");
    assertEquals("c", some.text("bio"));
    assertEquals("สมชาย 😀", some.text("display_name"));
    assertEquals(name, some.text("username"));
    assertEquals(me.userId().toString(), some.text("user_id"));
    assertEquals(200, patch("{}").status());
    Answer cleared = patch("{\"display_name\":null,\"username\":null,\"bio\":\"  \"}");
    assertEquals(200, cleared.status());
    assertEquals(
        Set.of("user_id", "phone_number", "created_at"),
        Set.copyOf(cleared.json().propertyNames()));
    assertEquals(cleared.json(), node.get("/profile", me.access()).json());
  }

  @Test
  void brokenValuesAreRefusedByNameAndNothingIsSet() {
    for (String broken :
        List.of("ab", "x".repeat(33), "a b", "a-b", "ä_name", "a\\u0000bc", "ＡＢＣ")) {
      invalid(patch("{\"bio\":\"kept?\",\"username\":\"" + broken + "\"}"), "username");
    }
    invalid(patch("{\"username\":7}"), "username");
    invalid(patch("{\"display_name\":\"" + "x".repeat(65) + "\"}"), "display_name");
    invalid(patch("{\"display_name\":\"a\\nb\"}"), "display_name");
    invalid(patch("{\"display_name\":[]}"), "display_name");
    invalid(patch("{\"bio\":\"" + "x".repeat(501) + "\"}"), "bio");
    invalid(patch("{\"bio\":\"a\\u0000\"}"), "bio");
    invalid(patch("{\"bio\":\"a\\ud83d\"}"), "bio");
    for (String body : List.of("", "[]", "null", "{")) {
      assertEquals(400, patch(body).status());
    }
    assertNull(node.get("/profile", me.access()).json().get("bio"));
  }

  @Test
  void aTakenUsernameIsAConflictAlsoInOtherCaseAndOnlyOneOfManyGetsIt() throws Exception {
    String name = freshName();
    assertEquals(200, patch("{\"username\":\"" + name + "\"}").status());
    assertEquals(200, patch("{\"username\":\"" + name + "\"}").status(), "one's own again");
    Login other = node.login();
    Answer taken =
        node.call(
            "PATCH", "/profile", "{\"username\":\"" + name.toUpperCase() + "\"}", other.access());
    assertEquals(409, taken.status());
    assertEquals("CONFLICT", taken.errorCode());
    String wanted = freshName();
    List<Login> users = java.util.stream.Stream.generate(node::login).limit(8).toList();
    var statuses =
        Concurrently.run(
            8,
            i ->
                node.call(
                        "PATCH",
                        "/profile",
                        "{\"username\":\"" + wanted + "\"}",
                        users.get(i).access())
                    .status());
    assertEquals(1, statuses.stream().filter(status -> status == 200).count());
    assertEquals(7, statuses.stream().filter(status -> status == 409).count());
  }

  @Test
  void peopleAreFoundByExactlyWhatOneKnowsAndTheirNumberIsNeverShown() {
    String name = freshName();
    Login other = node.login();
    node.call(
        "PATCH",
        "/profile",
        "{\"username\":\"%s\",\"display_name\":\"D\",\"bio\":\"B\"}".formatted(name),
        other.access());
    String number = other.phone().substring(1);
    for (String query :
        List.of(
            "/" + other.userId(),
            "/" + other.userId().toString().toUpperCase(),
            "?username=" + name,
            "?username=" + name.toUpperCase(),
            "?phone_number=%2B" + number,
            "?phone_number=+" + number,
            "?phone_number=%2B66+" + number.substring(2))) {
      Answer found = find(query);
      assertEquals(200, found.status(), query);
      assertEquals(
          Set.of("user_id", "display_name", "username", "bio"),
          Set.copyOf(found.json().propertyNames()));
      assertEquals(other.userId().toString(), found.text("user_id"));
      assertFalse(found.response().body().contains(number.substring(2)));
    }
  }

  @Test
  void whoIsNotThereIsNotFoundAndPartsOfANameDoNotMatch() {
    String name = freshName();
    patch("{\"username\":\"" + name + "\"}");
    for (String query :
        List.of(
            "/" + UUID.randomUUID(),
            "?username=" + name.substring(1),
            "?username=" + name.substring(0, 3) + "%25",
            "?username=%00",
            "?username=",
            "?phone_number=%2B66899999990")) {
      Answer answer = find(query);
      assertEquals(404, answer.status(), query);
      assertEquals("NOT_FOUND", answer.errorCode());
    }
    invalid(find("/7"), "user_id");
    invalid(find("?phone_number=0899999990"), "phone_number");
    invalid(find(""), "username");
    invalid(find("?username=a&phone_number=%2B66899999990"), "username");
  }

  @Test
  void lookingPeopleUpIsTightlyLimited() {
    Login reader = node.login();
    Answer answer = null;
    for (int i = 0; i < 160; i++) { // 120 at once in development, 4 more each second
      answer =
          node.get(
              "/users?phone_number="
                  + URLEncoder.encode("+6689" + (1_000_000 + i), StandardCharsets.UTF_8),
              reader.access());
      if (answer.status() == 429) {
        break;
      }
    }
    assertEquals(429, answer.status());
    assertEquals("RATE_LIMITED", answer.errorCode());
    assertEquals(429, node.get("/users/" + reader.userId(), reader.access()).status());
    assertEquals(200, node.get("/profile", reader.access()).status());
  }
}
