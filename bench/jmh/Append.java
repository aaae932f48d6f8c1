package bench.jmh;

import java.util.ArrayList;
import java.util.List;
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
import server.messages.Appended;
import server.messages.Appended.Stored;
import server.messages.Draft;
import server.messages.Message;
import server.messages.MessageStore;

/// A batch is committed: numbered, checked for membership and idempotency. An operation is a whole
/// batch. The twin writes as many rows and checks nothing.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Append {
  private static final int CONVERSATIONS = 16; // that a batch is spread over

  @Param({"postgres"})
  public String engine;

  @Param({"1", "128"})
  public int batch;

  @Param({"256"})
  public int payload;

  private People people;
  private MessageStore store;
  private BareStore bare;
  private Caller sender;
  private byte[] content;
  private List<UUID> conversations;
  private UUID twinsConversation;
  private long twinsSeq = 1;

  /// Makes conversations, and proves that what each appends can be read again, equal and in order.
  @Setup(Level.Trial)
  public void prove() {
    people = new People(EngineUrls.ofThisProcess());
    store = people.store(engine);
    bare = BareStore.on(engine, people);
    List<Caller> pair = people.users(2);
    sender = pair.getFirst();
    content = Frames.content(payload);
    conversations = new ArrayList<>();
    for (int i = 0; i < CONVERSATIONS; i++) {
      conversations.add(people.group(pair));
    }
    twinsConversation = UUID.randomUUID();
    List<Draft> drafts = People.drafts(conversations.subList(0, 1), sender, 3, content);
    List<Appended> answers = store.append(drafts);
    bare.append(twinsConversation, twinsSeq, drafts);
    List<Message> ours = store.readForward(conversations.getFirst(), 0, 3, 3);
    List<BareStore.Row> twins = bare.read(twinsConversation, 1, 3);
    for (int i = 0; i < 3; i++) {
      Proof.same("answer", ((Stored) answers.get(i)).seq(), twins.get(i).seq());
      Proof.same("seq", ours.get(i).seq(), twins.get(i).seq());
      Proof.same("content", ours.get(i).content(), twins.get(i).content());
    }
    twinsSeq += 3;
  }

  @Benchmark
  public List<Appended> ours() {
    return store.append(People.drafts(conversations, sender, batch, content));
  }

  @Benchmark
  public void twin() {
    bare.append(twinsConversation, twinsSeq, People.drafts(conversations, sender, batch, content));
    twinsSeq += batch;
  }

  @TearDown(Level.Trial)
  public void stop() {
    bare.close();
    people.close();
  }
}
