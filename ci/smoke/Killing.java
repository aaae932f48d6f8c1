package ci.smoke;

import ci.run.Folders;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import migrate.schema.Dialect;

/// Kills runs in the midst of a step and has another one finish it: the schema must be that of a
/// run that nobody killed, and each row changed once.
final class Killing {
  private static final long SEED = 20_261_123; // the same moments each time, as far as that goes
  private static final int POSTGRES_KILLS = 3;
  private static final int CQL_KILLS = 2; // each costs the next run a lease
  private static final long LIMIT_SECONDS = 120; // of a run that nobody kills: 3 s, and a lease

  /// After the first step was begun; together they take some 2 s.
  private static final int MOST_DELAY_MILLIS = 1_500;

  /// Enough that a back-fill takes a while.
  private static final int ROWS = 20_000;

  private static final int CQL_ROWS = 400; // each is written by a statement of its own

  private static final String TABLE = "smoke_rows";

  private Killing() {}

  /// Steps that are killed: behind the bundled ones, so that those are there, and not tried again.
  private static StepSources steps(Dialect dialect) {
    var more = new LinkedHashMap<String, String>();
    if (dialect == Dialect.CQL) {
      more.put(
          "rows",
          "-- Rows to change.\n-- up\n"
              + "CREATE TABLE IF NOT EXISTS smoke_rows (k int PRIMARY KEY, a text, b text);\n"
              + IntStream.range(0, CQL_ROWS)
                  .mapToObj("INSERT INTO smoke_rows (k, a) VALUES (%1$d, 'a%1$d');\n"::formatted)
                  .collect(Collectors.joining()));
      more.put(
          "filled",
          """
          -- A back-fill, of 2 s.
          -- @backfill table=smoke_rows size=20 rate=200
          -- up
          UPDATE smoke_rows SET b = {a} WHERE k = {k};
          """);
      for (int i = 1; i <= 2; i++) {
        more.put(
            "more" + i,
            "-- M.\n-- up\nCREATE TABLE IF NOT EXISTS a%1$d (k int PRIMARY KEY);\nCREATE TABLE IF NOT EXISTS b%1$d (k int PRIMARY KEY);\n"
                .formatted(i));
      }
      return StepSources.bundled(dialect).followedBy(more);
    }
    more.put(
        "rows",
        """
        -- Rows to change.
        -- up
        CREATE TABLE smoke_rows (id int PRIMARY KEY, n int NOT NULL DEFAULT 0);
        INSERT INTO smoke_rows SELECT generate_series(1, %d);
        """
            .formatted(ROWS));
    more.put(
        "one_by_one",
        """
        -- Statements by themselves, one of which no transaction holds.
        -- @no-transaction
        -- up
        UPDATE smoke_rows SET n = n + 1;
        CREATE INDEX CONCURRENTLY smoke_rows_by_n ON smoke_rows (n);
        SELECT pg_sleep(0.5);
        UPDATE smoke_rows SET n = n + 1;
        """);
    more.put(
        "filled",
        """
        -- A back-fill.
        -- @backfill table=smoke_rows size=100 rate=20000
        -- up
        UPDATE smoke_rows SET n = n + 1 WHERE {batch};
        """);
    return StepSources.bundled(dialect).followedBy(more);
  }

  /// @return what was seen
  static String check(Place place) throws IOException, InterruptedException {
    var sources = steps(place.dialect());
    var random = new Random(SEED);
    Path folder = Files.createTempDirectory("vyry-smoke-steps");
    try (var whole = place.scratch()) {
      sources.write(folder);
      whole.up(sources.steps(), OptionalInt.empty());
      var expected = whole.schema();
      var where = new ArrayList<String>();
      try (var scratch = place.scratch()) {
        int first = StepSources.bundled(place.dialect()).steps().head();
        if (place.dialect() == Dialect.CQL) {
          first++; // there a step that makes rows is not what can go wrong
        }
        scratch.up(sources.steps(), OptionalInt.of(first));
        int kills = place.dialect() == Dialect.CQL ? CQL_KILLS : POSTGRES_KILLS;
        for (int i = 0; i < kills; i++) {
          where.add(kill(place, scratch, folder, random));
        }
        finish(place, scratch, folder);
        scratch.state(sources.steps()).require();
        Checks.requireEqual("the schema after the kills", expected, scratch.schema());
        var rows = Map.of(TABLE, whole.columns().get(TABLE));
        var given = whole.hashes(rows);
        var found = scratch.hashes(rows);
        Checks.require(
            found.equals(given), "a run that nobody killed gives %s, not %s", given, found);
        if (scratch instanceof PostgresScratch postgres) {
          requireOnce(postgres);
        }
      }
      return "killed in " + String.join(", ", where);
    } finally {
      Folders.delete(folder);
    }
  }

  private static void requireOnce(PostgresScratch scratch) {
    var row = scratch.dsl().fetchSingle("SELECT count(*)::int, min(n), max(n) FROM smoke_rows");
    Checks.require(
        List.of(ROWS, 3, 3).equals(List.of(row.intoArray())),
        "rows, least and most often changed are %s, not %d, 3 and 3",
        List.of(row.intoArray()),
        ROWS);
  }

  /// @return the step in which it was killed
  private static String kill(Place place, Scratch scratch, Path folder, Random random)
      throws IOException, InterruptedException {
    var child = ChildRun.start(place.dialect(), scratch.url(), folder);
    try (var lines =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String step = lines.readLine();
      if (step == null) {
        return "nothing, all was done";
      }
      TimeUnit.MILLISECONDS.sleep(random.nextInt(MOST_DELAY_MILLIS));
      while (lines.ready()) {
        step = lines.readLine();
      }
      return step.substring(ChildRun.STARTED.length());
    } finally {
      child.destroyForcibly().waitFor();
    }
  }

  private static void finish(Place place, Scratch scratch, Path folder)
      throws IOException, InterruptedException {
    var child = ChildRun.start(place.dialect(), scratch.url(), folder);
    try {
      child.getInputStream().transferTo(OutputStream.nullOutputStream());
      Checks.require(
          child.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS), "the last run did not end in time");
      Checks.require(child.exitValue() == 0, "the last run ended with %d", child.exitValue());
    } finally {
      child.destroyForcibly();
    }
  }
}
