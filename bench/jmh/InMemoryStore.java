package bench.jmh;

import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import server.messages.Appended;
import server.messages.Draft;
import server.messages.MessageStore;

/// Numbers messages and forgets them: what is before and behind it is what is measured. Several
/// committers may call it.
final class InMemoryStore {
  private static final Instant NOW = Instant.EPOCH;
  private final Map<UUID, Long> heads = new HashMap<>(); // guarded by this

  /// The answers to a batch, as [MessageStore#append].
  synchronized List<Appended> append(List<Draft> batch) {
    List<Appended> answers = new ArrayList<>(batch.size());
    for (Draft draft : batch) {
      long seq = heads.merge(draft.conversationId(), 1L, Long::sum);
      answers.add(new Appended.Stored(seq, NOW, false, 1));
    }
    return answers;
  }

  /// The same behind the interface, of which a batcher needs only this much. One call of a proxy
  /// for each batch is nothing beside it.
  @SuppressWarnings("unchecked") // `append` takes a list of drafts
  MessageStore asStore() {
    return (MessageStore)
        Proxy.newProxyInstance(
            MessageStore.class.getClassLoader(),
            new Class<?>[] {MessageStore.class},
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "append" -> append((List<Draft>) arguments[0]);
                  case "close" -> null;
                  default ->
                      throw new UnsupportedOperationException(
                          method.getName() + ": this store keeps no message");
                });
  }
}
