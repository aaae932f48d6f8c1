package bench.jmh;

import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
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
import server.messages.Message;
import server.messages.MessageStore;

/// A page of a conversation's history, somewhere in it. The twin selects the same rows.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class History {
  private static final int MESSAGES = 2_000; // of the conversation
  private static final int FILLED_AT_ONCE = 200;

  @Param({"postgres"})
  public String engine;

  @Param({"50"})
  public int page;

  @Param({"256"})
  public int payload;

  private People people;
  private MessageStore store;
  private BareStore bare;
  private UUID conversation;

  /// Fills a conversation, and proves that both read the same page.
  @Setup(Level.Trial)
  public void prove() {
    people = new People(EngineUrls.ofThisProcess());
    store = people.store(engine);
    bare = BareStore.on(engine, people);
    List<Caller> pair = people.users(2);
    conversation = people.group(pair);
    for (int i = 0; i < MESSAGES; i += FILLED_AT_ONCE) {
      store.append(
          People.drafts(
              List.of(conversation), pair.getFirst(), FILLED_AT_ONCE, Frames.content(payload)));
    }
    List<Message> ours = store.readBackward(conversation, MESSAGES, page);
    List<BareStore.Row> twins = bare.read(conversation, MESSAGES - page, MESSAGES - 1);
    Proof.same("messages", ours.size(), twins.size());
    for (int i = 0; i < page; i++) {
      Proof.same("seq", ours.get(i).seq(), twins.get(i).seq());
      Proof.same("content", ours.get(i).content(), twins.get(i).content());
    }
  }

  private long before() {
    return ThreadLocalRandom.current().nextLong(page + 1L, MESSAGES);
  }

  @Benchmark
  public List<Message> ours() {
    return store.readBackward(conversation, before(), page);
  }

  @Benchmark
  public List<BareStore.Row> twin() {
    long before = before();
    return bare.read(conversation, before - page, before - 1);
  }

  @TearDown(Level.Trial)
  public void stop() {
    bare.close();
    people.close();
  }
}
