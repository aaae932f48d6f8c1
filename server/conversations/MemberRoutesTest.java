package server.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.conversations.ConversationChange.Kind;
import server.messages.Appended;
import server.testing.Concurrently;
import server.testing.TestApi;
import server.testing.TestApi.Answer;
import server.testing.TestApi.User;
import server.testing.TestConversations;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MemberRoutesTest {
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

  private Membership membership(String id, User user) {
    return new Memberships(fixture.dsl()).access(UUID.fromString(id), user.userId());
  }

  private static Answer post(User by, String id, UUID user, String role) {
    return by.post(
        "/conversations/" + id + "/members",
        "{\"user_id\":\"" + user + "\"" + (role == null ? "" : ",\"role\":\"" + role + "\"") + "}");
  }

  @Test
  void anAddedMemberIsAnsweredListedAndToldOf() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann);
    Answer added = fixture.add(ann, id, bob);
    assertEquals(201, added.status());
    assertEquals(bob.userId().toString(), added.text("user_id"));
    assertEquals("member", added.text("role"));
    assertTrue(added.text("joined_at").endsWith("Z"));
    assertEquals(2, bob.get("/conversations/" + id).at("member_count").asInt());
    ConversationChange last = fixture.heard(id).getLast();
    assertEquals(
        new ConversationChange(UUID.fromString(id), Kind.MEMBER_ADDED, bob.userId(), 2), last);
    assertEquals(2, new Memberships(fixture.dsl()).members(UUID.fromString(id)).version());
  }

  @Test
  void addingAPresentMemberChangesNothingAndAnswersTheSameWith200() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann);
    Answer first = fixture.add(ann, id, bob);
    fixture.send(ann, id, 3);
    Answer again = fixture.add(ann, id, bob);
    assertEquals(200, again.status());
    assertEquals(first.json(), again.json());
    assertEquals(0, membership(id, bob).startSeq());
    assertEquals(2, fixture.heard(id).size());
  }

  @Test
  void aUserAddedTwentyTimesAtOnceIsAddedOnce() throws Exception {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann);
    List<Answer> answers = Concurrently.run(20, _ -> fixture.add(ann, id, bob));
    assertEquals(1, answers.stream().filter(a -> a.status() == 201).count());
    assertEquals(1, answers.stream().map(Answer::json).distinct().count());
    assertEquals(2, ann.get("/conversations/" + id).at("member_count").asInt());
  }

  @Test
  void onlyAnAdminAddsAndRemovesOthers() {
    User ann = api.user();
    User bob = api.user();
    User cho = api.user();
    String id = fixture.group(ann, bob, cho);
    assertEquals("FORBIDDEN", fixture.add(bob, id, api.user()).errorCode());
    assertEquals("FORBIDDEN", post(bob, id, bob.userId(), "admin").errorCode());
    assertEquals("FORBIDDEN", fixture.remove(bob, id, cho).errorCode());
    assertEquals("FORBIDDEN", fixture.remove(bob, id, ann).errorCode());
    assertEquals(204, fixture.remove(bob, id, bob).status());
    assertEquals(204, fixture.remove(ann, id, cho).status());
    assertEquals(1, ann.get("/conversations/" + id).at("member_count").asInt());
  }

  @Test
  void anUnknownUserCannotBeAddedAndANonMemberCannotBeRemoved() {
    User ann = api.user();
    String id = fixture.group(ann);
    Answer unknown = post(ann, id, UUID.randomUUID(), null);
    assertEquals("INVALID_REQUEST", unknown.errorCode());
    assertTrue(unknown.text("error").startsWith("no such user"));
    assertEquals("NOT_FOUND", fixture.remove(ann, id, api.user()).errorCode());
    assertEquals("INVALID_REQUEST", post(ann, id, api.user().userId(), "owner").errorCode());
    assertEquals(
        "INVALID_REQUEST", ann.post("/conversations/" + id + "/members", "{}").errorCode());
    assertEquals(1, fixture.heard(id).size());
  }

  @Test
  void aRemovedMemberReadsUpToWhereItLeftAndNothingAfter() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    fixture.send(ann, id, 3);
    assertEquals(204, fixture.remove(ann, id, bob).status());
    fixture.send(ann, id, 2);
    assertEquals(3, membership(id, bob).leftSeq());
    Answer history = bob.get("/conversations/" + id + "/messages");
    assertEquals(3, history.at("messages").size());
    assertEquals(403, bob.get("/conversations/" + id).status());
    assertTrue(bob.get("/conversations").at("conversations").isEmpty());
    assertEquals(404, fixture.remove(ann, id, bob).status());
    assertEquals(403, fixture.remove(bob, id, bob).status());
    assertEquals(Appended.Refused.NOT_A_MEMBER, fixture.send(bob, id, 1).getFirst());
  }

  @Test
  void aMemberThatComesBackIsDeliveredFromThenOnAndReadsAll() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    fixture.send(ann, id, 2);
    fixture.remove(bob, id, bob);
    fixture.send(ann, id, 2);
    Answer back = fixture.add(ann, id, bob);
    assertEquals(201, back.status());
    fixture.send(ann, id, 1);
    Membership membership = membership(id, bob);
    assertEquals(4, membership.startSeq());
    assertTrue(membership.active());
    assertEquals(5, bob.get("/conversations/" + id + "/messages").at("messages").size());
    assertEquals(5, bob.get("/sync").at("messages/0/seq").asInt());
    assertEquals(2, bob.get("/conversations/" + id).at("member_count").asInt());
  }

  @Test
  void theLastAdminStaysWhileThereAreOthers() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    Answer refused = fixture.remove(ann, id, ann);
    assertEquals(409, refused.status());
    assertEquals("CONFLICT", refused.errorCode());
    assertEquals("CONFLICT", post(ann, id, ann.userId(), "member").errorCode());
    Answer promoted = post(ann, id, bob.userId(), "admin");
    assertEquals(200, promoted.status());
    assertEquals("admin", promoted.text("role"));
    assertEquals(204, fixture.remove(ann, id, ann).status());
    assertEquals(204, fixture.remove(bob, id, bob).status(), "the last of all may leave");
    assertEquals(0, new Memberships(fixture.dsl()).members(UUID.fromString(id)).userIds().size());
  }

  @RepeatedTest(10)
  void ofTwoAdminsThatRemoveEachOtherOneIsLeft() throws Exception {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    post(ann, id, bob.userId(), "admin");
    List<Answer> answers =
        Concurrently.run(
            2, i -> i == 0 ? fixture.remove(ann, id, bob) : fixture.remove(bob, id, ann));
    assertEquals(Set.of(204, 403), new HashSet<>(answers.stream().map(Answer::status).toList()));
  }

  @RepeatedTest(10)
  void ofTwoAdminsThatLeaveAtOnceOneStaysWithTheOthers() throws Exception {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob, api.user());
    post(ann, id, bob.userId(), "admin");
    List<Answer> answers =
        Concurrently.run(
            2, i -> i == 0 ? fixture.remove(ann, id, ann) : fixture.remove(bob, id, bob));
    assertEquals(Set.of(204, 409), new HashSet<>(answers.stream().map(Answer::status).toList()));
  }

  @RepeatedTest(5)
  void noMessageOfARemovedMemberIsStoredAfterItsRemovalWasAnswered() throws Exception {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    List<Object> ends =
        Concurrently.run(
            5,
            i -> {
              if (i == 4) {
                fixture.remove(ann, id, bob);
                return fixture.send(bob, id, 1).getFirst();
              }
              for (int n = 0; n < 50; n++) {
                fixture.send(bob, id, 1);
              }
              return null;
            });
    assertEquals(Appended.Refused.NOT_A_MEMBER, ends.getLast());
    long head = fixture.messages().heads(List.of(UUID.fromString(id))).get(UUID.fromString(id));
    assertEquals(head, membership(id, bob).leftSeq(), "its last message is the last it reads");
  }

  @Test
  void aDirectConversationsMembersAreFixed() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    assertEquals("CONFLICT", fixture.add(ann, id, api.user()).errorCode());
    assertEquals("CONFLICT", fixture.remove(ann, id, bob).errorCode());
    assertEquals("CONFLICT", fixture.remove(ann, id, ann).errorCode());
  }

  @Test
  void thePagesOfMembersHoldEachOnce() {
    User ann = api.user();
    List<String> expected = new ArrayList<>(List.of(ann.userId().toString()));
    User[] others = new User[6];
    for (int i = 0; i < others.length; i++) {
      others[i] = api.user();
      expected.add(others[i].userId().toString());
    }
    String id = fixture.group(ann, others);
    List<String> listed = new ArrayList<>();
    String cursor = "";
    for (int pages = 0; cursor != null && pages < 10; pages++) {
      Answer page = others[0].get("/conversations/" + id + "/members?limit=3" + cursor);
      page.at("members").forEach(m -> listed.add(m.at("/user_id").asString()));
      cursor = page.text("next_cursor") == null ? null : "&cursor=" + page.text("next_cursor");
    }
    expected.sort(null);
    assertEquals(expected, listed, "each once, in order of id");
    assertNull(
        ann.get("/conversations/" + id + "/members?limit=7").text("next_cursor"),
        "a page that is just full is the last");
  }
}
