package migrate.schema;

import static org.jooq.impl.DSL.raw;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jooq.DSLContext;
import org.jooq.conf.Settings;
import org.jooq.conf.StatementType;

/// What the system catalogs say of a schema, as lines that can be compared: equal lines, equal
/// schemas. The history's own table is left out, and so is the data.
public final class PostgresFingerprint {
  private static final String QUERY = "fingerprint.sql";

  private PostgresFingerprint() {}

  /// The lines of the first schema in the `search_path`, sorted by code points.
  public static List<String> lines(DSLContext database) {
    return database
        .configuration()
        .derive(new Settings().withStatementType(StatementType.STATIC_STATEMENT))
        .dsl()
        .resultQuery(raw(query()))
        .fetch(row -> row.get(0, String.class));
  }

  private static String query() {
    try (InputStream in = PostgresFingerprint.class.getResourceAsStream(QUERY)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
