package bench.jmh;

import java.util.ArrayDeque;
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
import server.conversations.Memberships;
import server.http.Caller;
import server.messages.Message;
import server.realtime.HotPath;

/// A committed message goes to the sockets of its conversation: hub, window, outbox, flush, on
/// connections that take everything at once. The twin: the frame encoded once, a queue for each
/// receiver, and each queue emptied.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FanOut {
  private static final int ACKNOWLEDGED_EVERY =
      16; // messages, as clients do that have much to read

  @Param({"1", "10"})
  public int recipients;

  @Param({"256"})
  public int payload;

  private static final String ENCODING = Frames.subProtocol("json");
  private People people;
  private List<Caller> members;
  private UUID conversation;
  private HotPath.Room room;
  private final List<ArrayDeque<byte[]>> queues = new ArrayList<>();
  private Message sample;
  private byte[] content;
  private long seq;
  private byte[] lastOfTwin;

  /// Makes a conversation of a sender and its recipients, and proves that each recipient gets the
  /// same frame from either.
  @Setup(Level.Trial)
  public void prove() {
    people = new People(EngineUrls.ofThisProcess());
    members = people.users(recipients + 1);
    conversation = people.group(members);
    room = new HotPath.Room(new Memberships(people.dsl()), conversation, members, ENCODING);
    for (int i = 0; i < recipients; i++) {
      queues.add(new ArrayDeque<>());
    }
    content = Frames.content(payload);
    sample = Frames.message(conversation, members.getFirst(), 0, payload);
    ours();
    seq--; // the same message
    twin();
    Proof.same("frames of the sender", 0L, room.frames(0));
    for (int i = 1; i <= recipients; i++) {
      Proof.same("frames of recipient " + i, 1L, room.frames(i));
      Proof.same("last frame of recipient " + i, room.last(i), lastOfTwin);
    }
  }

  private Message next() {
    return new Message(
        conversation,
        ++seq,
        sample.senderUserId(),
        sample.senderDeviceId(),
        sample.clientMessageId(),
        sample.sentAt(),
        0,
        null,
        content);
  }

  @Benchmark
  public void ours() {
    room.handOn(next());
    if (seq % ACKNOWLEDGED_EVERY == 0) {
      room.acknowledge(seq);
    }
  }

  @Benchmark
  public int twin() {
    byte[] frame = HotPath.encodeMessage(ENCODING, next());
    for (ArrayDeque<byte[]> queue : queues) {
      queue.add(frame);
    }
    int bytes = 0;
    for (ArrayDeque<byte[]> queue : queues) {
      for (byte[] each = queue.poll(); each != null; each = queue.poll()) {
        bytes += each.length;
        lastOfTwin = each;
      }
    }
    return bytes;
  }

  @TearDown(Level.Trial)
  public void stop() {
    people.close();
  }
}
