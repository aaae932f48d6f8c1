package migrate.schema;

//DEPS org.jooq:jooq-codegen:3.21.9

import java.nio.file.Path;
import java.sql.Connection;
import org.jooq.codegen.GenerationTool;
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

  /// Replaces `root/migrate/generated` by the classes of `schema` as `connection` sees it.
  ///
  /// @param connection open and to a migrated database; left open
  /// @throws Exception what jOOQ or the disk reports; the folder may then be half written
  public static void generate(Connection connection, String schema, Path root) throws Exception {
    var database =
        new Database()
            .withName("org.jooq.meta.postgres.PostgresDatabase")
            .withInputSchema(schema)
            // Unqualified names: the connection's search_path decides, so a scratch schema works.
            .withOutputSchemaToDefault(true)
            .withExcludes("schema_history.*")
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
    tool.run(
        new Configuration()
            .withLogging(Logging.WARN)
            .withGenerator(
                new Generator()
                    .withDatabase(database)
                    .withGenerate(generate)
                    .withTarget(target)));
  }
}
