package ci.smoke;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.servererrors.UnauthorizedException;
import fixtures.engines.AtExit;
import fixtures.urls.CqlUrl;
import fixtures.urls.EnvironmentError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import migrate.schema.CqlFingerprint;
import migrate.schema.CqlSessions;
import migrate.schema.Runner;
import migrate.schema.Schema;
import migrate.schema.SchemaState;
import migrate.schema.Step;
import migrate.schema.Steps;

/// A keyspace of the checks' own.
final class CqlScratch implements Scratch {
  /// So that one left by a killed process can be told.
  private static final String PREFIX = "vyry_scratch_";

  private static final Set<String> OWN = Set.of("schema_history", "schema_progress");

  private static final int DROP_TRIES = 10; // `permissions_validity` is 2 s unless it was changed
  private static final long DROP_PAUSE_MILLIS = 500;

  private static final int ROWS = 300; // of each table
  private static final int PARTITIONS = 20;

  private final CqlUrl url;
  private final CqlSession session;
  private final AtExit atExit;

  private CqlScratch(CqlUrl url) {
    this.url = url;
    this.session = CqlSessions.open(url);
    this.atExit = AtExit.run(this::drop);
  }

  /// Makes the keyspace and drops it.
  ///
  /// @throws EnvironmentError when the user may not
  void probe() {
    try {
      session.execute(
          "CREATE KEYSPACE %s WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
              .formatted(url.keyspace()));
      drop();
    } catch (UnauthorizedException e) {
      throw new EnvironmentError(
          "no keyspace can be made beside the one of %s: %s: GRANT CREATE ON ALL KEYSPACES TO %s"
              .formatted(url.masked(), e.getMessage(), url.user()),
          e);
    }
  }

  static CqlScratch beside(CqlUrl server) {
    String name = PREFIX + UUID.randomUUID().toString().replace("-", "").substring(0, 16);
    String text = server.text();
    int path = text.indexOf('/', text.indexOf("://") + 3);
    int query = text.indexOf('?');
    String end = query < 0 ? "" : text.substring(query);
    return new CqlScratch(CqlUrl.parse(text.substring(0, path) + "/" + name + end));
  }

  @Override
  public String url() {
    return url.text();
  }

  @Override
  public List<Step> up(Steps steps, OptionalInt to) {
    return Schema.cql(steps).run(url, runner -> runner.up(to, true));
  }

  @Override
  public List<Step> downTo(Steps steps, int version) {
    return Schema.cql(steps).run(url, runner -> runner.downTo(version));
  }

  @Override
  public SchemaState state(Steps steps) {
    return Schema.cql(steps).run(url, Runner::state);
  }

  @Override
  public List<String> schema() {
    return CqlFingerprint.lines(session, url.keyspace());
  }

  /// Values by the columns' types: nothing in CQL refers to anything else.
  @Override
  public long seed() {
    long rows = 0;
    for (var table : types().entrySet()) {
      var columns = List.copyOf(table.getValue().keySet());
      String insert =
          "INSERT INTO %s.%s (%s) VALUES (%s)"
              .formatted(
                  url.keyspace(),
                  table.getKey(),
                  String.join(", ", columns),
                  columns.stream().map(_ -> "?").collect(Collectors.joining(", ")));
      for (int i = 0; i < ROWS; i++) {
        int n = i;
        Object[] values = columns.stream().map(c -> value(table.getValue().get(c), n)).toArray();
        session.execute(SimpleStatement.newInstance(insert, values));
        rows++;
      }
    }
    return rows;
  }

  private static Object value(String type, int n) {
    return switch (type) {
      case "uuid" -> new UUID(0x7600_0000_0000_4000L, n % PARTITIONS);
      case "timeuuid" -> new UUID(0x7600_0000_0000_1000L | n, 0x8000_0000_0000_0000L);
      case "bigint" -> (long) n;
      case "int" -> n;
      case "text", "ascii", "varchar" -> "t" + n;
      case "blob" -> ByteBuffer.wrap(("b" + n).getBytes(StandardCharsets.UTF_8));
      case "timestamp" -> Instant.ofEpochMilli(1_700_000_000_000L + n);
      case "boolean" -> n % 2 == 0;
      default -> null; // collections and types of a later day are left empty
    };
  }

  private Map<String, Map<String, String>> types() {
    var tables = new LinkedHashMap<String, Map<String, String>>();
    var rows =
        session.execute(
            "SELECT table_name, column_name, type FROM system_schema.columns"
                + " WHERE keyspace_name = ?",
            url.keyspace());
    for (var row : rows) {
      if (!OWN.contains(row.getString("table_name"))) {
        tables
            .computeIfAbsent(row.getString("table_name"), _ -> new LinkedHashMap<>())
            .put(row.getString("column_name"), row.getString("type"));
      }
    }
    return tables;
  }

  @Override
  public Map<String, List<String>> columns() {
    var columns = new LinkedHashMap<String, List<String>>();
    types().forEach((table, types) -> columns.put(table, List.copyOf(types.keySet())));
    return columns;
  }

  @Override
  public Map<String, String> hashes(Map<String, List<String>> columns) {
    var hashes = new LinkedHashMap<String, String>();
    columns.forEach((table, names) -> {
      var rows = new ArrayList<String>();
      String query =
          "SELECT %s FROM %s.%s".formatted(String.join(", ", names), url.keyspace(), table);
      session.execute(query).forEach(row -> rows.add(text(row)));
      rows.sort(null);
      hashes.put(table, rows.size() + " rows " + sha256(String.join("\n", rows)));
    });
    return hashes;
  }

  private static String text(Row row) {
    var values = new ArrayList<String>();
    for (int i = 0; i < row.getColumnDefinitions().size(); i++) {
      Object value = row.getObject(i);
      values.add(
          value instanceof ByteBuffer bytes
              ? StandardCharsets.ISO_8859_1.decode(bytes).toString()
              : Objects.toString(value));
    }
    return String.join("|", values);
  }

  private static String sha256(String text) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {
    atExit.close();
    try (session) {
      drop();
    }
  }

  /// The nodes remember for a while that a user had no right to what he has made meanwhile.
  private void drop() {
    for (int tries = 1; ; tries++) {
      try {
        session.execute("DROP KEYSPACE IF EXISTS " + url.keyspace());
        return;
      } catch (UnauthorizedException e) {
        if (tries == DROP_TRIES) {
          throw e;
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(DROP_PAUSE_MILLIS));
      }
    }
  }
}
