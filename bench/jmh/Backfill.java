package bench.jmh;

import fixtures.urls.PostgresUrl;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import migrate.schema.Dialect;
import migrate.schema.PostgresSchema;
import migrate.schema.Schema;
import migrate.schema.Steps;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A migration's back-fill: down and up again, each all rows, batch after batch with its place kept
/// and as long a rest as each took. The twin: two UPDATEs of the whole table, which lock every row
/// until they are done.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Backfill {
  @Param({"5000"})
  public int rows;

  private Connection admin;
  private Connection connection;
  private DSLContext dsl;
  private String database;
  private PostgresSchema schema;

  /// Fills a table in a database of its own, and proves that both leave the same in it.
  @Setup(Level.Trial)
  public void prove() throws SQLException {
    var url = PostgresUrl.parse(EngineUrls.ofThisProcess().postgres());
    admin = DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
    database = "bench_" + UUID.randomUUID().toString().replace("-", "");
    DSL.using(admin).execute("CREATE DATABASE " + database);
    String other = url.jdbcUrl().replaceFirst("/[^/?]+(\\?|$)", "/" + database + "$1");
    connection = DriverManager.getConnection(other, url.user(), url.password());
    dsl = DSL.using(connection, SQLDialect.POSTGRES);
    Map<String, String> files = new TreeMap<>();
    files.put(
        "0001_table.sql",
        """
        -- A table with rows.
        -- up
        CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL DEFAULT 0, filler text NOT NULL);
        INSERT INTO t SELECT i, 0, repeat('x', 100) FROM generate_series(1, %d) i;
        -- down
        DROP TABLE t;
        """
            .formatted(rows));
    files.put(
        "0002_fill.sql",
        """
        -- A back-fill.
        -- @backfill table=t size=1000
        -- up
        UPDATE t SET n = n + 1 WHERE {batch};
        -- down
        UPDATE t SET n = n - 1 WHERE {batch};
        """);
    schema = Schema.postgres(Steps.of(Dialect.POSTGRES, files));
    schema.up(dsl);
    String filled = table();
    dsl.execute("UPDATE t SET n = n - 1");
    String emptied = table();
    dsl.execute("UPDATE t SET n = n + 1");
    Proof.same("after a back-fill", filled, table());
    schema.down(dsl, 1);
    Proof.same("after its undoing", emptied, table());
    schema.up(dsl);
  }

  private String table() {
    return dsl.fetchSingle("SELECT count(*), sum(n), min(n), max(n) FROM t").intoList().toString();
  }

  @Benchmark
  public int ours() {
    return schema.down(dsl, 1).size() + schema.up(dsl).size();
  }

  @Benchmark
  public int twin() {
    return dsl.execute("UPDATE t SET n = n - 1") + dsl.execute("UPDATE t SET n = n + 1");
  }

  @TearDown(Level.Trial)
  public void stop() throws SQLException {
    connection.close();
    DSL.using(admin).execute("DROP DATABASE " + database + " WITH (FORCE)");
    admin.close();
  }
}
