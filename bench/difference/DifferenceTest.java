package bench.difference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.difference.Difference.Judgement;
import fixtures.urls.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is said of two samples, from figures made for it.
final class DifferenceTest {
  @TempDir Path folder;

  private static Sample sample(boolean higher, boolean count, double... values) {
    return new Sample("figure", values, higher, count ? Sample.Kind.BYTES : Sample.Kind.TIMED);
  }

  private static Judgement judged(Sample before, Sample after) {
    return Difference.of(before, after).judgement();
  }

  @Test
  void aChangeBeyondChanceIsBetterOrWorseByWhatTheFigureIs() {
    double[] low = {99, 100, 101, 100};
    double[] high = {119, 120, 121, 120};
    assertEquals(Judgement.WORSE, judged(sample(false, false, low), sample(false, false, high)));
    assertEquals(Judgement.BETTER, judged(sample(false, false, high), sample(false, false, low)));
    assertEquals(Judgement.BETTER, judged(sample(true, false, low), sample(true, false, high)));
  }

  @Test
  void aChangeWithinChanceIsNoneAndItIsSaidHowSmallAOneWouldHaveBeenSeen() {
    var found =
        Difference.of(
            sample(false, false, 90, 110, 95, 105), sample(false, false, 93, 108, 97, 110));
    assertEquals(Judgement.NO_DIFFERENCE, found.judgement());
    assertTrue(found.visible() > found.error(), "seen four times in five is harder than at all");
    assertTrue(found.toString().contains("would have been seen"), found.toString());
  }

  @Test
  void ofOneMeasurementEachNothingIsSaidUnlessItWasCounted() {
    assertEquals(Judgement.UNKNOWN, judged(sample(false, false, 1), sample(false, false, 9)));
    assertEquals(Judgement.WORSE, judged(sample(false, true, 100), sample(false, true, 110)));
    assertEquals(
        Judgement.NO_DIFFERENCE, judged(sample(false, true, 100), sample(false, true, 101)));
    assertEquals(Judgement.WORSE, judged(sample(false, true, 0), sample(false, true, 1)));
    assertEquals(Judgement.NO_DIFFERENCE, judged(sample(false, true, 0), sample(false, true, 0)));
  }

  @Test
  void samplesOfOneDistributionAreCalledDifferentAboutOneTimeInTwenty() {
    var random = new Random(1);
    int tries = 2_000;
    int wrong = 0;
    for (int i = 0; i < tries; i++) {
      var before = sample(false, false, draw(random));
      var after = sample(false, false, draw(random));
      wrong += judged(before, after) == Judgement.NO_DIFFERENCE ? 0 : 1;
    }
    assertTrue(wrong > tries / 50 && wrong < tries / 12, wrong + " of " + tries);
  }

  private static double[] draw(Random random) {
    return DoubleStream.generate(() -> 100 + 10 * random.nextGaussian()).limit(5).toArray();
  }

  @Test
  void jmhsFilesAreReadAndOnlyCountsCanDecide() throws Exception {
    Path before = jmh("before", 1.0, 1000);
    Path after = jmh("after", 3.0, 1000);
    var comparison = Comparison.of(List.of(before), List.of(after));
    assertEquals(2, comparison.differences().size());
    assertEquals(1, comparison.worse(false).size());
    assertEquals(0, comparison.worse(true).size());
    var allocating = Comparison.of(List.of(before), List.of(jmh("more", 1.0, 1100)));
    assertEquals(1, allocating.worse(true).size());
  }

  private Path jmh(String name, double micros, double bytes) throws Exception {
    String json =
        """
        [{"benchmark": "bench.jmh.Encode.ours", "params": {"encoding": "json"},
          "primaryMetric": {"scoreUnit": "us/op", "rawData": [[%1$s, %2$s, %3$s]]},
          "secondaryMetrics": {"gc.alloc.rate.norm": {"rawData": [[%4$s, %4$s, %4$s]]}}}]
        """
            .formatted(micros, micros * 1.01, micros * 0.99, bytes);
    return Files.writeString(folder.resolve(name + ".json"), json);
  }

  @Test
  void oneStatementOrAFewBytesMoreForAMessageAreWorse() throws Exception {
    Path before = counts("before", 2, 1000);
    assertEquals(
        0, Comparison.of(List.of(before), List.of(counts("same", 2, 1010))).worse(true).size());
    assertEquals(
        0, Comparison.of(List.of(before), List.of(counts("clock", 2.1, 1000))).worse(true).size());
    for (Path worse : List.of(counts("statement", 3, 1000), counts("bytes", 2, 1030))) {
      assertEquals(1, Comparison.of(List.of(before), List.of(worse)).worse(true).size());
      assertEquals(0, Comparison.of(List.of(worse), List.of(before)).worse(true).size());
    }
  }

  private Path counts(String name, double statements, int bytes) throws Exception {
    return Files.writeString(
        folder.resolve(name + ".json"),
        "{\"counts\": {\"statements\": [%1$s, %1$s], \"bytes\": [%2$d, %2$d]}}"
            .formatted(statements, bytes));
  }

  @Test
  void runsOfAnotherPaceOrOnADatabaseThatForgetsAreNotCompared() throws Exception {
    List<Path> before = List.of(load("before", 200, 20, "on"));
    var same = Comparison.of(before, List.of(load("same", 200, 20, "on")));
    assertEquals(
        "load one-to-one postgres constant 200/s sockets=20, messages_per_second",
        same.differences().getFirst().sample().name());
    for (Path other :
        List.of(
            load("faster", 5_000, 20, "on"),
            load("larger", 200, 40, "on"),
            load("forgets", 200, 20, "off"))) {
      assertThrows(UserError.class, () -> Comparison.of(before, List.of(other)));
    }
  }

  private Path load(String name, int rate, int sockets, String fsync) throws Exception {
    return Files.writeString(
        folder.resolve(name + ".json"),
        """
        {"profile": "one-to-one", "store": "postgres", "loop": "constant", "rate": %1$d.0,
         "servers": 1, "sockets": %2$d, "members": 2, "encoding": "json", "warmup_seconds": 20,
         "engines": {"postgres fsync": "%3$s", "postgres synchronous_commit": "on"},
         "messages_per_second": %1$d}
        """
            .formatted(rate, sockets, fsync));
  }

  @Test
  void whatIsNoResultIsSaidSo() {
    assertThrows(
        UserError.class, () -> Comparison.of(List.of(folder), List.of(folder.resolve("x"))));
  }
}
