package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Properties;
import java.util.UUID;
import java.util.stream.Collectors;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/// A process of its own that makes a slot, if one is wanted, and holds a snapshot: it outlives a
/// mover that is killed, and ends by itself when the copy is done or given up, or when it can't
/// find that out any more. URLs come by its environment, which only its own user can read.
public final class SnapshotHolder {
  private static final String SOURCE = "SNAPSHOT_SOURCE_URL";
  private static final String TARGET = "SNAPSHOT_TARGET_URL";
  private static final String READY = "ready ";

  /// Instead of a slot's name: only a snapshot is wanted.
  static final String NO_SLOT = "-";

  private static final int CONNECT_SECONDS = 5;
  private static final long LOOK_MILLIS = 2_000;
  private static final int MOST_LOOKS =
      24 * 3600 / 2; // a day: old rows can't be vacuumed meanwhile
  private static final int MOST_FAILURES = 30; // a minute: a database that restarts is back by then

  private SnapshotHolder() {}

  /// @param arguments the move's id, and the slot's name or [#NO_SLOT]
  public static void main(String... arguments) throws InterruptedException {
    var source = PostgresUrl.parse(System.getenv(SOURCE));
    var target = PostgresUrl.parse(System.getenv(TARGET));
    UUID move = UUID.fromString(arguments[0]);
    boolean plain = arguments[1].equals(NO_SLOT);
    try (Connection holder =
            plain ? Session.open("source", source).connection() : replication(source);
        var statement = holder.createStatement()) {
      if (plain) {
        statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      }
      try (var row =
          statement.executeQuery(
              plain
                  ? "SELECT '', pg_current_wal_lsn()::text, pg_export_snapshot()"
                  : "CREATE_REPLICATION_SLOT "
                      + arguments[1]
                      + " LOGICAL pgoutput EXPORT_SNAPSHOT")) {
        row.next();
        System.out.println(READY + row.getString(2) + " " + row.getString(3));
      }
      int failures = 0;
      // Nothing may be said on the holder's connection: the snapshot lasts until its next command.
      for (int look = 0; look < MOST_LOOKS && failures < MOST_FAILURES; look++) {
        Thread.sleep(LOOK_MILLIS);
        try (var session = Session.open("target", target)) {
          failures = 0;
          if (session.number(
                  "SELECT count(*) FROM moves m WHERE m.move_id = ? AND m.phase = 'copying' AND"
                      + " NOT EXISTS (SELECT FROM move_facts f WHERE f.move_id = m.move_id AND"
                      + " f.name = 'copied')",
                  move)
              == 0) {
            return;
          }
        } catch (EnvironmentError _) {
          failures++;
        }
      }
    } catch (SQLException e) {
      System.out.println(e.getMessage());
      System.exit(EnvironmentError.EXIT_CODE);
    }
  }

  private static Connection replication(PostgresUrl url) throws SQLException {
    var properties = new Properties();
    PGProperty.USER.set(properties, url.user());
    PGProperty.PASSWORD.set(properties, url.password());
    PGProperty.REPLICATION.set(properties, "database");
    PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
    PGProperty.PREFER_QUERY_MODE.set(properties, "simple"); // all that a walsender understands
    PGProperty.CONNECT_TIMEOUT.set(properties, CONNECT_SECONDS);
    PGProperty.TCP_KEEP_ALIVE.set(properties, true);
    PGProperty.APPLICATION_NAME.set(properties, "vyry move snapshot");
    Connection connection = new Driver().connect(url.jdbcUrl(), properties);
    if (connection == null) {
      throw new SQLException("the driver does not take " + url.masked());
    }
    return connection;
  }

  /// Starts one and waits until it holds a snapshot.
  static Snapshot start(Session source, Session target, UUID move, String slot) {
    String classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .map(entry -> Path.of(entry).toAbsolutePath().toString())
            .collect(Collectors.joining(File.pathSeparator));
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath,
            SnapshotHolder.class.getName(),
            move.toString(),
            slot);
    builder.environment().put(SOURCE, source.url().text());
    builder.environment().put(TARGET, target.url().text());
    builder.environment().remove("MIGRATE_FAILPOINT");
    builder.redirectInput(Path.of("/dev/null").toFile());
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      Process holder = builder.start();
      BufferedReader said = holder.inputReader();
      String line = said.readLine();
      if (line == null || !line.startsWith(READY)) {
        throw new EnvironmentError(
            "no snapshot could be had of the source: %s: see --preflight".formatted(line));
      }
      String[] parts = line.split(" ");
      return new Snapshot(slot, parts[1], parts[2]);
    } catch (IOException e) {
      throw new EnvironmentError("the snapshot's holder can't be started: " + e.getMessage(), e);
    }
  }
}
