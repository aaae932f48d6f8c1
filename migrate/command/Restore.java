package migrate.command;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `restore`: a folder of [BackUp] into empty databases.
@Command(
    name = "restore",
    description = {
      "Read the folder of a backup into empty databases, and compare what arrived with what the",
      "backup says: every table by a checksum, every conversation of the CQL database by one.",
      "Exit code 1 when something differs."
    },
    footer = {
      "",
      "Example:",
      "  ./jbang migrate@catalog restore /backups/monday --postgres-url postgres://localhost/new"
    })
public final class Restore implements Callable<Integer> {
  @Mixin private BackUp.Where where;

  @Parameters(paramLabel = "FOLDER", description = "The folder of a backup.")
  private Path folder;

  /// For picocli.
  public Restore() {}

  @Override
  public Integer call() {
    System.out.println(where.with(true, backup -> backup.restore(folder)));
    return 0;
  }
}
