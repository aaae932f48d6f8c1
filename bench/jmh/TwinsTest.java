package bench.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.annotations.Benchmark;
import server.testing.TestEngines;

/// Each benchmark's proof, and one turn of both sides, without JMH around them.
final class TwinsTest {
  @TempDir static Path folder;
  private static TestEngines engines;

  @BeforeAll
  static void start() throws Exception {
    engines = TestEngines.fresh();
    Path file = folder.resolve("engines.properties");
    new EngineUrls(engines.postgres().text(), engines.redis().nodes().getFirst(), null, List.of())
        .write(file);
    System.setProperty(EngineUrls.PROPERTY, file.toString());
  }

  @AfterAll
  static void stop() {
    System.clearProperty(EngineUrls.PROPERTY);
    if (engines != null) {
      engines.close();
    }
  }

  @Test
  void codecsReadAndWriteWhatJacksonDoes() {
    for (String encoding : List.of("json", "cbor")) {
      var decode = new Decode();
      decode.encoding = encoding;
      decode.payload = 100;
      decode.prove();
      var encode = new Encode();
      encode.encoding = encoding;
      encode.payload = 100;
      encode.prove();
    }
  }

  @Test
  void aTwinThatSaysSomethingElseIsFound() {
    assertThrows(AssertionError.class, () -> Proof.same("bytes", new byte[] {1}, new byte[] {2}));
    Proof.same("bytes", new byte[] {1}, new byte[] {1});
  }

  @Test
  void theBatcherNumbersAsTheQueueDoes() throws Exception {
    var batch = new Batch();
    batch.payload = 16;
    batch.committers = 2;
    batch.prove();
    batch.stop();
  }

  @Test
  void everyRecipientGetsTheFrameAndAMemberIsOne() {
    var fanOut = new FanOut();
    fanOut.recipients = 5;
    fanOut.payload = 16;
    fanOut.prove();
    for (int i = 0; i < 5_000; i++) { // more than a window holds
      fanOut.ours();
    }
    fanOut.stop();
    var membership = new Membership();
    membership.members = 3;
    membership.prove();
    membership.stop();
  }

  @Test
  void storesReadWhatTheyWroteAsBareRowsAre() {
    var append = new Append();
    append.engine = "postgres";
    append.batch = 20;
    append.payload = 16;
    append.prove();
    assertEquals(20, append.ours().size());
    append.twin();
    append.stop();
    var history = new History();
    history.engine = "postgres";
    history.page = 10;
    history.payload = 16;
    history.prove();
    history.stop();
    var sync = new Sync();
    sync.engine = "postgres";
    sync.conversations = 5;
    sync.payload = 16;
    sync.prove();
    sync.stop();
  }

  @Test
  void everyWayOfPublishingArrivesInOrder() throws Exception {
    for (String how : List.of("plain", "pipelined", "sharded", "streams", "notify")) {
      var publish = new Publish();
      publish.how = how;
      publish.payload = 16;
      publish.prove();
      publish.ours();
      publish.stop();
    }
  }

  @Test
  void scriptsAnswerAsPlainCommandsDo() throws Exception {
    var otp = new Otp();
    otp.prove();
    otp.stop();
    var limit = new RateLimit();
    limit.prove();
    limit.ours();
    limit.stop();
  }

  @Test
  void aBackfillLeavesWhatOneUpdateDoes() throws Exception {
    var backfill = new Backfill();
    backfill.rows = 500;
    backfill.prove();
    assertEquals(2, backfill.ours());
    assertEquals(1_000, backfill.twin());
    backfill.stop();
  }

  @Test
  void everyDepthHasATwinAndFullValuesOfParametersItHas() {
    for (Depth depth : Depth.values()) {
      var methods =
          Arrays.stream(depth.benchmark.getMethods())
              .filter(method -> method.isAnnotationPresent(Benchmark.class))
              .map(method -> method.getName())
              .sorted()
              .toList();
      assertEquals(List.of("ours", "twin"), methods, depth.label());
      for (Map.Entry<String, List<String>> value : depth.full.entrySet()) {
        assertTrue(
            Arrays.stream(depth.benchmark.getFields())
                .anyMatch(field -> field.getName().equals(value.getKey())),
            depth + " has no parameter " + value.getKey());
      }
    }
  }
}
