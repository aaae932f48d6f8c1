package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ci.run.Checkout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/// The project itself keeps the house rules.
@Tag("lint")
class HouseRulesTest {
  @TestFactory
  List<DynamicTest> theProjectKeepsEveryRule() throws Exception {
    assumeTrue(Checkout.find().isPresent(), "needs a checkout to look at");
    var tree = Tree.read(Checkout.find().orElseThrow());
    var tests = new ArrayList<DynamicTest>();
    for (var rule : Rules.ALL) {
      tests.add(
          dynamicTest(
              rule.name(),
              () -> {
                var problems = new ArrayList<Problem>();
                rule.check(tree, problems::add);
                var lines = problems.stream().map(Problem::toString).toList();
                assertEquals("", String.join("\n", lines), () -> lines.size() + " problem(s)");
              }));
    }
    return tests;
  }
}
