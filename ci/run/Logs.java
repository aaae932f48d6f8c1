package ci.run;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import java.util.List;
import java.util.logging.Logger;
import org.slf4j.LoggerFactory;
import server.operations.Logging;

/// What a command of this folder lets through of the log.
public final class Logs {
  // Held here: a logger that nobody holds forgets its level.
  private static final Logger JQWIK = Logger.getLogger("net.jqwik");

  /// What is told in our own words, by an error; and who listens to the end of a closed session.
  private static final List<String> TOLD =
      List.of(
          "org.testcontainers",
          "tc",
          "com.github.dockerjava",
          "io.netty.util.concurrent.DefaultPromise.rejectedExecution");

  private Logs() {}

  /// Errors only: of a command that breaks things, and is told of it by the libraries it uses.
  public static void onlyErrors() {
    only(Level.ERROR);
  }

  /// Warnings and errors, on stderr, as the server writes them. To be called before anything logs.
  public static void onlyWarnings() {
    only(Level.WARN);
  }

  private static void only(Level level) {
    // The commands under test bring another one along; this is the server's.
    System.setProperty("slf4j.provider", "ch.qos.logback.classic.spi.LogbackServiceProvider");
    System.setProperty("slf4j.internal.verbosity", "WARN");
    Logging.configure(Logging.Form.READABLE, level);
    TOLD.forEach(name -> logger(name).setLevel(Level.OFF));
    JQWIK.setLevel(java.util.logging.Level.WARNING);
  }

  private static ch.qos.logback.classic.Logger logger(String name) {
    return ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger(name);
  }

  /// Nothing any more: what threads still have to say must not follow the closing line.
  public static void off() {
    ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    System.err.flush();
  }
}
