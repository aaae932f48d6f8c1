package ci.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SelectionTest {
  /// Not found as a test by itself: it is no top-level class.
  static class Sample {
    @Test
    void passes() {}

    @Test
    @Tag("slow")
    void fails() {
      fail("what went wrong");
    }

    @Test
    void isSkipped() {
      abort("no engine");
    }
  }

  static class Hanging {
    @Test
    @Timeout(1)
    void waitsForEver() {
      new CompletableFuture<Void>().join(); // hears no interrupt
    }
  }

  static class BrokenFromTheStart {
    @BeforeAll
    static void start() {
      throw new IllegalStateException("no database");
    }

    @Test
    void isNeverRun() {}
  }

  private final ByteArrayOutputStream progress = new ByteArrayOutputStream();

  private Results run(Class<?> type, List<Pattern> patterns, List<String> tags) throws Exception {
    var selection = new Selection(List.of(type.getName()), patterns, tags);
    return selection.run(new PrintStream(progress, true, StandardCharsets.UTF_8));
  }

  @Test
  void everyOutcomeIsCountedAndToldWithItsReason() throws Exception {
    var results = run(Sample.class, List.of(), List.of());
    assertEquals("1 passed, 1 failed, 1 skipped", results.closingLine());
    assertEquals("no engine", results.skips().getFirst().reason());
    assertTrue(results.failures().getFirst().test().endsWith("Sample#fails"));
    String told = progress.toString(StandardCharsets.UTF_8);
    assertTrue(told.contains("what went wrong"), told);
    assertTrue(told.contains("at ci.run.SelectionTest$Sample.fails"), told);
    assertTrue(told.contains("FAIL ci.run.SelectionTest$Sample: 1 passed, 1 failed, 1 skipped"));
  }

  @Test
  void aTestThatHangsFailsAndTheRunGoesOn() throws Exception {
    var results = run(Hanging.class, List.of(), List.of());
    assertEquals("0 passed, 1 failed, 0 skipped", results.closingLine());
    assertTrue(results.failures().getFirst().reason().contains("timed out"));
  }

  @Test
  void aClassThatCannotBeginFails() throws Exception {
    var results = run(BrokenFromTheStart.class, List.of(), List.of());
    assertEquals("0 passed, 1 failed, 0 skipped", results.closingLine());
    assertTrue(results.failures().getFirst().reason().contains("no database"));
  }

  @Test
  void patternsAndTagsSelectTests() throws Exception {
    var pattern = List.of(Pattern.compile("Sample#pass"));
    assertEquals(
        "1 passed, 0 failed, 0 skipped", run(Sample.class, pattern, List.of()).closingLine());
    assertEquals(
        "0 passed, 1 failed, 0 skipped",
        run(Sample.class, List.of(), List.of("slow")).closingLine());
    var none = List.of(Pattern.compile("nothing like it"));
    assertEquals(List.of(), new Selection(List.of(Sample.class.getName()), none, List.of()).list());
  }

  @Test
  void compiledTestsAreFoundWhereTheyStand() throws Exception {
    assertTrue(Tests.compiled().contains(SelectionTest.class.getName()));
    var checkout = Checkout.find();
    assumeTrue(checkout.isPresent(), "needs a checkout");
    assertTrue(Tests.inTree(checkout.get()).contains(SelectionTest.class.getName()));
  }
}
