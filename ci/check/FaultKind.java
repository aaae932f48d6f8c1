package ci.check;

import fixtures.urls.UserError;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// What the nemesis does to a system.
public enum FaultKind {
  KILL_SERVER,
  KILL_POSTGRES,
  KILL_REDIS,
  KILL_CQL,
  CUT_SOCKETS,
  STALL_READERS,
  PAUSE;

  /// As it is written in options and verdicts.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Reads the option's list.
  ///
  /// @param list null for all, `none` for none
  /// @param cql whether there is a CQL database to be killed
  /// @throws UserError naming what is no fault
  public static Set<FaultKind> parse(String list, boolean cql) {
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    if (list == null) {
      kinds.addAll(EnumSet.allOf(FaultKind.class));
      if (!cql) {
        kinds.remove(KILL_CQL);
      }
    } else if (!list.equals("none")) {
      for (String name : list.split(",")) {
        kinds.add(named(name));
      }
    }
    if (kinds.contains(KILL_CQL) && !cql) {
      throw new UserError(
          "--faults names kill-cql, and messages live in PostgreSQL: use --store cql");
    }
    return kinds;
  }

  private static FaultKind named(String name) {
    for (FaultKind kind : values()) {
      if (kind.toString().equals(name)) {
        return kind;
      }
    }
    throw new UserError(
        "--faults names '%s': write none, or some of %s, with commas between"
            .formatted(name, java.util.Arrays.toString(values())));
  }
}
