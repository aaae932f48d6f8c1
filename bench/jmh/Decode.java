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
import server.http.Caller;
import server.messages.Draft;
import server.realtime.HotPath;
import tools.jackson.databind.ObjectMapper;

/// A client's `send` frame becomes a draft. The twin: Jackson binds the frame to a record.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Decode {
  @Param({"json", "cbor"})
  public String encoding;

  @Param({"256"})
  public int payload;

  private final Caller sender = Frames.caller();
  private String subProtocol;
  private ObjectMapper mapper;
  private byte[] frame;

  /// Makes a frame and proves that both read the same out of it.
  @Setup(Level.Trial)
  public void prove() {
    subProtocol = Frames.subProtocol(encoding);
    mapper = Frames.mapper(encoding);
    var send =
        new Frames.Send(
            "send",
            7,
            Frames.id().toString(),
            Frames.id().toString(),
            Frames.content(payload),
            "text/plain");
    frame = mapper.writeValueAsBytes(send);
    Draft ours = ours();
    Frames.Send twins = twin();
    Proof.same("conversation", ours.conversationId().toString(), twins.conversationId());
    Proof.same("client id", ours.clientMessageId().toString(), twins.clientMessageId());
    Proof.same("content", ours.content(), twins.content());
    Proof.same("content type", ours.contentType(), twins.contentType());
    Proof.same("content as sent", send.content(), ours.content());
  }

  @Benchmark
  public Draft ours() {
    return HotPath.decodeSend(subProtocol, frame, sender);
  }

  @Benchmark
  public Frames.Send twin() {
    return mapper.readValue(frame, Frames.Send.class);
  }
}
