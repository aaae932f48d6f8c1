package ci.smoke;

import ci.run.Folders;
import fixtures.container.ContainerEngine;
import fixtures.container.Image;
import fixtures.engines.EmbeddedCassandra;
import fixtures.engines.EmbeddedPostgres;
import fixtures.engines.Engine;
import fixtures.engines.EngineOptions;
import fixtures.engines.Home;
import fixtures.engines.PostgresRelease;
import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import migrate.schema.Dialect;
import tools.jackson.databind.json.JsonMapper;

/// Runs the checks on each database that is meant, on engines that it starts and ends where no URL
/// was given. For one thread; it uses a thread more for each database.
public final class Smoking {
  /// What is run where no URL says.
  public enum Engines {
    /// Processes on this machine.
    EMBEDDED,
    /// Docker containers.
    CONTAINER;

    /// As it is written in options.
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Map<Dialect, String> urls;
  private final Engines engines;
  private final PostgresRelease release;
  private final Consumer<Check> done;

  /// @param urls of servers on which databases may be created, for the dialects that have one
  /// @param postgresMajor version of an embedded PostgreSQL; null for the newest
  /// @param done told of each check as it ends, of one after the other
  public Smoking(
      Map<Dialect, String> urls, Engines engines, Integer postgresMajor, Consumer<Check> done) {
    if (postgresMajor != null
        && (engines != Engines.EMBEDDED || urls.containsKey(Dialect.POSTGRES))) {
      throw new UserError(
          "--postgres-version is that of an embedded PostgreSQL: leave it out with --postgres-url,"
              + " and with --engine container name an image by VYRY_POSTGRES_IMAGE");
    }
    this.urls = urls;
    this.engines = engines;
    this.release =
        postgresMajor == null ? PostgresRelease.NEWEST : PostgresRelease.of(postgresMajor);
    this.done = done;
  }

  /// Makes the checks of all these databases, each up to the first kind that fails: the databases
  /// side by side, since each check waits a good deal for processes of its own.
  ///
  /// @throws fixtures.urls.EnvironmentError when a server is away or has no room for scratch
  ///   databases; checks of another one may have been made by then
  public void run(List<Dialect> dialects) throws IOException, InterruptedException {
    var failed = new AtomicBoolean();
    Consumer<Check> one =
        check -> {
          synchronized (failed) {
            if (!check.passed()) failed.set(true);
            done.accept(check);
          }
        };
    var runs = new ArrayList<Callable<Void>>();
    for (var dialect : dialects) {
      runs.add(() -> {
        run(dialect, one, failed::get);
        return null;
      });
    }
    try (var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (var run : threads.invokeAll(runs)) {
        run.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException known) throw known;
      throw new IOException(e.getCause());
    }
  }

  private void run(Dialect dialect, Consumer<Check> one, BooleanSupplier enough)
      throws IOException {
    var settings = Settings.ofThisProcess(Map.of(), Map.of());
    Path data = Files.createTempDirectory("vyry-smoke");
    // The runs are killed, the engine is not: its durability is not what is tried.
    try (var engine = engine(dialect, settings, data, EngineOptions.standard().notDurable())) {
      var place = place(dialect, engine.url());
      place.probe(); // what is missing around the checks is none that failed
      new SchemaChecks(place, one).run(enough);
    } finally {
      Folders.delete(data);
    }
  }

  /// Writes a JUnit XML file.
  public static void report(Path file, List<Check> checks) throws IOException {
    JUnitReport.write(file, checks);
  }

  /// Measures how long writes take while a table of so many rows is changed, and prints it.
  ///
  /// @param json whether as JSON, at the end, else a line for each change as it ends
  public void latency(int rows, boolean json, PrintStream out)
      throws IOException, SQLException, InterruptedException {
    if (rows < 1) {
      throw new UserError("--latency is %d: give a number of rows".formatted(rows));
    }
    Path data = Files.createTempDirectory("vyry-smoke");
    var settings = Settings.ofThisProcess(Map.of(), Map.of());
    var all = new ArrayList<WriteLatency.Row>();
    try (var engine = engine(Dialect.POSTGRES, settings, data, EngineOptions.standard())) {
      if (!json) out.println(WriteLatency.Row.head());
      WriteLatency.measure(
          PostgresUrl.parse(engine.url()),
          rows,
          row -> {
            all.add(row);
            if (!json) out.println(row.line());
          });
    } finally {
      Folders.delete(data);
    }
    if (json) out.println(new JsonMapper().writeValueAsString(all));
  }

  /// @param only a dialect's name; null for all
  public static List<Dialect> dialects(String only) {
    if (only == null) {
      return List.of(Dialect.values());
    }
    return Arrays.stream(Dialect.values())
        .filter(dialect -> dialect.option().equals(only))
        .findFirst()
        .map(List::of)
        .orElseThrow(() -> new UserError("--only is '%s': write postgres or cql".formatted(only)));
  }

  private Engine engine(Dialect dialect, Settings settings, Path data, EngineOptions options) {
    var home = Home.of(settings).withData(data);
    return switch (dialect) {
      case POSTGRES ->
          given(dialect)
              .orElseGet(() ->
                  engines == Engines.CONTAINER
                      ? ContainerEngine.start(Image.POSTGRES, settings, 0)
                      : EmbeddedPostgres.start(home, options, release));
      case CQL ->
          given(dialect)
              .orElseGet(() ->
                  engines == Engines.CONTAINER
                      ? ContainerEngine.start(Image.CQL, settings, 0)
                      : EmbeddedCassandra.start(home, options));
    };
  }

  private Optional<Engine> given(Dialect dialect) {
    return Optional.ofNullable(urls.get(dialect))
        .map(url -> Engine.external(dialect.option(), url));
  }

  private static Place place(Dialect dialect, String url) {
    return switch (dialect) {
      case POSTGRES -> new Place.Postgres(PostgresUrl.parse(url));
      case CQL -> new Place.Cql(CqlUrl.parse(url));
    };
  }
}
