package server.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.conversations.ConversationChange.Kind;
import server.testing.Concurrently;
import server.testing.TestApi;
import server.testing.TestApi.Answer;
import server.testing.TestApi.User;
import server.testing.TestConversations;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConversationRoutesTest {
  private TestConversations fixture;
  private TestApi api;

  @BeforeAll
  void start() {
    fixture = new TestConversations();
    api = fixture.api();
  }

  @AfterAll
  void stop() {
    fixture.close();
  }

  private static String direct(UUID... others) {
    return "{\"type\":\"direct\",\"member_ids\":" + ids(others) + "}";
  }

  private static String ids(UUID... ids) {
    return Stream.of(ids).map(id -> "\"" + id + "\"").collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void aDirectConversationIsMadeOnceAndComesBackToBothWith200() {
    User ann = api.user();
    User bob = api.user();
    Answer first = ann.post("/conversations", direct(bob.userId()));
    Answer again = ann.post("/conversations", direct(bob.userId()));
    Answer other = bob.post("/conversations", direct(ann.userId()));
    assertEquals(List.of(201, 200, 200), List.of(first.status(), again.status(), other.status()));
    assertEquals(first.json(), again.json());
    assertEquals(first.text("conversation_id"), other.text("conversation_id"));
  }

  @Test
  void aNewConversationHasAllFieldsOfTheContract() {
    User ann = api.user();
    User bob = api.user();
    Answer made =
        ann.post(
            "/conversations",
            "{\"type\":\"group\",\"name\":\"Tea ชา 🍵\",\"member_ids\":" + ids(bob.userId()) + "}");
    assertEquals("group", made.text("type"));
    assertEquals("Tea ชา 🍵", made.text("name"));
    assertTrue(made.at("metadata").isObject() && made.at("metadata").isEmpty());
    assertTrue(
        made.text("created_at").matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"));
    assertEquals(2, made.at("member_count").asInt());
    assertEquals(0, made.at("last_seq").asInt(-1));
    Set<String> members = new HashSet<>();
    made.at("members")
        .forEach(m -> members.add(m.at("/user_id").asString() + m.at("/role").asString()));
    assertEquals(Set.of(ann.userId() + "admin", bob.userId() + "member"), members);
    assertTrue(made.text("members/0/joined_at").endsWith("Z"));
  }

  @Test
  void aDirectConversationWithOneselfHasOneMember() {
    User ann = api.user();
    Answer byId = ann.post("/conversations", direct(ann.userId()));
    Answer byNobody = ann.post("/conversations", direct());
    assertEquals(201, byId.status());
    assertEquals(200, byNobody.status());
    assertEquals(1, byId.at("member_count").asInt());
    assertEquals(byId.text("conversation_id"), byNobody.text("conversation_id"));
    assertEquals(Kind.CREATED, fixture.heard(byId.text("conversation_id")).getFirst().change());
  }

  @Test
  void aHundredAttemptsAtOnceMakeOneDirectConversation() throws Exception {
    User ann = api.user();
    User bob = api.user();
    List<Answer> answers =
        Concurrently.run(
            100,
            i ->
                i % 2 == 0
                    ? persistently(ann, direct(bob.userId()))
                    : persistently(bob, direct(ann.userId())));
    assertEquals(1, answers.stream().map(a -> a.text("conversation_id")).distinct().count());
    assertEquals(1, answers.stream().filter(a -> a.status() == 201).count());
    assertEquals(99, answers.stream().filter(a -> a.status() == 200).count());
    assertEquals(1, fixture.heard(answers.getFirst().text("conversation_id")).size());
  }

  /// As a client does it: on a machine that is slow enough, a hundred at once find no connection.
  private static Answer persistently(User user, String body) {
    Answer answer = user.post("/conversations", body);
    for (int attempt = 0; attempt < 10 && answer.status() == 503; attempt++) {
      answer = user.post("/conversations", body);
    }
    return answer;
  }

  @Test
  void aGroupIsMadeOnceForOneClientConversationIdAlsoAtOnce() throws Exception {
    User ann = api.user();
    String body =
        "{\"type\":\"group\",\"name\":\"first\",\"member_ids\":[],\"client_conversation_id\":\""
            + UUID.randomUUID()
            + "\"}";
    List<Answer> answers = Concurrently.run(20, _ -> persistently(ann, body));
    assertEquals(1, answers.stream().map(Answer::json).distinct().count());
    assertEquals(1, answers.stream().filter(a -> a.status() == 201).count());
    Answer later = ann.post("/conversations", body.replace("first", "second"));
    assertEquals(200, later.status());
    assertEquals("first", later.text("name"));
    Answer bobs = api.user().post("/conversations", body);
    assertEquals(201, bobs.status(), "another user's id is another id");
  }

  @Test
  void whatIsWrongWithANewConversationIsSaid() {
    User ann = api.user();
    UUID nobody = UUID.randomUUID();
    UUID bob = api.user().userId();
    String tooMany =
        IntStream.range(0, 1_001)
            .mapToObj(_ -> "\"" + UUID.randomUUID() + "\"")
            .collect(Collectors.joining(","));
    var wrong =
        List.of(
            List.of("{\"member_ids\":[]}", "\"type\" is missing"),
            List.of("{\"type\":\"channel\",\"member_ids\":[]}", "\"direct\" or \"group\""),
            List.of("{\"type\":\"group\"}", "\"member_ids\" is missing"),
            List.of("{\"type\":\"group\",\"member_ids\":[null]}", "member_ids"),
            List.of("{\"type\":\"group\",\"member_ids\":[\"x\"]}", "must be a UUID"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":" + ids(bob, nobody) + "}", nobody.toString()),
            List.of("{\"type\":\"direct\",\"member_ids\":" + ids(nobody) + "}", nobody.toString()),
            List.of(
                "{\"type\":\"direct\",\"member_ids\":" + ids(bob, nobody) + "}", "2 other users"),
            List.of("{\"type\":\"group\",\"member_ids\":[" + tooMany + "]}", "at most 1000"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"name\":\"" + "n".repeat(129) + "\"}",
                "128"),
            List.of("{\"type\":\"group\",\"member_ids\":[],\"name\":\"  \"}", "blank"),
            List.of("{\"type\":\"group\",\"member_ids\":[],\"name\":\"a\\nb\"}", "one line"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"metadata\":{\"a\":1e99999}}", "too large"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"metadata\":{\"a\":["
                    + "1e999,".repeat(20)
                    + "1]}}",
                "at most 16384"),
            List.of("{\"type\":\"group\",\"member_ids\":[],\"metadata\":[]}", "JSON object"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"metadata\":{\"a\":\"\\u0000\"}}", "NUL"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"metadata\":{\"a\":\"\\ud800\"}}",
                "surrogate"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"metadata\":{\"a\":\""
                    + "a".repeat(16_384)
                    + "\"}}",
                "16384"),
            List.of(
                "{\"type\":\"group\",\"member_ids\":[],\"client_conversation_id\":\"7\"}", "UUID"),
            List.of("[]", "JSON object"));
    for (List<String> each : wrong) {
      Answer answer = ann.post("/conversations", each.get(0));
      assertEquals(400, answer.status(), each.get(0));
      assertEquals("INVALID_REQUEST", answer.errorCode());
      assertTrue(answer.text("error").contains(each.get(1)), answer.text("error"));
    }
    assertTrue(ann.get("/conversations").at("conversations").isEmpty(), "nothing was half made");
  }

  @Test
  void aGroupOfMoreThanAHundredLeavesItsMembersOut() {
    User ann = api.user();
    UUID[] others = Stream.generate(() -> api.user().userId()).limit(100).toArray(UUID[]::new);
    Answer large =
        ann.post("/conversations", "{\"type\":\"group\",\"member_ids\":" + ids(others) + "}");
    assertEquals(101, large.at("member_count").asInt());
    assertTrue(large.at("members").isMissingNode());
    String id = large.text("conversation_id");
    ann.delete("/conversations/" + id + "/members/" + others[0]);
    assertEquals(100, ann.get("/conversations/" + id).at("members").size());
  }

  @Test
  void aStrangerAndAFormerMemberGetTheSame403AsForWhatDoesNotExist() {
    User ann = api.user();
    User eve = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    ann.delete("/conversations/" + id + "/members/" + bob.userId());
    String none = UUID.randomUUID().toString();
    for (String path : List.of("", "/members", "/receipts", "/messages")) {
      Answer absent = eve.get("/conversations/" + none + path);
      Answer present = eve.get("/conversations/" + id + path);
      assertEquals(403, absent.status(), path);
      assertEquals("FORBIDDEN", absent.errorCode());
      assertEquals(absent.json(), present.json(), path);
    }
    for (String path : List.of("", "/members", "/receipts")) {
      assertEquals(403, bob.get("/conversations/" + id + path).status(), path);
    }
    for (String of : List.of(none, id)) {
      assertEquals(403, eve.patch("/conversations/" + of, "{}").status());
      assertEquals(403, eve.delete("/conversations/" + of + "/members/" + eve.userId()).status());
      assertEquals(
          403,
          eve.post("/conversations/" + of + "/members", "{\"user_id\":\"" + eve.userId() + "\"}")
              .status());
    }
  }

  @Test
  void anAdminDescribesAGroupAndAbsentIsNotNull() {
    User ann = api.user();
    User bob = api.user();
    String path = "/conversations/" + fixture.group(ann, bob);
    Answer both = ann.patch(path, "{\"name\":\"n\",\"metadata\":{\"a\":[1,null,{\"ก\":\"🍵\"}]}}");
    assertEquals(200, both.status());
    assertEquals("🍵", both.text("metadata/a/2/ก"));
    assertTrue(both.at("metadata/a/1").isNull());
    Answer nothing = ann.patch(path, "{\"unknown\":1}");
    assertEquals("n", nothing.text("name"));
    Answer nameless = ann.patch(path, "{\"name\":null}");
    assertNull(nameless.text("name"));
    assertFalse(nameless.at("metadata").isEmpty());
    assertTrue(ann.patch(path, "{\"metadata\":null}").at("metadata").isEmpty());
    assertEquals(400, ann.patch(path, "{\"name\":7}").status());
    assertEquals(400, ann.patch(path, "[1]").status());
    assertEquals("FORBIDDEN", bob.patch(path, "{\"name\":\"mine\"}").errorCode());
    assertEquals(
        3,
        fixture.heard(path.substring(15)).stream().filter(c -> c.change() == Kind.UPDATED).count());
  }

  @Test
  void numbersInMetadataComeBackAsTheyWereSent() {
    User ann = api.user();
    String path = "/conversations/" + fixture.group(ann);
    String numbers = "[12345678901234567890,0.10000000000000000555,-7,1.5]";
    Answer patched = ann.patch(path, "{\"metadata\":{\"n\":" + numbers + "}}");
    assertEquals(numbers, patched.at("metadata/n").toString());
    assertEquals(numbers, ann.get(path).at("metadata/n").toString());
  }

  @Test
  void aDirectConversationIsNotDescribed() {
    User ann = api.user();
    String id = fixture.direct(ann, api.user());
    assertEquals("CONFLICT", ann.patch("/conversations/" + id, "{\"name\":\"n\"}").errorCode());
  }

  @Test
  void theListHasTheNewestActivityFirstAndItsPagesMeetExactly() {
    User ann = api.user();
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      made.add(fixture.group(ann, api.user()));
    }
    fixture.send(ann, made.get(2), 1);
    made.add(made.remove(2));
    List<String> listed = new ArrayList<>();
    String cursor = "";
    for (int pages = 0; cursor != null && pages < 10; pages++) {
      Answer page = ann.get("/conversations?limit=3" + cursor);
      page.at("conversations").forEach(c -> listed.add(c.at("/conversation_id").asString()));
      assertTrue(page.at("conversations/0/members").isMissingNode());
      cursor = page.text("next_cursor") == null ? null : "&cursor=" + page.text("next_cursor");
    }
    assertEquals(made.reversed(), listed);
  }

  @Test
  void activityBetweenTwoPagesRepeatsNothing() {
    User ann = api.user();
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      made.add(fixture.group(ann, api.user()));
    }
    Answer first = ann.get("/conversations?limit=2");
    fixture.send(ann, made.get(3), 1);
    fixture.group(ann, api.user());
    Answer second = ann.get("/conversations?limit=2&cursor=" + first.text("next_cursor"));
    assertEquals(made.get(1), second.text("conversations/0/conversation_id"));
    assertEquals(made.get(0), second.text("conversations/1/conversation_id"));
    assertNull(second.text("next_cursor"));
  }

  @Test
  void conversationsOfOneMillisecondAndOfOneMicrosecondAreListedOnceEach() {
    User ann = api.user();
    List<String> made = new ArrayList<>();
    for (int micros : new int[] {123_100, 123_200, 123_200, 123_900}) {
      String id = fixture.group(ann);
      fixture
          .dsl()
          .execute(
              "UPDATE conversations SET last_activity_at = '2026-01-01 00:00:00Z'::timestamptz"
                  + " + make_interval(secs => ? / 1e6) WHERE conversation_id = ?",
              micros,
              UUID.fromString(id));
      made.add(id);
    }
    List<String> listed = new ArrayList<>();
    String cursor = "";
    for (int pages = 0; cursor != null && pages < 10; pages++) {
      Answer page = ann.get("/conversations?limit=1" + cursor);
      page.at("conversations").forEach(c -> listed.add(c.at("/conversation_id").asString()));
      cursor = page.text("next_cursor") == null ? null : "&cursor=" + page.text("next_cursor");
    }
    assertEquals(made.getLast(), listed.getFirst());
    assertEquals(made.getFirst(), listed.getLast());
    assertEquals(4, listed.size());
    assertEquals(Set.copyOf(made), Set.copyOf(listed));
  }

  @Test
  void aCursorThatIsNotOursIsRefused() {
    User ann = api.user();
    String id = fixture.group(ann, api.user(), api.user());
    String ofMembers = ann.get("/conversations/" + id + "/members?limit=1").text("next_cursor");
    for (String cursor : List.of("", "x", "%20", "AAAA", ofMembers)) {
      assertEquals(
          "INVALID_REQUEST", ann.get("/conversations?cursor=" + cursor).errorCode(), cursor);
    }
    assertEquals("INVALID_REQUEST", ann.get("/conversations?limit=0").errorCode());
    assertEquals("INVALID_REQUEST", ann.get("/conversations?limit=101").errorCode());
  }

  @Test
  void unreadCountsOthersMessagesAfterTheHighestReadOfAllDevices() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    fixture.send(bob, id, 3);
    fixture.send(ann, id, 2);
    assertEquals(3, unread(ann, id));
    assertEquals(2, unread(bob, id));
    ann.otherDevice().post("/conversations/" + id + "/receipts", "{\"read_seq\":2}");
    ann.post("/conversations/" + id + "/receipts", "{\"delivered_seq\":5,\"read_seq\":1}");
    assertEquals(1, unread(ann, id));
    assertEquals(5, ann.get("/conversations/" + id).at("last_seq").asInt());
    fixture.send(bob, id, 1_050);
    assertEquals(999, unread(ann, id));
    assertEquals(999, ann.get("/conversations").at("conversations/0/unread_count").asInt());
    ann.post("/conversations/" + id + "/receipts", "{\"read_seq\":1055}");
    assertEquals(0, unread(ann, id));
  }

  @Test
  void whatWasThereBeforeOneJoinedIsNotUnread() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann);
    fixture.send(ann, id, 4);
    fixture.add(ann, id, bob);
    assertEquals(0, unread(bob, id));
    fixture.send(ann, id, 2);
    assertEquals(2, unread(bob, id));
  }

  private static int unread(User user, String id) {
    return user.get("/conversations/" + id).at("unread_count").asInt(-1);
  }
}
