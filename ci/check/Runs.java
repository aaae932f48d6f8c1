package ci.check;

import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// Runs one after the other, each on a system of its own, with its verdict printed when it is
/// there.
///
/// @param json one document a run, a line each
/// @param report where a move's report goes, of the last of several; null for nowhere
public record Runs(PrintStream out, boolean json, Path report) {
  /// Makes all of them; of several, one that breaks off does not keep the next ones from being
  /// made.
  ///
  /// @return whether every promise was kept in each
  /// @throws EnvironmentError when a single run breaks off
  public boolean pass(List<CheckOptions> all) throws IOException, InterruptedException {
    List<String> failed = new ArrayList<>();
    for (CheckOptions options : all) {
      try {
        Outcome outcome = Trial.onItsOwn(options);
        if (json) {
          out.println(new JsonMapper().writeValueAsString(outcome.toJson()));
        } else {
          outcome.lines().forEach(out::println);
        }
        if (report != null && options.during().isPresent()) {
          outcome.moved().report(report, outcome);
        }
        if (!outcome.passed()) {
          failed.add(name(options));
        }
      } catch (EnvironmentError e) {
        if (all.size() == 1) {
          throw e;
        }
        out.printf("BROKEN OFF: %s: %s%n", name(options), e.getMessage());
        failed.add(name(options));
      }
    }
    if (all.size() > 1 && !json) {
      out.printf("%d of %d runs passed%n", all.size() - failed.size(), all.size());
      failed.forEach(name -> out.println("not: " + name));
    }
    return failed.isEmpty();
  }

  private static String name(CheckOptions options) {
    return options.during().map(During::toString).orElse("seed " + options.seed());
  }
}
