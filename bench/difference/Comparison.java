package bench.difference;

import fixtures.urls.UserError;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Two sides' results, figure by figure.
///
/// @param differences of the figures that both have
/// @param onlyOneHas names of the others
public record Comparison(List<Difference> differences, List<String> onlyOneHas) {

  /// Reads and compares.
  ///
  /// @param before files or folders of results
  /// @throws UserError when one is no result, or they have no figure in common
  public static Comparison of(List<Path> before, List<Path> after) {
    Map<String, Sample> first = Samples.read(before);
    Map<String, Sample> second = Samples.read(after);
    List<Difference> differences = new ArrayList<>();
    List<String> alone = new ArrayList<>();
    first.forEach((name, sample) -> {
      if (second.containsKey(name)) {
        differences.add(Difference.of(sample, second.get(name)));
      } else {
        alone.add(name);
      }
    });
    second.keySet().stream().filter(name -> !first.containsKey(name)).forEach(alone::add);
    if (differences.isEmpty()) {
      throw new UserError(
          "the two have no figure in common: one has '%s', the other not"
              .formatted(alone.getFirst()));
    }
    return new Comparison(differences, alone);
  }

  /// What became worse.
  ///
  /// @param countsOnly whether only what is counted matters: times of a busy machine prove nothing
  public List<Difference> worse(boolean countsOnly) {
    return differences.stream()
        .filter(d -> d.sample().count() || !countsOnly)
        .filter(d -> d.judgement() == Difference.Judgement.WORSE)
        .toList();
  }

  /// For people, one line for each difference.
  public List<String> lines() {
    int width = differences.stream().mapToInt(d -> d.sample().name().length()).max().orElse(1);
    return differences.stream().map(d -> d.line(width)).toList();
  }

  /// As JSON has it.
  public List<Map<String, Object>> fields() {
    return differences.stream()
        .map(d -> {
          Map<String, Object> fields = new LinkedHashMap<>();
          fields.put("figure", d.sample().name());
          fields.put("before", d.before());
          fields.put("after", d.after());
          fields.put("change", finite(d.change()));
          fields.put("error", finite(d.error()));
          fields.put("visible", finite(d.visible()));
          fields.put("counted", d.sample().count());
          fields.put("judgement", d.judgement().toString());
          return fields;
        })
        .toList();
  }

  private static Object finite(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
