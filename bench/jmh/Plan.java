package bench.jmh;

import fixtures.urls.UserError;
import java.lang.reflect.Field;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Param;

/// Which benchmarks a run has, each with which values. Immutable.
final class Plan {
  private static final int METHODS = 2; // ours and the twin's

  private final JmhOptions options;
  private final List<Depth> depths;
  private final Map<Depth, Map<String, List<String>>> values = new LinkedHashMap<>();

  /// @throws UserError when a benchmark, a parameter or a value is asked for that is not there
  Plan(JmhOptions options) {
    this.options = options;
    depths =
        options.depths().isEmpty()
            ? List.of(Depth.values())
            : options.depths().stream().map(Plan::named).toList();
    for (String parameter : options.parameters().keySet()) {
      if (depths.stream().noneMatch(depth -> parameters(depth).contains(parameter))) {
        throw new UserError("no benchmark has a parameter '%s'".formatted(parameter));
      }
    }
    for (Depth depth : depths) {
      Map<String, List<String>> own = new LinkedHashMap<>();
      parameters(depth).forEach(parameter -> own.put(parameter, chosen(depth, parameter)));
      values.put(depth, own);
    }
  }

  private static Depth named(String name) {
    return Arrays.stream(Depth.values())
        .filter(depth -> depth.label().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(() -> new UserError("there is no benchmark '" + name + "'; see --list"));
  }

  private static List<String> parameters(Depth depth) {
    return Arrays.stream(depth.benchmark.getFields())
        .filter(field -> field.isAnnotationPresent(Param.class))
        .map(Field::getName)
        .toList();
  }

  private List<String> chosen(Depth depth, String parameter) {
    Field field;
    try {
      field = depth.benchmark.getField(parameter);
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e); // it was found a moment ago
    }
    List<String> smoke = List.of(field.getAnnotation(Param.class).value());
    List<String> full = depth.full.getOrDefault(parameter, smoke);
    List<String> wanted = options.parameters().get(parameter);
    if (wanted == null) {
      return options.full() ? full : smoke;
    }
    Set<String> words = new LinkedHashSet<>(full);
    words.addAll(smoke);
    for (String value : wanted) {
      boolean number = field.getType() == int.class;
      if (number ? !value.matches("[1-9]\\d{0,8}") : !words.contains(value)) {
        throw new UserError(
            "%s has no %s=%s: write %s"
                .formatted(
                    depth.label(),
                    parameter,
                    value,
                    number ? "a number above 0" : String.join(" or ", words)));
      }
    }
    return wanted;
  }

  /// In turn.
  List<Depth> depths() {
    return depths;
  }

  /// By parameter.
  Map<String, List<String>> values(Depth depth) {
    return values.get(depth);
  }

  /// Whether one of them needs databases.
  boolean databases() {
    return depths.stream().anyMatch(depth -> depth.need != Depth.Need.NOTHING);
  }

  /// Whether one of them needs a CQL database.
  boolean cql() {
    return depths.stream()
        .anyMatch(d -> values(d).getOrDefault("engine", List.of()).contains("cql"));
  }

  /// How many there will be.
  int results() {
    return depths.stream().mapToInt(this::results).sum();
  }

  private int results(Depth depth) {
    return values(depth).values().stream()
        .mapToInt(List::size)
        .reduce(METHODS, (some, more) -> some * more);
  }

  /// Roughly how long all of it takes, without the starts of JVMs.
  long seconds() {
    long each =
        (long) options.forks()
            * (options.warmups() + options.iterations())
            * options.iterationMillis();
    return TimeUnit.MILLISECONDS.toSeconds(results() * each);
  }
}
