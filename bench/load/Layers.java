package bench.load;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whose work a profile's samples are: each counts for the innermost frame of its stack that
/// belongs to somebody, so that what `java.util` does for a library is the library's.
///
/// @param shares of all samples, from 0 to 1, the largest first
public record Layers(Map<String, Double> shares) {
  /// Frames of the JDK and of the JVM belong to whoever called them.
  private static final Map<String, String> OWNERS = new LinkedHashMap<>();

  static {
    OWNERS.put("org.eclipse.jetty.websocket.", "Jetty WebSocket");
    OWNERS.put("org.eclipse.jetty.", "Jetty");
    OWNERS.put("io.javalin.", "Javalin");
    OWNERS.put("org.postgresql.", "PostgreSQL driver");
    OWNERS.put("org.jooq.", "jOOQ");
    OWNERS.put("com.zaxxer.", "connection pool");
    OWNERS.put("tools.jackson.", "Jackson");
    OWNERS.put("com.fasterxml.", "Jackson");
    OWNERS.put("io.lettuce.", "Redis driver");
    OWNERS.put("com.datastax.", "CQL driver");
    OWNERS.put("io.netty.", "Netty");
    OWNERS.put("io.micrometer.", "metrics");
    OWNERS.put("io.prometheus.", "metrics");
    OWNERS.put("server.", "server");
    OWNERS.put("bench.bare.", "bare server");
  }

  private static final String OTHER = "JVM and JDK"; // collecting, compiling, scheduling

  /// @param stacks a line each: frames from the outermost in, apart by `;`, then a blank and a
  ///   count
  static Layers of(Stream<String> stacks) {
    Map<String, Double> counted =
        stacks
            .filter(line -> line.lastIndexOf(' ') > 0)
            .collect(
                Collectors.groupingBy(
                    line -> owner(line.substring(0, line.lastIndexOf(' '))),
                    Collectors.summingDouble(
                        line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))));
    double all = counted.values().stream().mapToDouble(count -> count).sum();
    Map<String, Double> shares = new LinkedHashMap<>();
    counted.entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(entry -> shares.put(entry.getKey(), entry.getValue() / all));
    return new Layers(shares);
  }

  private static String owner(String stack) {
    String[] frames = stack.split(";");
    for (int i = frames.length - 1; i >= 0; i--) {
      for (Map.Entry<String, String> owner : OWNERS.entrySet()) {
        if (frames[i].startsWith(owner.getKey())) {
          return owner.getKey().equals("server.") ? folder(frames[i]) : owner.getValue();
        }
      }
    }
    return OTHER;
  }

  /// `server/realtime` of `server.realtime.Hub.offer`.
  private static String folder(String frame) {
    String[] names = frame.split("\\.");
    return names.length > 1 && Character.isLowerCase(names[1].charAt(0))
        ? "server/" + names[1]
        : "server";
  }

  /// `Jetty 40 %, server/realtime 21 %, …`
  @Override
  public String toString() {
    return shares.entrySet().stream()
        .map(entry ->
            String.format(Locale.ROOT, "%s %.1f %%", entry.getKey(), 100 * entry.getValue()))
        .collect(Collectors.joining(", "));
  }
}
