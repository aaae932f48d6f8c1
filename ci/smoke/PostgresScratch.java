package ci.smoke;

import static org.jooq.impl.DSL.raw;

import fixtures.seed.Seeding;
import fixtures.urls.PostgresUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import migrate.schema.Dialect;
import migrate.schema.PostgresFingerprint;
import migrate.schema.Schema;
import migrate.schema.SchemaState;
import migrate.schema.ScratchDatabase;
import migrate.schema.Step;
import migrate.schema.Steps;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;

/// A PostgreSQL database of the checks' own.
final class PostgresScratch implements Scratch {
  private static final int USERS = 200;
  private static final long MESSAGES = 2_000;
  private static final long SEED = 7; // the same rows each time

  private final ScratchDatabase database;
  private final PostgresUrl server;
  private final DSLContext dsl;

  private PostgresScratch(PostgresUrl server) {
    this.server = server;
    this.database = ScratchDatabase.beside(server);
    this.dsl = DSL.using(database.dataSource(), SQLDialect.POSTGRES);
  }

  static PostgresScratch beside(PostgresUrl server) {
    return new PostgresScratch(server);
  }

  DSLContext dsl() {
    return dsl;
  }

  PostgresUrl postgres() {
    return database.url();
  }

  DataSource dataSource() {
    return database.dataSource();
  }

  @Override
  public String url() {
    return database.url().text();
  }

  @Override
  public List<Step> up(Steps steps, OptionalInt to) {
    return Schema.postgres(steps).run(database.dataSource(), runner -> runner.up(to, true));
  }

  @Override
  public List<Step> downTo(Steps steps, int version) {
    return Schema.postgres(steps).run(database.dataSource(), runner -> runner.downTo(version));
  }

  @Override
  public SchemaState state(Steps steps) {
    return Schema.postgres(steps).state(database.dataSource());
  }

  @Override
  public List<String> schema() {
    return PostgresFingerprint.lines(dsl);
  }

  /// Seeds another database at the newest version, as servers would have filled it, and copies what
  /// this one has tables and columns for, referenced tables first.
  @Override
  public long seed() {
    try (var full = beside(server)) {
      full.up(Steps.bundled(Dialect.POSTGRES), OptionalInt.empty());
      Seeding.seed(full.postgres(), SEED, USERS, MESSAGES, _ -> {});
      full.fillTheRest();
      var theirs = full.columns();
      long rows = 0;
      for (String table : referencedFirst(columns())) {
        var common = new ArrayList<>(columns().get(table));
        common.retainAll(theirs.getOrDefault(table, List.of()));
        if (!common.isEmpty()) {
          rows += copy(full, table, common);
        }
      }
      return rows;
    }
  }

  /// Rows for the tables that a seeding leaves empty.
  private void fillTheRest() {
    for (String insert :
        List.of(
            "INSERT INTO sessions (device_id, user_id) SELECT device_id, user_id FROM devices",
            "INSERT INTO refresh_tokens SELECT sha256(session_id::text::bytea), session_id, now()"
                + " FROM sessions",
            "INSERT INTO device_keys SELECT device_id, 1, 'k', 2, 'p', 's' FROM devices",
            "INSERT INTO one_time_prekeys SELECT device_id, k, 'key' FROM devices,"
                + " generate_series(1, 3) k")) {
      dsl.execute(raw(insert));
    }
  }

  private long copy(PostgresScratch from, String table, List<String> columns) {
    String list = columns.stream().map(c -> '"' + c + '"').collect(Collectors.joining(", "));
    var rows =
        from.dsl
            .resultQuery(
                raw("SELECT to_jsonb(t)::text FROM (SELECT %s FROM %s) t".formatted(list, table)))
            .fetch();
    String insert =
        "INSERT INTO %1$s (%2$s) SELECT %2$s FROM jsonb_populate_recordset(NULL::%1$s, ?::jsonb)"
            .formatted(table, list);
    String all =
        rows.stream().map(r -> r.get(0, String.class)).collect(Collectors.joining(",", "[", "]"));
    return dsl.execute(insert, all);
  }

  private List<String> referencedFirst(Map<String, List<String>> tables) {
    var edges =
        dsl.fetch(
            "SELECT conrelid::regclass::text AS a, confrelid::regclass::text AS b"
                + " FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid");
    var left = new ArrayList<>(tables.keySet());
    var sorted = new ArrayList<String>();
    while (!left.isEmpty()) { // each round takes at least one, unless tables refer to one another
      var free =
          left.stream()
              .filter(table ->
                  edges.stream()
                      .noneMatch(
                          e -> e.get("a").equals(table) && left.contains(e.get("b", String.class))))
              .toList();
      var next = free.isEmpty() ? List.copyOf(left) : free;
      sorted.addAll(next);
      left.removeAll(next);
    }
    return sorted;
  }

  @Override
  public Map<String, List<String>> columns() {
    var tables = new LinkedHashMap<String, List<String>>();
    dsl.fetch(
            "SELECT c.oid::regclass::text AS name, a.attname FROM pg_class c JOIN pg_attribute a ON"
                + " a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace"
                + " = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT"
                + " IN ('schema_history', 'schema_progress') ORDER BY 1, a.attnum")
        .forEach(row ->
            tables
                .computeIfAbsent(row.get("name", String.class), _ -> new ArrayList<>())
                .add(row.get("attname", String.class)));
    return tables;
  }

  @Override
  public Map<String, String> hashes(Map<String, List<String>> columns) {
    var hashes = new LinkedHashMap<String, String>();
    columns.forEach((table, names) -> {
      String list = names.stream().map(c -> '"' + c + '"').collect(Collectors.joining(", "));
      String query =
          "SELECT count(*) || ' rows ' || coalesce(md5(string_agg(h, '' ORDER BY h)), '')"
              + " FROM (SELECT md5(ROW(%s)::text) AS h FROM %s) t".formatted(list, table);
      hashes.put(table, dsl.fetchSingle(query).get(0, String.class));
    });
    return hashes;
  }

  @Override
  public void close() {
    database.close();
  }
}
