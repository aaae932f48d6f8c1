package migrate.command;

import picocli.CommandLine.Command;

/// `move`: takes a running system from one database to another.
@Command(
    name = "move",
    subcommands = {MoveMessages.class, MovePostgres.class, MoveRedis.class},
    description = {
      "Take a running system from one database to another: copied and followed while it is in use,",
      "compared, cut over in a moment, and kept ready to go back until --finish.",
      "State is kept in the databases: any verb can be given again after a crash."
    },
    footer = {
      "",
      "Example: ./jbang migrate@catalog move postgres --to postgres://me@new-host/vyry"
    })
public final class Move {
  /// For picocli.
  public Move() {}
}
