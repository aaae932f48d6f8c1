package migrate.schema;

//DEPS org.jooq:jooq-codegen:3.21.9

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import org.jooq.SQLDialect;
import org.jooq.codegen.GenerationTool;
import org.jooq.impl.DSL;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.Generate;
import org.jooq.meta.jaxb.GeneratedSerialVersionUID;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;

/// Writes the jOOQ classes of a migrated PostgreSQL schema.
///
/// The output depends on the schema alone (no times, versions or schema names), so that two runs on
/// equal schemas give equal files and a comparison with the committed ones proves these fresh.
public final class Codegen {
  /// The package, and thereby the folder under the source root, of what is generated.
  public static final String PACKAGE = "migrate.generated";

  private Codegen() {}

  /// Writes the classes of a database with all steps into `root/migrate/generated`; what was there
  /// before and is no more is deleted.
  ///
  /// @param server where a scratch database may be made
  /// @return the files that were not as they are now, by their paths from `root`
  public static List<String> refresh(PostgresUrl server, Path root) {
    return fresh(
        server,
        (generated, made) -> {
          var stale = differences(generated, root);
          for (String file : stale) {
            if (made.contains(file)) {
              Files.createDirectories(root.resolve(file).getParent());
              Files.copy(
                  generated.resolve(file), root.resolve(file), StandardCopyOption.REPLACE_EXISTING);
            } else {
              Files.delete(root.resolve(file));
            }
          }
          return stale;
        });
  }

  /// The files that [#refresh] would write or delete. Changes nothing.
  public static List<String> stale(PostgresUrl server, Path root) {
    return fresh(server, (generated, _) -> differences(generated, root));
  }

  private interface Use<T> {
    T of(Path generated, List<String> made) throws IOException;
  }

  /// Generates into a folder that is gone afterwards.
  private static <T> T fresh(PostgresUrl server, Use<T> use) {
    try {
      var folder = Files.createTempDirectory("vyry-codegen");
      try (var scratch = ScratchDatabase.beside(server);
          var connection = scratch.dataSource().getConnection()) {
        Schema.postgres().up(scratch.dataSource());
        // It comes with the first step that needs it, and no class may come with it.
        PostgresHistory.createProgress(DSL.using(connection, SQLDialect.POSTGRES));
        generate(connection, "public", folder);
        return use.of(folder, files(folder));
      } finally {
        delete(folder);
      }
    } catch (IOException | SQLException e) {
      throw new EnvironmentError("the jOOQ classes can't be generated: " + e, e);
    }
  }

  private static List<String> differences(Path generated, Path root) throws IOException {
    var all = new TreeSet<>(files(generated));
    all.addAll(files(root));
    var differing = new ArrayList<String>();
    for (String file : all) {
      var made = generated.resolve(file);
      var committed = root.resolve(file);
      if (!Files.exists(made) || !Files.exists(committed) || Files.mismatch(made, committed) >= 0) {
        differing.add(file);
      }
    }
    return List.copyOf(differing);
  }

  /// By their paths from `root`, sorted.
  private static List<String> files(Path root) throws IOException {
    var folder = root.resolve(PACKAGE.replace('.', '/'));
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (var found = Files.walk(folder)) {
      return found.filter(Files::isRegularFile).map(f -> "" + root.relativize(f)).sorted().toList();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var found = Files.walk(folder)) {
      for (var path : found.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  private static void generate(Connection connection, String schema, Path root) {
    System.setProperty("org.jooq.no-logo", "true");
    System.setProperty("org.jooq.no-tips", "true");
    var database =
        new Database()
            .withName("org.jooq.meta.postgres.PostgresDatabase")
            .withInputSchema(schema)
            // Unqualified names: the connection's search_path decides, so a scratch schema works.
            .withOutputSchemaToDefault(true)
            // Spoken to by plain SQL, as bookkeeping: a table class would gain nothing.
            .withExcludes("schema_history.*|schema_progress.*|moves|move_.*")
            .withIncludeRoutines(false)
            .withTableValuedFunctionsAsTables(false)
            .withIncludeSequences(false)
            .withIncludeIndexes(false)
            .withIncludeCheckConstraints(false)
            .withIncludeDomains(false)
            .withIncludeUDTs(false);
    var generate =
        new Generate()
            .withPojos(false)
            .withDaos(false)
            .withJavadoc(false)
            .withCommentsOnSchemas(false) // that of public differs with how it was made
            .withJavaTimeTypes(true)
            .withIndexes(false)
            .withGeneratedAnnotation(false)
            .withJooqVersionReference(false)
            .withGeneratedSerialVersionUID(GeneratedSerialVersionUID.CONSTANT)
            // Paths would double the code for joins that nobody writes.
            .withImplicitJoinPathsToOne(false)
            .withImplicitJoinPathsToMany(false)
            .withImplicitJoinPathsManyToMany(false)
            .withWhereMethodOverrides(false)
            .withRenameMethodOverrides(false)
            .withGlobalCatalogReferences(false)
            .withGlobalSchemaReferences(false);
    var target = new Target().withPackageName(PACKAGE).withDirectory(root.toString());
    var tool = new GenerationTool();
    tool.setConnection(connection);
    var generator =
        new Generator().withDatabase(database).withGenerate(generate).withTarget(target);
    try {
      tool.run(new Configuration().withLogging(Logging.WARN).withGenerator(generator));
    } catch (Exception e) { // what its signature says
      throw new IllegalStateException("jOOQ can't generate the classes of " + schema, e);
    }
  }
}
