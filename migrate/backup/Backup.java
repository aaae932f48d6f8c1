package migrate.backup;

import fixtures.urls.EnvironmentError;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import migrate.move.MoveProgress;
import migrate.move.messages.MessageSide;
import migrate.move.messages.StoresDiffer;
import migrate.schema.PostgresSource;
import migrate.schema.Schema;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.postgresql.PGConnection;

/// Copies both databases into a folder, and back into empty ones; what was restored is compared
/// with what was there.
///
/// PostgreSQL is read in one snapshot: by `pg_dump` where it is on the path and new enough, else
/// table by table. Messages in CQL are read after that, so each conversation of the snapshot has at
/// least what it had then. For one thread.
public final class Backup {
  private static final String DUMP = "postgres.dump";
  private static final String MESSAGES = "messages.gz";
  private static final int CONVERSATIONS = 200; // at a time

  private final PostgresUrl postgres;
  private final Optional<MessageSide> cql;
  private final boolean tools;
  private final MoveProgress progress;

  /// @param cql the CQL store, when messages are there
  /// @param tools whether `pg_dump` and `pg_restore` may be used
  public Backup(
      PostgresUrl postgres, Optional<MessageSide> cql, boolean tools, MoveProgress progress) {
    this.postgres = postgres;
    this.cql = cql;
    this.tools = tools;
    this.progress = progress;
  }

  private interface Work<T> {
    T with(Connection connection, DSLContext dsl) throws SQLException, IOException;
  }

  private <T> T connected(Work<T> work) {
    try (Connection connection = PostgresSource.of(postgres).getConnection()) {
      connection.setAutoCommit(false);
      T done = work.with(connection, DSL.using(connection, SQLDialect.POSTGRES));
      connection.commit();
      return done;
    } catch (SQLException | DataAccessException e) {
      throw new EnvironmentError(
          "PostgreSQL at %s: %s".formatted(postgres.masked(), e.getMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes into a folder that is empty or not there.
  ///
  /// @return one line for people
  public String write(Path folder) {
    try {
      Files.createDirectories(folder);
      try (var files = Files.list(folder)) {
        if (files.findAny().isPresent()) {
          throw new UserError(folder + " is not empty: name another folder");
        }
      }
    } catch (IOException e) {
      throw new UserError("%s can't be written to: %s".formatted(folder, e.getMessage()), e);
    }
    Manifest manifest =
        connected((connection, dsl) -> {
          connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
          List<String> tables = TableSums.tables(dsl);
          int version =
              dsl.fetchSingle("SELECT coalesce(max(version), 0) FROM schema_history")
                  .get(0, Integer.class);
          int major = dsl.fetchSingle("SHOW server_version_num").get(0, Integer.class) / 10_000;
          boolean dumped = tools && PostgresTools.serve(major);
          if (dumped) {
            String snapshot = dsl.fetchSingle("SELECT pg_export_snapshot()").get(0, String.class);
            PostgresTools.dump(postgres, snapshot, folder.resolve(DUMP));
          } else {
            copyOut(connection, dsl, tables, folder);
          }
          progress.say("PostgreSQL is copied, by " + (dumped ? "pg_dump" : "COPY"));
          var sums = TableSums.of(dsl, tables);
          long messages = messages(dsl, folder);
          return new Manifest(dumped ? "pg_dump" : "copy", version, sums, messages);
        });
    manifest.write(folder);
    return told("written", manifest);
  }

  private static String told(String what, Manifest manifest) {
    long rows = manifest.tables().values().stream().mapToLong(TableSums.Sum::rows).sum();
    return "%s: %,d rows of %d tables by %s%s"
        .formatted(
            what,
            rows,
            manifest.tables().size(),
            manifest.madeBy(),
            manifest.messages() < 0
                ? ""
                : ", %,d messages of the CQL database".formatted(manifest.messages()));
  }

  private static void copyOut(
      Connection connection, DSLContext dsl, List<String> tables, Path folder)
      throws SQLException, IOException {
    var copies = connection.unwrap(PGConnection.class).getCopyAPI();
    for (String table : tables) {
      try (var out =
          new GZIPOutputStream(
              new BufferedOutputStream(
                  Files.newOutputStream(folder.resolve(table + ".copy.gz"))))) {
        copies.copyOut(copy(dsl, table) + " TO STDOUT", out);
      }
    }
  }

  private static String copy(DSLContext dsl, String table) {
    return "COPY %s (%s)".formatted(table, TableSums.columns(dsl, table));
  }

  private long messages(DSLContext dsl, Path folder) {
    if (cql.isEmpty()) {
      return -1;
    }
    List<UUID> conversations =
        dsl.fetch("SELECT conversation_id FROM conversations ORDER BY conversation_id")
            .map(row -> row.get(0, UUID.class));
    List<List<UUID>> parts = new ArrayList<>();
    for (int i = 0; i < conversations.size(); i += CONVERSATIONS) {
      parts.add(conversations.subList(i, Math.min(conversations.size(), i + CONVERSATIONS)));
    }
    return MessageLines.write(folder.resolve(MESSAGES), cql.get(), parts);
  }

  /// Reads a folder into databases that are empty.
  ///
  /// @return one line for people
  /// @throws StoresDiffer when what was restored is not what the backup says
  public String restore(Path folder) {
    Manifest manifest = Manifest.read(folder);
    if (manifest.messages() >= 0 && cql.isEmpty()) {
      throw new UserError(
          "the backup has messages of a CQL database: say with SCYLLADB_URL where they go");
    }
    connected((_, dsl) -> {
      if (!TableSums.tables(dsl).isEmpty()) {
        throw new UserError(
            "%s is not empty: a backup is restored into an empty database"
                .formatted(postgres.masked()));
      }
      return null;
    });
    if (manifest.madeBy().equals("pg_dump")) {
      PostgresTools.restore(postgres, folder.resolve(DUMP));
    } else {
      Schema.postgres()
          .run(
              PostgresSource.of(postgres),
              runner -> runner.up(OptionalInt.of(manifest.schema()), true));
      connected((connection, dsl) -> {
        copyIn(connection, dsl, TableSums.tables(dsl), folder);
        return null;
      });
    }
    progress.say("PostgreSQL is restored, and is being compared");
    Map<String, TableSums.Sum> sums =
        connected((_, dsl) -> TableSums.of(dsl, List.copyOf(manifest.tables().keySet())));
    for (String table : manifest.tables().keySet()) {
      if (!manifest.tables().get(table).equals(sums.get(table))) {
        throw new StoresDiffer(
            "table %s differs from the backup: it has %d rows, should have %d"
                .formatted(table, sums.get(table).rows(), manifest.tables().get(table).rows()));
      }
    }
    if (manifest.messages() >= 0) {
      try {
        MessageLines.restore(folder.resolve(MESSAGES), cql.get());
      } catch (IllegalStateException e) {
        throw new StoresDiffer(e.getMessage());
      }
    }
    return told("restored and compared", manifest);
  }

  private static void copyIn(
      Connection connection, DSLContext dsl, List<String> tables, Path folder)
      throws SQLException, IOException {
    var copies = connection.unwrap(PGConnection.class).getCopyAPI();
    for (String table : tables) {
      Path file = folder.resolve(table + ".copy.gz");
      if (Files.exists(file)) {
        try (var in = new GZIPInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
          copies.copyIn(copy(dsl, table) + " FROM STDIN", in);
        }
      }
    }
  }
}
