package server.operations;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import java.util.List;
import org.slf4j.LoggerFactory;

/// Sets up the log, on stderr: stdout belongs to results. To be called once, before anything logs.
public final class Logging {
  /// Libraries that tell more at INFO than an operator needs.
  private static final List<String> TALKATIVE =
      List.of(
          "org.eclipse.jetty", "io.javalin", "io.lettuce", "io.netty", "com.zaxxer", "org.jooq");

  /// jOOQ's open edition knows the newest PostgreSQL; what is said here works from 14 on.
  private static final String VERSION_SUPPORT =
      "org.jooq.impl.DefaultExecuteContext.logVersionSupport";

  private static final String READABLE = "%d{HH:mm:ss.SSS} %-5level %logger{24} - %msg%n";

  private Logging() {}

  /// How a line of the log looks.
  public enum Form {
    /// For a person at a terminal.
    READABLE,
    /// One JSON object a line, for a machine.
    JSON
  }

  /// @param level of our own packages; libraries stay at WARN or above
  public static void configure(Form form, Level level) {
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    context.reset();
    Encoder<ILoggingEvent> encoder = form == Form.JSON ? json() : readable(context);
    encoder.setContext(context);
    encoder.start();
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    var root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(level);
    root.addAppender(appender);
    Level least = level.isGreaterOrEqual(Level.WARN) ? level : Level.WARN;
    TALKATIVE.forEach(name -> context.getLogger(name).setLevel(least));
    context.getLogger(VERSION_SUPPORT).setLevel(Level.ERROR);
  }

  private static Encoder<ILoggingEvent> readable(LoggerContext context) {
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setPattern(READABLE);
    return encoder;
  }

  private static Encoder<ILoggingEvent> json() {
    var encoder = new JsonEncoder();
    encoder.setWithContext(false);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    encoder.setWithMessage(false); // the template; what it becomes is what is read
    encoder.setWithArguments(false);
    encoder.setWithFormattedMessage(true);
    return encoder;
  }
}
