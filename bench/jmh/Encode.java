package bench.jmh;

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
import server.http.Json;
import server.messages.Message;
import server.realtime.HotPath;
import tools.jackson.databind.ObjectMapper;

/// A message becomes a `message` frame, once for all of an encoding's receivers. The twin: Jackson
/// writes a record.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Encode {
  @Param({"json", "cbor"})
  public String encoding;

  @Param({"256"})
  public int payload;

  private Message message;
  private String subProtocol;
  private ObjectMapper mapper;

  /// Makes a message and proves that both frames say the same.
  @Setup(Level.Trial)
  public void prove() {
    subProtocol = Frames.subProtocol(encoding);
    mapper = Frames.mapper(encoding);
    message = Frames.message(Frames.id(), Frames.caller(), 42, payload);
    Proof.same("frame", mapper.readTree(ours()), mapper.readTree(twin()));
  }

  @Benchmark
  public byte[] ours() {
    return HotPath.encodeMessage(subProtocol, message);
  }

  @Benchmark
  public byte[] twin() {
    return mapper.writeValueAsBytes(
        new Frames.Delivered(
            "message",
            message.conversationId().toString(),
            message.seq(),
            message.senderUserId().toString(),
            message.senderDeviceId().toString(),
            message.clientMessageId().toString(),
            message.content(),
            Json.time(message.sentAt())));
  }
}
