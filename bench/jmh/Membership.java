package bench.jmh;

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
import server.conversations.Memberships;
import server.http.Caller;
import server.realtime.HotPath;

/// Whether a socket's user is a member, from what its node remembers. The twin: PostgreSQL is
/// asked.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Membership {
  @Param({"10"})
  public int members;

  private People people;
  private Memberships memberships;
  private List<Caller> callers;
  private UUID conversation;
  private HotPath.Room room;
  private int turn;

  /// Makes a group and proves that both say of each that it is a member.
  @Setup(Level.Trial)
  public void prove() {
    people = new People(EngineUrls.ofThisProcess());
    callers = people.users(members);
    conversation = people.group(callers);
    memberships = new Memberships(people.dsl());
    room = new HotPath.Room(memberships, conversation, callers, Frames.subProtocol("json"));
    for (turn = 0; turn < members; turn++) {
      Proof.same("membership of " + turn, room.isMember(turn), ask(turn));
      Proof.same("membership", true, room.isMember(turn));
    }
    turn = 0;
  }

  private boolean ask(int place) {
    return memberships.member(conversation, callers.get(place).userId()).active();
  }

  private int next() {
    turn = turn + 1 == members ? 0 : turn + 1;
    return turn;
  }

  @Benchmark
  public boolean ours() {
    return room.isMember(next());
  }

  @Benchmark
  public boolean twin() {
    return ask(next());
  }

  @TearDown(Level.Trial)
  public void stop() {
    people.close();
  }
}
