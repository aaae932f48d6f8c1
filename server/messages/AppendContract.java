package server.messages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static server.messages.Appended.Refused.NOT_A_MEMBER;
import static server.messages.Appended.Refused.UNKNOWN_REPLY;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;
import static server.messages.StoreHarness.seqsOf;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.messages.Appended.Stored;
import server.testing.TestApi.User;

/// What [MessageStore#append] promises one caller.
interface AppendContract extends StoreHarness {
  int BATCH = 512; // the largest that the batcher hands in

  @Test
  default void aConversationIsNumberedFromOneWithoutGaps() {
    User ann = user();
    UUID group = group(ann);
    List<Long> given = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      given.add(stored(draft(ann, group, "text " + i)).seq());
    }
    assertEquals(range(1, 20), given);
    assertEquals(range(1, 20), seqs(log(group)));
    assertEquals(20, head(group));
  }

  @Test
  default void draftsOfOneConversationAreNumberedInTheOrderGiven() {
    User ann = user();
    User ben = user();
    UUID one = group(ann, ben);
    UUID other = group(ben, ann);
    List<Draft> batch = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      batch.add(draft(i % 2 == 0 ? ann : ben, i % 3 == 0 ? one : other, "" + i));
    }
    List<Appended> answers = store().append(batch);
    for (UUID group : List.of(one, other)) {
      List<String> inOrder = new ArrayList<>();
      List<Long> seqs = new ArrayList<>();
      for (int i = 0; i < batch.size(); i++) {
        if (batch.get(i).conversationId().equals(group)) {
          inOrder.add("" + i);
          seqs.add(((Stored) answers.get(i)).seq());
        }
      }
      assertEquals(inOrder, texts(group));
      assertEquals(range(1, inOrder.size()), seqs);
    }
  }

  @Test
  default void theLargestBatchIsOneBatch() {
    User ann = user();
    UUID group = group(ann);
    List<Draft> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      batch.add(draft(ann, group, "" + i));
    }
    assertEquals(range(1, BATCH), seqsOf(store().append(batch)));
    assertEquals(BATCH, head(group));
  }

  @Test
  default void aRepeatGetsTheFirstAnswerAndTheFirstContentWins() {
    User ann = user();
    UUID group = group(ann);
    Draft first = draft(ann, group, "first");
    Stored answer = stored(first);
    assertFalse(answer.repeated());
    fill(ann, group, 3);
    for (MessageStore node : List.of(store(), otherNode())) {
      Draft again = draft(ann, group, first.clientMessageId(), "second");
      Stored repeat = (Stored) node.append(List.of(again)).getFirst();
      assertEquals(answer.seq(), repeat.seq());
      assertEquals(answer.sentAt(), repeat.sentAt());
      assertTrue(repeat.repeated());
    }
    assertEquals(List.of("first", "1", "2", "3"), texts(group));
  }

  @Test
  default void aRepeatIsFoundInABatchOfAnotherOrder() {
    User ann = user();
    UUID group = group(ann);
    Draft one = draft(ann, group, "one");
    Draft two = draft(ann, group, "two");
    Draft three = draft(ann, group, "three");
    assertEquals(range(1, 3), seqsOf(store().append(List.of(one, two, three))));
    Draft fresh = draft(ann, group, "four");
    Draft fresher = draft(ann, group, "five");
    List<Appended> answers = store().append(List.of(three, fresh, two, one, fresher));
    assertEquals(List.of(3L, 4L, 2L, 1L, 5L), seqsOf(answers));
    assertEquals(
        List.of(true, false, true, true, false),
        answers.stream().map(answer -> ((Stored) answer).repeated()).toList());
    assertEquals(List.of("one", "two", "three", "four", "five"), texts(group));
  }

  @Test
  default void aRepeatIsAnsweredAfterItsSenderLeft() {
    User ann = user();
    User ben = user();
    UUID group = group(ann, ben);
    fill(ann, group, 2);
    Draft draft = draft(ben, group, "still mine");
    Stored answer = stored(draft);
    remove(ann, group, ben);
    Stored repeat = stored(draft);
    assertEquals(answer.seq(), repeat.seq());
    assertEquals(answer.sentAt(), repeat.sentAt());
    assertTrue(repeat.repeated());
    assertEquals(NOT_A_MEMBER, append(draft(ben, group, "no longer")));
    assertEquals(3, head(group));
  }

  @Test
  default void theSameClientIdOfAnotherDeviceOrConversationIsAnotherMessage() {
    User ann = user();
    User annsOther = ann.otherDevice();
    UUID one = group(ann);
    UUID other = group(ann);
    UUID id = UUID.randomUUID();
    assertEquals(1, stored(draft(ann, one, id, "a")).seq());
    List<Appended> answers =
        store().append(List.of(draft(annsOther, one, id, "b"), draft(ann, other, id, "c")));
    assertEquals(List.of(2L, 1L), seqsOf(answers));
    assertFalse(answers.stream().anyMatch(answer -> ((Stored) answer).repeated()));
    assertEquals(List.of("a", "b"), texts(one));
    assertEquals(List.of("c"), texts(other));
  }

  @Test
  default void onlyMembersAreStoredAndRefusalsLeaveNoTraceAmongOthers() {
    User ann = user();
    User stranger = user();
    User gone = user();
    UUID group = group(ann, gone);
    remove(ann, group, gone);
    Draft refused = draft(gone, group, "from one who left");
    List<Appended> answers =
        store()
            .append(
                List.of(
                    draft(stranger, group, "from a stranger"),
                    draft(ann, group, "one"),
                    refused,
                    draft(ann, UUID.randomUUID(), "into nothing"),
                    draft(ann, group, "two")));
    assertEquals(NOT_A_MEMBER, answers.get(0));
    assertEquals(NOT_A_MEMBER, answers.get(2));
    assertEquals(NOT_A_MEMBER, answers.get(3));
    assertEquals(List.of(1L, 2L), seqsOf(List.of(answers.get(1), answers.get(4))));
    assertEquals(List.of("one", "two"), texts(group));
    assertEquals(2, head(group));
    add(ann, group, gone);
    Stored later = stored(refused); // nothing remembers that it was refused
    assertEquals(3, later.seq());
    assertFalse(later.repeated());
  }

  @Test
  default void aBatchOfRefusalsAloneMovesNothing() {
    User ann = user();
    User stranger = user();
    UUID group = group(ann);
    fill(ann, group, 1);
    assertEquals(
        List.of(NOT_A_MEMBER, UNKNOWN_REPLY),
        store().append(List.of(draft(stranger, group, "x"), reply(ann, group, 2))));
    assertEquals(1, head(group));
    assertEquals(2, stored(draft(ann, group, "y")).seq());
  }

  @Test
  default void aReplyNamesAMessageThatIsThere() {
    User ann = user();
    UUID group = group(ann);
    assertEquals(UNKNOWN_REPLY, append(reply(ann, group, 1)));
    fill(ann, group, 2);
    Draft tooFar = reply(ann, group, 3);
    assertEquals(UNKNOWN_REPLY, append(tooFar));
    assertEquals(UNKNOWN_REPLY, append(reply(ann, group, -1)));
    assertEquals(3, stored(reply(ann, group, 2)).seq());
    assertEquals(4, stored(tooFar).seq()); // by now there is a third message
    assertEquals(List.of(0L, 0L, 2L, 3L), log(group).stream().map(Message::replyToSeq).toList());
  }

  @Test
  default void whatIsStoredIsWhatWasSent() {
    User ann = user();
    UUID group = group(ann);
    byte[] everyByte = new byte[Draft.MAX_CONTENT_BYTES];
    for (int i = 0; i < everyByte.length; i++) {
      everyByte[i] = (byte) i;
    }
    List<Draft> batch = new ArrayList<>();
    List<byte[]> contents = List.of(everyByte, new byte[0], new byte[] {0}, "สวัสดี 👍".getBytes());
    String[] types = {null, "", "NULL", "a,\"b\"\\{c}; d='e'\n", "text/ข้อความ 👍", "\\x00"};
    for (int i = 0; i < types.length; i++) {
      byte[] content = contents.get(i % contents.size());
      batch.add(
          new Draft(
              group,
              ann.userId(),
              ann.deviceId(),
              UUID.randomUUID(),
              i == 5 ? 1 : 0,
              types[i],
              content));
    }
    store().append(List.of(draft(ann, group, "the first")));
    List<Appended> answers = store().append(batch);
    List<Message> log = store().readForward(group, 1, 100, 100);
    assertEquals(batch.size(), log.size());
    for (int i = 0; i < log.size(); i++) {
      Draft sent = batch.get(i);
      Message message = log.get(i);
      assertArrayEquals(sent.content(), message.content());
      assertEquals(sent.contentType(), message.contentType());
      assertEquals(sent.replyToSeq(), message.replyToSeq());
      assertEquals(sent.senderUserId(), message.senderUserId());
      assertEquals(sent.senderDeviceId(), message.senderDeviceId());
      assertEquals(sent.clientMessageId(), message.clientMessageId());
      assertEquals(group, message.conversationId());
      assertEquals(((Stored) answers.get(i)).sentAt(), message.sentAt());
    }
  }

  @Test
  default void aMessageIsDatedToTheMillisecondWhenItIsStored() {
    User ann = user();
    UUID group = group(ann);
    Instant before = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    Instant sentAt = stored(draft(ann, group, "now")).sentAt();
    assertEquals(sentAt.truncatedTo(ChronoUnit.MILLIS), sentAt);
    assertFalse(sentAt.isBefore(before), () -> sentAt + " < " + before);
    assertFalse(sentAt.isAfter(Instant.now()), sentAt::toString);
  }

  @Test
  default void anAnswerTellsUnderWhichMembersItWasJudged() {
    User ann = user();
    User ben = user();
    UUID group = group(ann);
    long alone = stored(draft(ann, group, "alone")).membersVersion();
    add(ann, group, ben);
    long together = stored(draft(ben, group, "together")).membersVersion();
    remove(ann, group, ben);
    long again = stored(draft(ann, group, "alone again")).membersVersion();
    assertTrue(alone < together && together < again, alone + " " + together + " " + again);
  }
}
