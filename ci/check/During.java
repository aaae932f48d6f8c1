package ci.check;

import fixtures.urls.UserError;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import migrate.move.Subject;

/// What goes on during a run: a whole move, and who is killed where.
///
/// @param back whether it is rolled back, too
/// @param times it is made, one after the other
/// @param killed `mover`, `server`, `source` or `target`; empty for nobody
/// @param where of [migrate.move.FailPoint], one place each time; empty for nobody
/// @param stored messages of others that are there before it
public record During(
    Subject subject, boolean back, int times, String killed, List<String> where, int stored) {
  private During(Subject subject, boolean back, int times, String killed, List<String> where) {
    this(subject, back, times, killed, where, 0);
  }

  /// The same with so many messages of others that are there before.
  During withStored(int messages) {
    return new During(subject, back, times, killed, where, messages);
  }

  private static final int MOST_TIMES = 100; // some ten seconds each
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
  public static Optional<During> parse(String during, int times, String kill) {
    if (during == null) {
      if (kill != null || times != 1) {
        throw new UserError("--kill and --times go with --during");
      }
      return Optional.empty();
    }
    boolean back = during.endsWith(" and back");
    if (times < 1 || times > MOST_TIMES || times > 1 && !back) {
      throw new UserError(
          "--times is %d: write 1 to %d, and with more than 1 \"… and back\", so that there is a"
                  .formatted(times, MOST_TIMES)
              + " next one");
    }
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
      return Optional.of(new During(subject, back, times, "", List.of()));
    }
    String[] parts = kill.split("@", -1);
    if (back && times == 1 && parts.length == 2 && PARTS.contains(parts[0]) && isAll(parts[1])) {
      List<String> places = places(subject);
      return Optional.of(new During(subject, true, places.size(), parts[0], places));
    }
    if (parts.length != 2 || !PARTS.contains(parts[0]) || !places(subject).contains(parts[1])) {
      throw new UserError(
          "--kill is '%s': write mover, server, source or target, @, and one of %s"
              .formatted(kill, String.join(", ", places(subject))));
    }
    return Optional.of(new During(subject, back, times, parts[0], List.of(parts[1])));
  }

  private static boolean isAll(String place) {
    return place.equals("all");
  }

  /// The same with `all` for everybody at every place, or `mover@all`: with a roll-back one run for
  /// each who is killed, there and back for each place; else one run for each place.
  ///
  /// @throws UserError as above
  public static List<During> parseAll(String during, int times, String kill) {
    if (during == null || kill == null || !kill.endsWith("all")) {
      return parse(during, times, kill).stream().toList();
    }
    During move = parse(during, times, null).orElseThrow();
    List<String> parts =
        PARTS.stream()
            .sorted()
            .filter(part -> kill.equals("all") || kill.equals(part + "@all"))
            .toList();
    return parts.stream()
        .flatMap(part ->
            (move.back && times == 1 ? List.of("all") : places(move.subject))
                .stream().map(place -> parse(during, times, part + "@" + place).orElseThrow()))
        .toList();
  }

  /// Where it is, the n-th time, counted from 1; empty for nowhere.
  String place(int time) {
    return where.isEmpty() ? "" : where.get((time - 1) % where.size());
  }

  @Override
  public String toString() {
    return "move " + subject + (back ? " and back" : "") + cell();
  }

  private String cell() {
    return killed.isEmpty() ? "" : ", " + killed + " killed at " + String.join(", ", where);
  }
}
