package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import server.testing.TestApi;
import server.testing.TestApi.Answer;
import server.testing.TestApi.User;
import server.testing.TestConversations;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MessageReadingTest {
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

  private static List<Long> seqs(Answer answer) {
    List<Long> seqs = new ArrayList<>();
    answer.at("messages").forEach(m -> seqs.add(m.at("/seq").asLong()));
    return seqs;
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private static Answer acknowledge(User user, String id, String body) {
    return user.post("/conversations/" + id + "/receipts", body);
  }

  @Test
  void historyIsReadForwardBackwardAndFromTheNewest() {
    User ann = api.user();
    String id = fixture.direct(ann, api.user());
    fixture.send(ann, id, 120);
    String path = "/conversations/" + id + "/messages";
    Answer newest = ann.get(path);
    assertEquals(range(71, 120), seqs(newest));
    assertTrue(newest.at("has_more").asBoolean());
    Answer before = ann.get(path + "?before_seq=21&limit=200");
    assertEquals(range(1, 20), seqs(before));
    assertFalse(before.at("has_more").asBoolean());
    Answer after = ann.get(path + "?after_seq=100&limit=10");
    assertEquals(range(101, 110), seqs(after));
    assertTrue(after.at("has_more").asBoolean());
    Answer last = ann.get(path + "?after_seq=110&limit=10");
    assertEquals(range(111, 120), seqs(last));
    assertFalse(last.at("has_more").asBoolean());
    assertEquals(range(1, 120), seqs(ann.get(path + "?after_seq=0&limit=200")));
    assertEquals(range(1, 120), seqs(ann.get(path + "?limit=200")));
    assertEquals(List.of(), seqs(ann.get(path + "?after_seq=120")));
    assertEquals(List.of(), seqs(ann.get(path + "?before_seq=1")));
    assertEquals(range(1, 120), seqs(ann.get(path + "?before_seq=9999&limit=200")));
  }

  @Test
  void aMessageHasTheFieldsOfItsFrame() {
    User ann = api.user();
    String id = fixture.direct(ann, api.user());
    fixture.send(ann, id, 1);
    UUID client = UUID.randomUUID();
    fixture
        .messages()
        .append(
            List.of(
                new Draft(
                    UUID.fromString(id),
                    ann.userId(),
                    ann.deviceId(),
                    client,
                    1,
                    "text/plain",
                    new byte[] {(byte) 0xfb, (byte) 0xff, 1, 2})));
    Answer page = ann.get("/conversations/" + id + "/messages");
    assertTrue(page.at("messages/0/content_type").isMissingNode());
    assertTrue(page.at("messages/0/reply_to_seq").isMissingNode());
    assertEquals(id, page.text("messages/1/conversation_id"));
    assertEquals(2, page.at("messages/1/seq").asInt());
    assertEquals(ann.userId().toString(), page.text("messages/1/sender_user_id"));
    assertEquals(ann.deviceId().toString(), page.text("messages/1/sender_device_id"));
    assertEquals(client.toString(), page.text("messages/1/client_message_id"));
    assertEquals("+/8BAg==", page.text("messages/1/content"));
    assertEquals("text/plain", page.text("messages/1/content_type"));
    assertEquals(1, page.at("messages/1/reply_to_seq").asInt());
    assertTrue(page.text("messages/1/sent_at").matches(".*\\.\\d{3}Z"));
  }

  @Test
  void aPageIsBoundedByItsBytesAndSaysThatThereIsMore() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    fixture.send(ann, id, 100, Draft.MAX_CONTENT_BYTES);
    String path = "/conversations/" + id + "/messages";
    Answer back = ann.get(path + "?limit=200");
    assertTrue(back.response().body().length() < 4 * 1024 * 1024, "2 MiB of content as base64");
    assertTrue(back.at("has_more").asBoolean());
    assertEquals(100, seqs(back).getLast());
    Answer forth = ann.get(path + "?after_seq=0&limit=200");
    assertTrue(forth.at("has_more").asBoolean());
    assertEquals(range(1, seqs(forth).size()), seqs(forth));
    assertEquals(range(1, 100), syncAll(bob, 200), "pages cut by bytes still meet exactly");
  }

  @Test
  void whatIsWrongWithAReadIsSaid() {
    User ann = api.user();
    String id = fixture.direct(ann, api.user());
    for (String query :
        List.of(
            "/messages?before_seq=1&after_seq=1",
            "/messages?before_seq=0",
            "/messages?after_seq=-1",
            "/messages?after_seq=x",
            "/messages?limit=201",
            "/messages?limit=0",
            "/receipts?seq=1",
            "/receipts?seq=0",
            "/receipts?cursor=AA",
            "/receipts?limit=201")) {
      Answer answer = ann.get("/conversations/" + id + query);
      assertEquals("INVALID_REQUEST", answer.errorCode(), query);
    }
    assertEquals("INVALID_REQUEST", ann.get("/sync?limit=201").errorCode());
    assertEquals("INVALID_REQUEST", ann.get("/sync?cursor=abc").errorCode());
    assertEquals("INVALID_REQUEST", ann.get("/conversations/7/messages").errorCode());
  }

  @Test
  void receiptsAreCumulativeNeverFallAndReadMeansDelivered() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    fixture.send(ann, id, 5);
    assertEquals(204, acknowledge(bob, id, "{\"delivered_seq\":4}").status());
    assertEquals(204, acknowledge(bob, id, "{\"read_seq\":2}").status());
    assertEquals(204, acknowledge(bob, id, "{\"delivered_seq\":1,\"read_seq\":1}").status());
    Answer receipts = ann.get("/conversations/" + id + "/receipts");
    assertEquals(1, receipts.at("receipts").size());
    assertEquals(bob.userId().toString(), receipts.text("receipts/0/user_id"));
    assertEquals(bob.deviceId().toString(), receipts.text("receipts/0/device_id"));
    assertEquals(4, receipts.at("receipts/0/delivered_seq").asInt());
    assertEquals(2, receipts.at("receipts/0/read_seq").asInt());
    assertTrue(receipts.at("receipts/0/delivered_at").isMissingNode(), "only with seq");
    acknowledge(bob, id, "{\"read_seq\":5}");
    assertEquals(
        5, ann.get("/conversations/" + id + "/receipts").at("receipts/0/delivered_seq").asInt());
  }

  @Test
  void aReceiptTellsWhenAMessageWasReached() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    fixture.send(ann, id, 3);
    acknowledge(bob, id, "{\"delivered_seq\":2}");
    String path = "/conversations/" + id + "/receipts?seq=";
    assertNotNull(ann.get(path + 2).text("receipts/0/delivered_at"));
    assertNull(ann.get(path + 2).text("receipts/0/read_at"));
    assertNull(ann.get(path + 3).text("receipts/0/delivered_at"));
    String deliveredAt = ann.get(path + 1).text("receipts/0/delivered_at");
    acknowledge(bob, id, "{\"read_seq\":3}");
    Answer later = ann.get(path + 1);
    assertEquals(deliveredAt, later.text("receipts/0/delivered_at"), "the first time counts");
    assertTrue(later.text("receipts/0/read_at").compareTo(deliveredAt) >= 0);
  }

  @Test
  void aReceiptAboveTheLastMessageOrWithoutASeqIsRefused() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    fixture.send(ann, id, 2);
    for (String body :
        List.of(
            "{\"read_seq\":3}",
            "{\"delivered_seq\":9223372036854775807}",
            "{\"delivered_seq\":-1}",
            "{\"delivered_seq\":\"1\"}",
            "{\"delivered_seq\":1.5}",
            "{}",
            "nonsense")) {
      assertEquals("INVALID_REQUEST", acknowledge(bob, id, body).errorCode(), body);
    }
    assertEquals("FORBIDDEN", acknowledge(api.user(), id, "{\"read_seq\":1}").errorCode());
    assertEquals(204, acknowledge(bob, id, "{\"read_seq\":0}").status());
    assertEquals(0, ann.get("/conversations/" + id + "/receipts").at("receipts").size());
  }

  @Test
  void aFormerMemberAcknowledgesUpToWhereItLeft() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann, bob);
    fixture.send(ann, id, 2);
    fixture.remove(ann, id, bob);
    fixture.send(ann, id, 2);
    assertEquals("INVALID_REQUEST", acknowledge(bob, id, "{\"read_seq\":3}").errorCode());
    assertEquals(List.of(1L, 2L), syncAll(bob, 200));
    assertEquals(204, acknowledge(bob, id, "{\"read_seq\":2}").status());
    assertEquals(List.of(), syncAll(bob, 200));
  }

  @Test
  void thePagesOfReceiptsHoldEachDeviceOnce() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.direct(ann, bob);
    fixture.send(ann, id, 1);
    for (User device : List.of(ann, ann.otherDevice(), bob, bob.otherDevice(), bob.otherDevice())) {
      acknowledge(device, id, "{\"delivered_seq\":1}");
    }
    List<String> devices = new ArrayList<>();
    String cursor = "";
    for (int pages = 0; cursor != null && pages < 10; pages++) {
      Answer page = ann.get("/conversations/" + id + "/receipts?limit=2" + cursor);
      page.at("receipts").forEach(r -> devices.add(r.at("/device_id").asString()));
      cursor = page.text("next_cursor") == null ? null : "&cursor=" + page.text("next_cursor");
    }
    assertEquals(5, devices.size());
    assertEquals(5, devices.stream().distinct().count());
  }

  @Test
  void syncGivesADeviceWhatItHasNotAcknowledgedAndAcknowledgesNothing() {
    User ann = api.user();
    User bob = api.user();
    User phone = bob.otherDevice();
    String id = fixture.direct(ann, bob);
    fixture.send(ann, id, 3);
    fixture.send(bob, id, 1);
    assertEquals(range(1, 4), syncAll(bob, 200), "own messages included");
    assertEquals(range(1, 4), syncAll(bob, 200), "nothing was acknowledged by asking");
    acknowledge(bob, id, "{\"delivered_seq\":3}");
    assertEquals(List.of(4L), syncAll(bob, 200));
    assertEquals(range(1, 4), syncAll(phone, 200), "another device is not this one");
    Answer end = api.user().get("/sync");
    assertTrue(end.at("caught_up").asBoolean());
    assertTrue(end.at("messages").isEmpty());
    assertNull(end.text("next_cursor"));
  }

  @Test
  void syncPagesThroughAllConversationsOldestFirstInEach() {
    User ann = api.user();
    User bob = api.user();
    Map<String, List<Long>> expected = new HashMap<>();
    for (int i = 0; i < 6; i++) {
      String id = fixture.group(ann, bob);
      int messages = Math.min(i, 4) * 3; // two of the longest: a page that ends with one has more
      fixture.send(ann, id, messages);
      if (i > 0) {
        expected.put(id, range(1, messages));
      }
    }
    for (int limit : List.of(1, 4, 7, 45, 200)) {
      Map<String, List<Long>> synced = new HashMap<>();
      String cursor = "";
      for (int pages = 0; cursor != null && pages < 100; pages++) {
        Answer page = bob.get("/sync?limit=" + limit + cursor);
        page.at("messages")
            .forEach(m ->
                synced
                    .computeIfAbsent(m.at("/conversation_id").asString(), _ -> new ArrayList<>())
                    .add(m.at("/seq").asLong()));
        assertEquals(page.text("next_cursor") == null, page.at("caught_up").asBoolean());
        cursor = page.text("next_cursor") == null ? null : "&cursor=" + page.text("next_cursor");
      }
      assertEquals(expected, synced, "limit " + limit);
    }
  }

  @Test
  void acknowledgingBetweenTwoPagesOfSyncLosesNothing() {
    User ann = api.user();
    User bob = api.user();
    String one = fixture.group(ann, bob);
    fixture.send(ann, one, 5);
    Answer first = bob.get("/sync?limit=2");
    acknowledge(bob, one, "{\"delivered_seq\":2}");
    Answer second = bob.get("/sync?limit=2&cursor=" + first.text("next_cursor"));
    assertEquals(List.of(3L, 4L), seqs(second));
  }

  @Test
  void deliveryToANewMemberAndANewDeviceStartsWhenItComes() {
    User ann = api.user();
    User bob = api.user();
    String id = fixture.group(ann);
    fixture.send(ann, id, 3);
    fixture.add(ann, id, bob);
    assertEquals(List.of(), syncAll(bob, 200));
    fixture.send(ann, id, 2);
    assertEquals(List.of(4L, 5L), syncAll(bob, 200));
    User tablet = bob.otherDevice();
    fixture.messages().startDevice(bob.userId(), tablet.deviceId(), List.of(UUID.fromString(id)));
    assertEquals(List.of(), syncAll(tablet, 200));
    assertEquals(range(1, 5), seqs(tablet.get("/conversations/" + id + "/messages")));
  }

  private static List<Long> syncAll(User user, int limit) {
    List<Long> seqs = new ArrayList<>();
    String cursor = "";
    for (int pages = 0; cursor != null && pages < 100; pages++) {
      Answer page = user.get("/sync?limit=" + limit + cursor);
      seqs.addAll(seqs(page));
      cursor = page.text("next_cursor") == null ? null : "&cursor=" + page.text("next_cursor");
    }
    return seqs;
  }
}
