package server.conversations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.http.ApiError;
import server.testing.TestApi;
import server.testing.TestApi.User;
import server.testing.TestConversations;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MembershipsTest {
  private TestConversations fixture;
  private Memberships memberships;
  private TestApi api;

  @BeforeAll
  void start() {
    fixture = new TestConversations();
    memberships = new Memberships(fixture.dsl());
    api = fixture.api();
  }

  @AfterAll
  void stop() {
    fixture.close();
  }

  @Test
  void presentAndFormerMembershipsOfManyUsersComeInOneMap() {
    User ann = api.user();
    User bob = api.user();
    User eve = api.user();
    UUID one = UUID.fromString(fixture.group(ann, bob));
    UUID two = UUID.fromString(fixture.group(ann));
    fixture.send(ann, one.toString(), 2);
    fixture.remove(bob, one.toString(), bob);
    Map<UUID, List<Membership>> all =
        memberships.ofUsers(List.of(ann.userId(), bob.userId(), eve.userId()));
    assertEquals(memberships.ofUser(ann.userId()), all.get(ann.userId()));
    assertEquals(
        Set.of(one, two),
        Set.copyOf(all.get(ann.userId()).stream().map(Membership::conversationId).toList()));
    Membership former = all.get(bob.userId()).getFirst();
    assertFalse(former.active());
    assertEquals(2, former.readableTo(5));
    assertEquals(List.of(), all.get(eve.userId()));
  }

  @Test
  void aFormerMemberHasAccessButIsNoMember() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    fixture.remove(ann, id, bob);
    assertFalse(memberships.access(UUID.fromString(id), bob.userId()).active());
    assertThrows(ApiError.class, () -> memberships.member(UUID.fromString(id), bob.userId()));
    assertThrows(ApiError.class, () -> memberships.access(UUID.randomUUID(), bob.userId()));
  }

  @Test
  void membersAreOfOneVersionAndNothingIsVersionZero() {
    User ann = api.user();
    User bob = api.user();
    UUID id = UUID.fromString(fixture.group(ann, bob));
    Memberships.Members before = memberships.members(id);
    assertEquals(Set.of(ann.userId(), bob.userId()), Set.copyOf(before.userIds()));
    fixture.remove(bob, id.toString(), bob);
    Memberships.Members after = memberships.members(id);
    assertEquals(List.of(ann.userId()), after.userIds());
    assertTrue(after.version() > before.version());
    assertEquals(0, memberships.members(UUID.randomUUID()).version());
  }

  @Test
  void aPollTellsWhatChangedSinceTheOneBefore() {
    User ann = api.user();
    UUID id = UUID.fromString(fixture.group(ann));
    Memberships.Changes first = memberships.changedSince(Instant.now().minusSeconds(60));
    assertTrue(first.complete());
    assertEquals(1, first.versions().get(id));
    fixture.add(ann, id.toString(), api.user());
    Memberships.Changes second = memberships.changedSince(first.asOf());
    assertEquals(2, second.versions().get(id));
    assertTrue(second.asOf().isAfter(first.asOf()));
    assertEquals(Map.of(), memberships.changedSince(Instant.now().plusSeconds(60)).versions());
  }
}
