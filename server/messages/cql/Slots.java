package server.messages.cql;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntFunction;
import server.messages.Appended;
import server.messages.Draft;

/// All slots of one node: takes a batch apart, commits the slots' parts at once, and puts the
/// answers together again. Thread-safe.
final class Slots {
  /// Part of the layout of the data: with another number, keys and heads would be judged in two
  /// logs at once. Each slot has one entry under way, which costs a condition however much is in
  /// it: 16 keep a small cluster busy, and with more of them an entry would only hold fewer
  /// messages.
  static final int COUNT = 16;

  /// An entry is one mutation, and its proposal another: far below what clusters allow one (half of
  /// a commit log segment, 16 MiB by default), far above what makes the condition's cost vanish.
  private static final int MAX_ENTRY_BYTES = 128 * 1024;

  private static final int MAX_ENTRY_MESSAGES = 512;

  private final Slot[] slots = new Slot[COUNT];

  Slots(IntFunction<Slot> each) {
    for (int i = 0; i < COUNT; i++) {
      slots[i] = each.apply(i);
    }
  }

  /// The same hash as the batcher's lanes have, so that a lane has whole slots.
  static int number(UUID conversation) {
    int hash = conversation.hashCode();
    return Math.floorMod(hash ^ hash >>> 16, COUNT);
  }

  long fence(UUID conversation) {
    return slots[number(conversation)].fence(Set.of(conversation)).get(conversation);
  }

  /// The same for many, with one entry for those of a slot.
  Map<UUID, Long> fence(Collection<UUID> conversations) {
    Map<Integer, Set<UUID>> bySlot = new LinkedHashMap<>();
    conversations.forEach(id -> bySlot.computeIfAbsent(number(id), _ -> new HashSet<>()).add(id));
    Map<UUID, Long> heads = new ConcurrentHashMap<>();
    List<FutureTask<Void>> tasks = new ArrayList<>();
    bySlot.forEach((slot, some) -> {
      var task = new FutureTask<Void>(() -> heads.putAll(slots[slot].fence(some)), null);
      Thread.ofVirtual().name("fence-" + slot).start(task);
      tasks.add(task);
    });
    finish(tasks);
    return heads;
  }

  /// A part of a batch that belongs to one slot.
  private record Part(List<Draft> drafts, List<Integer> places) {
    Part() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  List<Appended> append(List<Draft> batch) {
    Map<Integer, Part> parts = new LinkedHashMap<>();
    for (int i = 0; i < batch.size(); i++) {
      Part part = parts.computeIfAbsent(number(batch.get(i).conversationId()), _ -> new Part());
      part.drafts.add(batch.get(i));
      part.places.add(i);
    }
    Appended[] answers = new Appended[batch.size()];
    List<FutureTask<Void>> others = new ArrayList<>();
    FutureTask<Void> own = null;
    for (Map.Entry<Integer, Part> each : parts.entrySet()) {
      Part part = each.getValue();
      var task = new FutureTask<Void>(() -> append(slots[each.getKey()], part, answers), null);
      if (own == null) {
        own = task; // the only one, most often: no other thread is needed
      } else {
        Thread.ofVirtual().name("slot-" + each.getKey()).start(task);
      }
      others.add(task);
    }
    own.run();
    finish(others);
    return List.of(answers); // also proves that none is missing: List.of refuses null
  }

  /// Waits for all, also when one fails: nothing of this batch is under way after it is answered.
  private static void finish(List<FutureTask<Void>> tasks) {
    RuntimeException failure = null;
    for (FutureTask<Void> task : tasks) {
      try {
        task.get();
      } catch (ExecutionException e) {
        failure =
            e.getCause() instanceof RuntimeException known ? known : new IllegalStateException(e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while committing", e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /// One entry after the other, so that the order stays.
  private static void append(Slot slot, Part part, Appended[] answers) {
    int from = 0;
    while (from < part.drafts.size()) {
      int to = from;
      long bytes = 0;
      while (to < part.drafts.size() && to - from < MAX_ENTRY_MESSAGES) {
        Draft next = part.drafts.get(to);
        bytes += EntryCodec.bytes(next.content(), next.contentType());
        if (to > from && bytes > MAX_ENTRY_BYTES) {
          break;
        }
        to++;
      }
      List<Appended> answered = slot.append(part.drafts.subList(from, to));
      for (int i = from; i < to; i++) {
        answers[part.places.get(i)] = answered.get(i - from);
      }
      from = to;
    }
  }
}
