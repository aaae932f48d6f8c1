package server.messages.cql;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Explores the commit protocol: the very code of [Slot], over a model of the primitives it stands
/// on, in very many orders and with very many accidents.
class SlotExplorerTest {
  /// Of random runs; the same ones each time, and a few seconds. `-Dvyry.explorer.runs` for more,
  /// `-Dvyry.explorer.seed` for others.
  private static final int RUNS = Integer.getInteger("vyry.explorer.runs", 2_000);

  private static final long SEED = Long.getLong("vyry.explorer.seed", 1);

  /// A fault in the protocol is found within so many.
  private static final int RUNS_TO_FIND = 4_000;

  private static final int SWEEPS = Integer.getInteger("vyry.explorer.sweeps", 3);

  /// Accidents by chance.
  private static ModelNode.Faults random(long seed) {
    Random random = new Random(seed);
    int crashOneIn = 40 + random.nextInt(400);
    int loseOneIn = 10 + random.nextInt(200);
    return new ModelNode.Faults() {
      @Override
      public boolean crash() {
        return random.nextInt(crashOneIn) == 0;
      }

      @Override
      public boolean lose() {
        return random.nextInt(loseOneIn) == 0;
      }
    };
  }

  /// One accident, at one place of the run.
  private static final class One implements ModelNode.Faults {
    private final boolean crash;
    private int places;

    One(boolean crash, int place) {
      this.crash = crash;
      this.places = place;
    }

    private boolean here() {
      return places-- == 0;
    }

    @Override
    public boolean crash() {
      return crash && here();
    }

    @Override
    public boolean lose() {
      return !crash && here();
    }

    boolean happened() {
      return places < 0;
    }
  }

  private static int explore(long seed, Bug bug, ModelNode.Faults faults, String accident) {
    try {
      return new Exploration(seed, bug, faults).run();
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed + ", " + accident + ": " + e.getMessage(), e);
    }
  }

  private static long exploreRandomly(Bug bug, int runs) {
    long steps = 0;
    for (long seed = SEED; seed < SEED + runs; seed++) {
      steps += explore(seed, bug, random(seed), "random accidents");
    }
    return steps;
  }

  @Test
  void everyPromiseIsKeptInRandomRunsWithManyAccidents() {
    long steps = exploreRandomly(Bug.NONE, RUNS);
    System.out.printf("explored %,d runs from seed %d, %,d steps%n", RUNS, SEED, steps);
  }

  /// A crash, or a lost answer, between any two steps of a run.
  @Test
  void everyPromiseIsKeptWithOneAccidentAtEachPlaceOfARun() {
    int runs = 0;
    for (long seed = SEED; seed < SEED + SWEEPS; seed++) {
      for (boolean crash : new boolean[] {true, false}) {
        One accident = new One(crash, -1);
        for (int place = 0; place == 0 || accident.happened(); place++) {
          accident = new One(crash, place);
          explore(seed, Bug.NONE, accident, (crash ? "crash" : "lost answer") + " at " + place);
          runs++;
        }
      }
    }
    System.out.printf("explored %,d runs from seed %d, an accident at each place%n", runs, SEED);
    assertTrue(runs > 100 * SWEEPS, "too few places");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void aDeliberateFaultIsFound(Bug bug) {
    AssertionError found =
        assertThrows(AssertionError.class, () -> exploreRandomly(bug, RUNS_TO_FIND));
    assertTrue(found.getCause() instanceof ModelDatabase.Violation, () -> "" + found.getCause());
    System.out.println(bug + ": " + found.getMessage().lines().findFirst().orElse(""));
  }
}
