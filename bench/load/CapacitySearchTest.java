package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import bench.results.Progress;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The search on systems whose capacity is known.
final class CapacitySearchTest {
  private static final Slo SLO = new Slo(99, 50);
  private static final double KNEE = 20_000;
  private static final int SECONDS = 10;

  private static Capacity search(MadeUpSystem system) throws InterruptedException {
    var search = new CapacitySearch(system, Pace.CLOSED, SLO, SECONDS, Progress.silent(), _ -> {});
    return search.find(0, Heard.NOBODY);
  }

  private static void foundTheTruth(Capacity found, MadeUpSystem system) {
    double truth = system.truth(SLO.millis());
    assertTrue(found.rate() <= truth, found.rate() + " is more than " + truth);
    double least = truth * (1 - CapacitySearch.CLOSE_ENOUGH);
    assertTrue(found.rate() >= least, found.rate() + " is less than " + least);
    assertTrue(found.tooHigh() > truth, found.tooHigh() + " was said to be too high");
    assertEquals(Verdict.Kind.VALID, found.verdict().kind(), found.verdict().reason());
    assertEquals(Set.of(50, 75, 90), found.levels().keySet());
    String next = String.format(Locale.ROOT, "and at %,.0f ", found.tooHigh());
    assertTrue(found.verdict().reason().contains(next), found.verdict().reason());
  }

  private static long count(MadeUpSystem system, String what) {
    return system.log.stream().filter(line -> line.startsWith(what)).count();
  }

  @Test
  void aWarmSystemsKneeIsFound() throws Exception {
    var system = new MadeUpSystem(KNEE, 1, 1);
    Capacity found = search(system);
    foundTheTruth(found, system);
    assertTrue(found.warmth().settled());
    assertEquals(3 * WarmUp.SLICE_SECONDS + 3 * WarmUp.SLICE_SECONDS, found.warmth().seconds());
  }

  @Test
  void aColdSystemIsWarmedUpUntilItsMessagesGetNoCheaper() throws Exception {
    for (double coldSeconds : new double[] {3, 10, 20}) {
      var system = new MadeUpSystem(KNEE, 4, coldSeconds);
      Capacity found = search(system);
      foundTheTruth(found, system);
      assertTrue(found.warmth().settled(), coldSeconds + " s");
      List<Warmth.Slice> slices = found.warmth().slices();
      assertTrue(slices.getLast().micros() < 0.4 * slices.getFirst().micros());
      List<Double> rising =
          slices.stream().filter(slice -> !slice.closed()).map(Warmth.Slice::rate).toList();
      assertEquals(rising.stream().sorted().toList(), rising, "the rate rises");
      assertEquals(3, rising.size());
    }
  }

  @Test
  void aSystemThatGetsFasterForHoursIsNotWaitedForAndThatIsSaid() throws Exception {
    var system = new MadeUpSystem(KNEE, 1_000, 40);
    Capacity found = search(system);
    assertFalse(found.warmth().settled());
    assertEquals(WarmUp.MAX_SECONDS + 3 * WarmUp.SLICE_SECONDS, found.warmth().seconds());
    String reason = found.verdict().reason();
    assertTrue(reason.contains("still getting faster"), reason);
    assertTrue(found.table(found.verdict()).contains("still getting cheaper"));
  }

  @Test
  void aWarmUpThatIsAskedForIsNotCutShort() throws Exception {
    var system = new MadeUpSystem(KNEE, 1, 1);
    var search = new CapacitySearch(system, Pace.CLOSED, SLO, SECONDS, Progress.silent(), _ -> {});
    Capacity found = search.find(200, Heard.NOBODY);
    assertEquals(200 + 3 * WarmUp.SLICE_SECONDS, found.warmth().seconds());
    foundTheTruth(found, system);
  }

  @Test
  void aRunThatWasDisturbedIsTriedOnceMoreAfterARest() throws Exception {
    var quiet = new MadeUpSystem(KNEE, 1, 1);
    Capacity undisturbed = search(quiet);
    long runs = count(quiet, "run");
    for (int run = 1; run <= runs; run++) {
      var system = new MadeUpSystem(KNEE, 1, 1);
      system.disturbedRun = run;
      Capacity found = search(system);
      foundTheTruth(found, system);
      assertEquals(undisturbed.rate(), found.rate(), "run " + run + " was disturbed");
      assertTrue(count(system, "rest") >= 1);
    }
  }

  @Test
  void whatWasTriedTwiceIsTold() throws Exception {
    var system = new MadeUpSystem(KNEE, 1, 1);
    system.disturbedRun = 1;
    Capacity found = search(system);
    Tried first = found.probes().getFirst();
    assertTrue(first.held());
    assertFalse(SLO.met(first.before()));
    assertTrue(first.fields().containsKey("tried_before"));
    String table = found.table(found.verdict());
    assertTrue(table.contains("second try"), table);
    Tried last = found.probes().getLast();
    assertTrue(last.held() == (last.before() == null), "what does not hold was tried twice");
  }

  @Test
  void aClosedLoopThatMisleadsIsCorrected() throws Exception {
    for (double factor : new double[] {0.4, 0.6, 1, 1.5, 3}) {
      var system = new MadeUpSystem(KNEE, 1, 1);
      system.closedLoopFactor = factor;
      foundTheTruth(search(system), system);
    }
  }

  @Test
  void aLostMessageEndsTheSearchAndIsNotTriedAgain() throws Exception {
    var system = new MadeUpSystem(KNEE, 1, 1);
    system.closedLoopFactor = 0.6;
    system.wrongAbove = 0.8 * KNEE; // below the knee: nothing else is the matter
    Capacity found = search(system);
    assertEquals(Verdict.Kind.WRONG, found.verdict().kind());
    assertEquals(0, count(system, "rest"));
    assertTrue(found.levels().isEmpty());
    assertNull(found.probes().getLast().before());
    assertEquals(Verdict.Kind.WRONG, found.probes().getLast().run().verdict().kind());
  }

  @Test
  void aRateThatHeldOnlyByLuckTakesTheFigureBack() throws Exception {
    var system = new MadeUpSystem(KNEE, 1, 1);
    Capacity found = search(system);
    var level = new Tried(found.probes().getLast().before(), false, found.flatOut());
    found.levels().put(90, level);
    Verdict verdict = found.verdict();
    assertEquals(Verdict.Kind.SATURATED, verdict.kind());
    assertTrue(verdict.reason().contains("not at 90 % of it"), verdict.reason());
  }

  @Test
  void aBoundThatNoRateKeepsEndsTheSearch() throws Exception {
    var system = new MadeUpSystem(KNEE, 1, 1);
    var never = new Slo(99, 1);
    var search =
        new CapacitySearch(system, Pace.CLOSED, never, SECONDS, Progress.silent(), _ -> {});
    Capacity found = search.find(0, Heard.NOBODY);
    assertEquals(0, found.rate());
    assertEquals(CapacitySearch.MAX_RATES, found.probes().size());
    assertEquals(Verdict.Kind.SATURATED, found.verdict().kind());
    assertTrue(found.levels().isEmpty());
  }
}
