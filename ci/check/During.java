package ci.check;

import fixtures.urls.UserError;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import migrate.move.Subject;

/// What goes on during a run: a whole move, and who is killed where.
///
/// @param back whether it is rolled back, too
/// @param killed `mover`, `server`, `source` or `target`; empty for nobody
/// @param place of [migrate.move.FailPoint]; empty for nobody
public record During(Subject subject, boolean back, String killed, String place) {
  private static final Set<String> PARTS = Set.of("mover", "server", "source", "target");

  /// The places of a move, in order: where somebody can be killed.
  public static List<String> places(Subject subject) {
    return switch (subject) {
      case POSTGRES ->
          List.of(
              "preflighted",
              "snapshot",
              "copy-range",
              "copied",
              "build",
              "subscribed",
              "verified",
              "ready",
              "fenced",
              "closed",
              "caught-up",
              "cut",
              "opened",
              "behind-cut");
      case REDIS -> List.of("ready", "cut");
      case MESSAGES ->
          List.of(
              "copying",
              "slice-copied",
              "catching-up",
              "verified",
              "ready",
              "cut",
              "rows-held",
              "rows-settled",
              "rows-cut",
              "observing");
    };
  }

  /// Reads the options; empty when there is none.
  ///
  /// @throws UserError saying what is wrong
  public static Optional<During> parse(String during, String kill) {
    if (during == null) {
      if (kill != null) {
        throw new UserError("--kill goes with --during");
      }
      return Optional.empty();
    }
    boolean back = during.endsWith(" and back");
    Subject subject =
        switch (during.replace(" and back", "")) {
          case "move postgres" -> Subject.POSTGRES;
          case "move redis" -> Subject.REDIS;
          case "move messages" -> Subject.MESSAGES;
          default ->
              throw new UserError(
                  "--during is '%s': write \"move postgres\", \"move redis\" or \"move messages\","
                          .formatted(during)
                      + " with \" and back\" behind it for a roll-back as well");
        };
    if (kill == null) {
      return Optional.of(new During(subject, back, "", ""));
    }
    String[] parts = kill.split("@", -1);
    if (parts.length != 2 || !PARTS.contains(parts[0]) || !places(subject).contains(parts[1])) {
      throw new UserError(
          "--kill is '%s': write mover, server, source or target, @, and one of %s"
              .formatted(kill, String.join(", ", places(subject))));
    }
    return Optional.of(new During(subject, back, parts[0], parts[1]));
  }

  /// The same with `all` for everybody at every place, one after the other.
  public static List<During> parseAll(String during, String kill) {
    if (!"all".equals(kill)) {
      return parse(during, kill).stream().toList();
    }
    Subject subject =
        parse(during, null).orElseThrow(() -> new UserError("--kill goes with --during")).subject();
    return PARTS.stream()
        .sorted()
        .flatMap(part ->
            places(subject).stream().map(place -> parse(during, part + "@" + place).orElseThrow()))
        .toList();
  }

  @Override
  public String toString() {
    return "move " + subject + (back ? " and back" : "");
  }
}
