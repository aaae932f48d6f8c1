package server.messages;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import server.messages.Appended.Stored;
import server.testing.TestApi.User;

/// People who write in all groups by all nodes while messages move, and what they were told.
final class MoveWriters implements AutoCloseable {
  /// A message whose sender was told that it is stored.
  record Told(Draft draft, Stored answer) {}

  private final List<UUID> groups;
  private final User sender;
  final List<Told> told = Collections.synchronizedList(new ArrayList<>());
  final Map<UUID, Long> read = new ConcurrentHashMap<>();
  final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean ended;

  MoveWriters(List<MovableMessageStore> nodes, List<UUID> groups, User sender) {
    this.groups = groups;
    this.sender = sender;
    for (int i = 0; i < 4; i++) {
      MovableMessageStore node = nodes.get(i % nodes.size());
      int seed = i;
      threads.add(Thread.ofPlatform().start(() -> write(node, new Random(seed))));
    }
  }

  private void write(MovableMessageStore node, Random random) {
    while (!ended) {
      List<Draft> batch = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(6); i++) {
        UUID group = groups.get(random.nextInt(groups.size()));
        byte[] content = new byte[random.nextInt(200)];
        random.nextBytes(content);
        batch.add(
            new Draft(
                group,
                sender.userId(),
                sender.deviceId(),
                UUID.randomUUID(),
                0,
                i % 2 == 0 ? null : "text/plain",
                content));
      }
      try {
        List<Appended> answers = node.append(batch);
        for (int i = 0; i < batch.size(); i++) {
          told.add(new Told(batch.get(i), (Stored) answers.get(i)));
        }
        Draft one = batch.getFirst();
        long seq = ((Stored) answers.getFirst()).seq();
        node.acknowledge(
            List.of(
                new Acknowledgement(
                    one.conversationId(), sender.userId(), sender.deviceId(), seq, seq)));
        read.merge(one.conversationId(), seq, Math::max);
      } catch (RuntimeException | Error e) {
        failures.add(e);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
  }

  @Override
  public void close() {
    stop();
  }

  void stop() {
    ended = true;
    threads.forEach(thread -> {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    });
  }
}
