package bench.jmh;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import server.http.Caller;
import server.messages.Acknowledgement;
import server.messages.Cursor;
import server.messages.Message;
import server.messages.MessageStore;

/// What a device comes back to: heads and cursors of its conversations, then what it lacks of one
/// of them. The twin asks for the same by rows alone, a conversation at a time.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Sync {
  private static final int LACKING = 20; // messages of one conversation

  @Param({"postgres"})
  public String engine;

  @Param({"50"})
  public int conversations;

  @Param({"256"})
  public int payload;

  private People people;
  private MessageStore store;
  private BareStore bare;
  private Caller reader;
  private final List<UUID> ids = new ArrayList<>();

  /// Makes conversations of which the reader has acknowledged all but a few messages of the first,
  /// and proves that both find just these.
  @Setup(Level.Trial)
  public void prove() {
    people = new People(EngineUrls.ofThisProcess());
    store = people.store(engine);
    bare = BareStore.on(engine, people);
    List<Caller> pair = people.users(2);
    reader = pair.getLast();
    byte[] content = Frames.content(payload);
    for (int i = 0; i < conversations; i++) {
      ids.add(people.group(pair));
    }
    store.append(People.drafts(ids, pair.getFirst(), conversations, content));
    List<Acknowledgement> read = new ArrayList<>();
    ids.forEach(id -> read.add(new Acknowledgement(id, reader.userId(), reader.deviceId(), 1, 0)));
    store.acknowledge(read);
    store.append(People.drafts(List.of(ids.getFirst()), pair.getFirst(), LACKING, content));
    List<Message> ours = ours();
    List<BareStore.Row> twins = twin();
    Proof.same("messages", ours.size(), twins.size());
    Proof.same("messages", LACKING, ours.size());
    for (int i = 0; i < LACKING; i++) {
      Proof.same("seq", ours.get(i).seq(), twins.get(i).seq());
    }
  }

  @Benchmark
  public List<Message> ours() {
    Map<UUID, Long> heads = store.heads(ids);
    Map<UUID, Long> seen = new HashMap<>();
    for (Cursor cursor : store.cursorsOfUser(reader.userId(), ids)) {
      seen.put(cursor.conversationId(), cursor.deliveredSeq());
    }
    List<Message> found = new ArrayList<>();
    for (UUID id : ids) {
      long from = seen.getOrDefault(id, 0L);
      long to = heads.getOrDefault(id, 0L);
      if (from < to) {
        found.addAll(store.readForward(id, from, to, LACKING));
      }
    }
    return found;
  }

  @Benchmark
  public List<BareStore.Row> twin() {
    List<BareStore.Row> found = new ArrayList<>();
    for (UUID id : ids) {
      found.addAll(bare.read(id, 2, 1 + LACKING)); // it is told the cursor
    }
    return found;
  }

  @TearDown(Level.Trial)
  public void stop() {
    bare.close();
    people.close();
  }
}
