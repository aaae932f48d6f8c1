package migrate.command;

import fixtures.urls.UserError;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import migrate.schema.Codegen;

/// What `codegen` does, on the embedded PostgreSQL.
public final class GeneratedClasses {
  private final PrintStream out;

  /// @param out where the files are told
  public GeneratedClasses(PrintStream out) {
    this.out = out;
  }

  /// Writes the classes or, with `check`, only compares.
  ///
  /// @return whether the committed classes are those of the steps now
  public boolean refresh(Targets targets, boolean check) {
    var root = Path.of("");
    if (!Files.isDirectory(root.resolve("migrate/steps"))) {
      throw new UserError(
          "there is no folder migrate/steps here: run it in the root of a checkout");
    }
    try (var database = PostgresDatabase.embedded(targets.settings())) {
      var files =
          check ? Codegen.stale(database.url(), root) : Codegen.refresh(database.url(), root);
      files.forEach(file -> out.printf("%s %s%n", check ? "stale" : "wrote", file));
      if (check && !files.isEmpty()) {
        out.println("run `./jbang migrate@catalog codegen` and commit what it wrote");
        return false;
      }
      out.println("migrate/generated is what the steps give");
      return true;
    }
  }
}
