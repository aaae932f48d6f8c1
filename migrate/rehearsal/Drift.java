package migrate.rehearsal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Compares two schemas by their fingerprints ([migrate.schema.PostgresFingerprint],
/// [migrate.schema.CqlFingerprint]) and tells the differences by what people call the things.
///
/// Left out is what operators rightly do by themselves: grants, and extensions that no step made.
/// The order of columns does not count either: what is dropped and added again comes last, and no
/// statement of ours depends on it.
public final class Drift {
  private static final Pattern ORDINAL = Pattern.compile("^(column [^ ]+)\\.\\d+ ");
  private static final Pattern GRANTS = Pattern.compile(" acl=[^\\n]*$");
  private static final Pattern INDEX = Pattern.compile("INDEX (\\S+) ON (?:ONLY )?(\\S+)");
  private static final Pattern TRIGGER = Pattern.compile("TRIGGER (\\S+) [^\\n]*? ON (\\S+)");
  private static final Pattern CQL_NAME =
      Pattern.compile(
          "^([a-z]+) [a-z_]+=(\\S+)(?: (?:column_name|index_name|trigger_name)=(\\S+))?");

  /// Where one thing said of a subject ends and the next begins.
  private static final Pattern BETWEEN = Pattern.compile(" (?=[a-z_]+=)");

  private Drift() {}

  /// The differences, sorted by subject.
  ///
  /// @param expected the fingerprint of what the steps give
  /// @param actual the fingerprint of what is there
  public static List<Difference> between(List<String> expected, List<String> actual) {
    return between(expected, actual, false);
  }

  /// As [#between], and grants and extensions count too.
  public static List<Difference> strictly(List<String> expected, List<String> actual) {
    return between(expected, actual, true);
  }

  private static List<Difference> between(
      List<String> expected, List<String> actual, boolean strict) {
    var wanted = bySubject(expected, strict);
    var found = bySubject(actual, strict);
    var subjects = new TreeSet<>(wanted.keySet());
    subjects.addAll(found.keySet());
    var differences = new ArrayList<Difference>();
    for (String subject : subjects) {
      String want = wanted.get(subject);
      String have = found.get(subject);
      if (want == null) {
        if (strict || !subject.startsWith("extension ")) {
          differences.add(new Difference(subject, null, have));
        }
      } else if (have == null) {
        differences.add(new Difference(subject, want, null));
      } else if (!want.equals(have)) {
        differences.add(new Difference(subject, without(want, have), without(have, want)));
      }
    }
    return List.copyOf(withoutParts(differences));
  }

  private static TreeMap<String, String> bySubject(List<String> lines, boolean strict) {
    var things = new TreeMap<String, String>();
    for (String line : lines) {
      String unnumbered = ORDINAL.matcher(line).replaceFirst("$1.");
      String said = strict ? unnumbered : GRANTS.matcher(unnumbered).replaceFirst("");
      String subject = subject(said);
      // Two overloads, or two comments on one thing, may share a subject.
      while (things.containsKey(subject)) {
        subject += "'";
      }
      things.put(subject, said);
    }
    return things;
  }

  private static String subject(String line) {
    String first = line.lines().findFirst().orElse("");
    String[] words = first.split(" ");
    var cql = CQL_NAME.matcher(first);
    if (cql.find()) {
      String kind = cql.group(1).replaceAll("s$", "").replaceAll("exe$", "ex");
      return kind + " " + cql.group(2) + (cql.group(3) == null ? "" : "." + cql.group(3));
    }
    return switch (words[0]) {
      case "relation" -> (first.contains(" kind=v ") ? "view " : "relation ") + words[1];
      case "constraint" -> "constraint %s on %s".formatted(words[2], words[1]);
      case "index" -> matched(INDEX, first, "index %s on %s");
      case "trigger" -> matched(TRIGGER, first, "trigger %s on %s");
      case "routine" -> "routine " + first.replaceFirst("^routine CREATE OR REPLACE \\w+ ", "");
      case "rule", "statistics", "comment" -> first.split(": ")[0];
      default -> words.length > 1 ? words[0] + " " + words[1] : first;
    };
  }

  private static String matched(Pattern pattern, String line, String shape) {
    var match = pattern.matcher(line);
    return match.find() ? shape.formatted(match.group(1), match.group(2)) : line;
  }

  /// What is said in `one` and not in `other`.
  private static String without(String one, String other) {
    Set<String> rest = new LinkedHashSet<>(Arrays.asList(BETWEEN.split(one)));
    rest.removeAll(Arrays.asList(BETWEEN.split(other)));
    return String.join(" ", rest);
  }

  /// Without the columns, constraints and indexes of tables that are missing or extra as a whole.
  private static List<Difference> withoutParts(List<Difference> differences) {
    var whole = new TreeSet<String>();
    for (var difference : differences) {
      String[] words = difference.subject().split(" ");
      boolean table = Set.of("relation", "view", "table").contains(words[0]);
      if (table && difference.kind() != Difference.Kind.CHANGED) {
        whole.add(words[1]);
      }
    }
    return differences.stream().filter(d -> !isPart(d, whole)).toList();
  }

  private static boolean isPart(Difference difference, Set<String> tables) {
    String[] words = difference.subject().split(" ");
    if (!Set.of("column", "index", "trigger", "constraint").contains(words[0])) {
      return false;
    }
    // Some of the catalogs' functions say 'public.users', others 'users'.
    String owner =
        words.length > 3
            ? words[3].replaceFirst("^[^.]*\\.", "")
            : words[1].replaceFirst("\\..*", "");
    return tables.contains(owner);
  }
}
