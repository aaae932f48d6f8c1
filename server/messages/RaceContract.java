package server.messages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static server.messages.StoreHarness.range;
import static server.messages.StoreHarness.seqs;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.messages.Appended.Stored;
import server.testing.Concurrently;
import server.testing.TestApi.User;

/// What [MessageStore#append] promises to many callers on two nodes at once.
interface RaceContract extends StoreHarness {
  int ROUNDS = 20;

  private MessageStore node(int number) {
    return number % 2 == 0 ? store() : otherNode();
  }

  @Test
  default void retriesInFlightAtOnceOnTwoNodesGetOneAnswer() throws Exception {
    User ann = user();
    UUID group = group(ann);
    for (int round = 0; round < ROUNDS; round++) {
      UUID id = UUID.randomUUID();
      List<Stored> answers =
          Concurrently.run(
              6,
              number ->
                  (Stored)
                      node(number)
                          .append(List.of(draft(ann, group, id, "try " + number)))
                          .getFirst());
      assertEquals(1, answers.stream().map(Stored::seq).distinct().count(), answers::toString);
      assertEquals(1, answers.stream().map(Stored::sentAt).distinct().count(), answers::toString);
      List<Stored> first = answers.stream().filter(answer -> !answer.repeated()).toList();
      assertEquals(1, first.size(), answers::toString);
      assertEquals(round + 1, first.getFirst().seq());
      assertEquals("try " + answers.indexOf(first.getFirst()), texts(group).getLast());
    }
    assertEquals(range(1, ROUNDS), seqs(log(group)));
  }

  @Test
  default void batchesOfTwoNodesOverTheSameConversationsAllEndWithoutGaps() throws Exception {
    User ann = user();
    List<UUID> groups = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      groups.add(group(ann));
    }
    int batches = 60;
    int perGroup = 3;
    List<List<Appended>> answers =
        Concurrently.run(
            batches,
            number -> {
              List<Draft> batch = new ArrayList<>();
              for (UUID group : groups) {
                for (int i = 0; i < perGroup; i++) {
                  batch.add(draft(ann, group, number + "/" + i));
                }
              }
              Collections.shuffle(batch, new Random(number));
              return node(number).append(batch);
            });
    assertEquals(batches, answers.size());
    for (UUID group : groups) {
      assertEquals(range(1, batches * perGroup), seqs(log(group)));
      assertEquals(batches * perGroup, head(group));
    }
  }

  @Test
  default void noSendIsStoredAfterItsSendersRemovalWasAnswered() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      User ann = user();
      User ben = user();
      UUID group = group(ann, ben);
      long[] headAtRemoval = new long[1];
      List<Appended> answers =
          Concurrently.run(
              7,
              number -> {
                if (number == 3) {
                  remove(ann, group, ben);
                  headAtRemoval[0] = head(group);
                  return null;
                }
                return node(number).append(List.of(draft(ben, group, "" + number))).getFirst();
              });
      long stored = answers.stream().filter(Stored.class::isInstance).count();
      assertEquals(stored, headAtRemoval[0], answers::toString);
      assertEquals(range(1, stored), seqs(log(group)));
    }
  }
}
