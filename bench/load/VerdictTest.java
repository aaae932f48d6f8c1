package bench.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Each verdict, from figures made for it.
final class VerdictTest {
  private static final double IDLE_LOOP = 0.3;

  /// An open loop of 1,000 messages that went well, but for what is given.
  private static Verdict open(
      long completed, long refused, long dropped, double busy, double late, double receive) {
    return Verdict.of(
        new Verdict.Facts(
            false,
            1000,
            completed,
            refused,
            dropped,
            0,
            0,
            0,
            0,
            null,
            busy,
            late,
            receive,
            1000 - completed)); // one each millisecond
  }

  private static Verdict wrong(
      long lost, long duplicated, long reordered, long unanswered, String failure) {
    return Verdict.of(
        new Verdict.Facts(
            true,
            1000,
            1000,
            0,
            0,
            lost,
            duplicated,
            reordered,
            unanswered,
            failure,
            IDLE_LOOP,
            0,
            5,
            0));
  }

  @Test
  void aRunThatKeptUpIsValid() {
    assertEquals(Verdict.Kind.VALID, open(1000, 0, 0, IDLE_LOOP, 0.1, 5).kind());
    assertEquals(Verdict.Kind.VALID, open(975, 1, 0, IDLE_LOOP, 0.9, 1).kind());
    assertEquals(Verdict.Kind.VALID, wrong(0, 0, 0, 0, null).kind());
  }

  @Test
  void whatIsLostRepeatedOutOfOrderOrUnansweredMakesItWrong() {
    assertEquals(
        new Verdict(Verdict.Kind.WRONG, "1 lost, 0 duplicated, 0 reordered"),
        wrong(1, 0, 0, 0, null));
    assertEquals(Verdict.Kind.WRONG, wrong(0, 1, 0, 0, null).kind());
    assertEquals(Verdict.Kind.WRONG, wrong(0, 0, 1, 0, null).kind());
    assertEquals("2 messages had no answer", wrong(0, 0, 0, 2, null).reason());
    assertEquals("closed with 1006", wrong(0, 0, 0, 0, "closed with 1006").reason());
    assertEquals(Verdict.Kind.WRONG, open(0, 0, 0, IDLE_LOOP, 0, 5).kind());
  }

  private static Rig.Came came(Verdict.Kind kind, boolean closed, double rate, double median) {
    return new Rig.Came(new Verdict(kind, "said of it"), closed, rate, median);
  }

  @Test
  void aLoaderThatIsNoBetterBeforeAnEchoIsTheLimit() {
    var closed = came(Verdict.Kind.VALID, true, 30_000, 9);
    var echo = came(Verdict.Kind.LOADER_BOUND, true, 100_000, 2); // flat out it is always busy
    assertEquals(Verdict.Kind.VALID, Rig.judge(closed, echo).kind());
    var slowEcho = came(Verdict.Kind.VALID, true, 33_000, 8);
    Verdict near = Rig.judge(closed, slowEcho);
    assertEquals(Verdict.Kind.LOADER_BOUND, near.kind());
    assertEquals("30,000 messages/s, and the loader does 33,000 before an echo", near.reason());
    for (var own : new Verdict.Kind[] {Verdict.Kind.VALID, Verdict.Kind.SATURATED}) {
      var open = came(own, false, 5_000, 3);
      assertEquals(own, Rig.judge(open, came(Verdict.Kind.VALID, false, 5_000, 0.4)).kind());
      for (var rigs : new Verdict.Kind[] {Verdict.Kind.SATURATED, Verdict.Kind.LOADER_BOUND}) {
        Verdict bound = Rig.judge(open, came(rigs, false, 4_000, 0.4));
        assertEquals(Verdict.Kind.LOADER_BOUND, bound.kind());
        assertTrue(bound.reason().endsWith("said of it"), bound.reason());
      }
    }
    var open = came(Verdict.Kind.VALID, false, 5_000, 3);
    assertEquals(
        Verdict.Kind.LOADER_BOUND,
        Rig.judge(open, came(Verdict.Kind.VALID, false, 5_000, 2.5)).kind());
  }

  @Test
  void whatIsWrongStaysSoWhateverTheLoaderCanDo() {
    var wrong = came(Verdict.Kind.WRONG, false, 5_000, 3);
    var echo = came(Verdict.Kind.LOADER_BOUND, false, 100, 50);
    assertEquals(Verdict.Kind.WRONG, Rig.judge(wrong, echo).kind());
  }

  @Test
  void aWrongRunIsWrongWhateverElseItIs() {
    var all = new Verdict.Facts(false, 1000, 10, 500, 500, 1, 0, 0, 0, null, 0.99, 1000, 5, 990);
    assertEquals(Verdict.Kind.WRONG, Verdict.of(all).kind());
  }

  @Test
  void aLoaderWithoutTimeIsToldFromASystemWithoutTime() {
    assertEquals(Verdict.Kind.LOADER_BOUND, open(1000, 0, 0, 0.95, 0.1, 5).kind());
    Verdict late = open(1000, 0, 0, IDLE_LOOP, 3, 5);
    assertEquals(Verdict.Kind.LOADER_BOUND, late.kind());
    assertTrue(late.reason().contains("3.0 ms"), late.reason());
    assertEquals(Verdict.Kind.SATURATED, open(900, 0, 0, IDLE_LOOP, 0.1, 5).kind());
    assertEquals(Verdict.Kind.SATURATED, open(1000, 2, 0, IDLE_LOOP, 0.1, 5).kind());
    assertEquals(Verdict.Kind.SATURATED, open(1000, 0, 2, IDLE_LOOP, 0.1, 5).kind());
    assertEquals(
        Verdict.Kind.SATURATED,
        open(400, 0, 0, IDLE_LOOP, 32, 5).kind(),
        "those that came were quick; the others waited longer than the loader was late");
    assertEquals(Verdict.Kind.LOADER_BOUND, open(900, 0, 0, IDLE_LOOP, 80, 90).kind());
  }
}
