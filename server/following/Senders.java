package server.following;

import fixtures.urls.PostgresUrl;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jooq.impl.DSL;
import server.testing.TestNode;
import server.testing.TestNode.Device;

/// People who send without end and never twice, and what they were told. Of a test's thread, but
/// for the threads that it starts itself.
final class Senders implements AutoCloseable {
  private final AtomicBoolean stop = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Long> answered = Collections.synchronizedList(new ArrayList<>());
  private final List<String> failures = Collections.synchronizedList(new ArrayList<>());
  private final UUID conversation;

  Senders(List<TestNode> nodes, Device as, UUID conversation, int count) {
    this.conversation = conversation;
    for (int i = 0; i < count; i++) {
      TestNode node = nodes.get(i % nodes.size());
      threads.add(Thread.ofVirtual().start(() -> send(node, as)));
    }
  }

  private void send(TestNode node, Device as) {
    while (!stop.get()) {
      var answer =
          node.call(
              "POST",
              "/conversations/" + conversation + "/messages",
              as,
              Map.of(
                  "client_message_id",
                  UUID.randomUUID(),
                  "content",
                  Base64.getEncoder().encodeToString(new byte[40])));
      // 200: the node had to ask its store again, which had it.
      if (answer.status() == 201 || answer.status() == 200) {
        answered.add(answer.body().path("seq").asLong());
      } else {
        failures.add(answer.status() + " " + answer.body());
      }
    }
  }

  /// Waits for the last answers.
  void stop() {
    stop.set(true);
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /// Every answer that did not say it is stored.
  List<String> failures() {
    return List.copyOf(failures);
  }

  int sent() {
    return answered.size();
  }

  /// How many messages there are, if what was answered is 1, 2, 3 … and they are those; else -1.
  int inOrder(PostgresUrl at) {
    List<Long> seqs = new ArrayList<>(answered);
    Collections.sort(seqs);
    List<Long> stored;
    try (var dsl = DSL.using(at.jdbcUrl(), at.user(), at.password())) {
      stored =
          dsl.fetch("SELECT seq FROM messages WHERE conversation_id = ? ORDER BY 1", conversation)
              .map(row -> row.get(0, Long.class));
    }
    for (int i = 0; i < seqs.size(); i++) {
      if (seqs.get(i) != i + 1L) {
        return -1;
      }
    }
    return seqs.equals(stored) ? stored.size() : -1;
  }

  @Override
  public void close() {
    stop();
  }
}
