package bench.jmh;

import ch.qos.logback.classic.Level;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import server.operations.Logging;

/// Where the databases of a run are. Forks learn it from a file that only its owner can read,
/// because a command line shows passwords to everybody.
///
/// @param cql null for none
/// @param pids of engines that were started for this run, whose CPU time can be read
public record EngineUrls(String postgres, String redis, String cql, List<Long> pids) {
  /// The system property of a fork that names the file.
  static final String PROPERTY = "vyry.bench.engines";

  /// Those of the run that this process is a fork of.
  ///
  /// @throws EnvironmentError when it is none
  static EngineUrls ofThisProcess() {
    Logging.configure(Logging.Form.READABLE, Level.WARN); // a fork begins with everything on
    String file = System.getProperty(PROPERTY);
    if (file == null) {
      throw new EnvironmentError("no databases: start benchmarks with ./jbang bench@catalog");
    }
    var said = new Properties();
    try (Reader in = Files.newBufferedReader(Path.of(file))) {
      said.load(in);
    } catch (IOException e) {
      throw new EnvironmentError("cannot read " + file + ": " + e.getMessage(), e);
    }
    return new EngineUrls(
        said.getProperty("postgres"),
        said.getProperty("redis"),
        said.getProperty("cql"),
        Stream.of(said.getProperty("pids", "").split(","))
            .filter(pid -> !pid.isEmpty())
            .map(Long::valueOf)
            .toList());
  }

  /// Writes them for forks; `file` must be in a folder that only its owner can read.
  void write(Path file) throws IOException {
    var said = new Properties();
    said.setProperty("postgres", postgres);
    said.setProperty("redis", redis);
    if (cql != null) {
      said.setProperty("cql", cql);
    }
    said.setProperty("pids", pids.stream().map(String::valueOf).collect(Collectors.joining(",")));
    try (Writer out = Files.newBufferedWriter(file)) {
      said.store(out, null);
    }
  }
}
