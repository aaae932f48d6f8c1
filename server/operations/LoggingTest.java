package server.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import server.http.Json;
import tools.jackson.databind.JsonNode;

class LoggingTest {
  private final PrintStream stderr = System.err;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @BeforeEach
  void capture() {
    System.setErr(new PrintStream(written, true, UTF_8));
  }

  @AfterEach
  void restore() {
    System.setErr(stderr);
    Logging.configure(Logging.Form.READABLE, Level.WARN);
  }

  private List<String> lines() {
    return written.toString(UTF_8).lines().toList();
  }

  @Test
  void inProductionEachEventIsOneLineOfJsonOnStderr() {
    Logging.configure(Logging.Form.JSON, Level.INFO);
    LoggerFactory.getLogger("server.test")
        .warn("a \"{}\"\nof two lines ชา", "value", new Exception("e"));
    assertEquals(1, lines().size());
    JsonNode event = Json.mapper().readTree(lines().getFirst());
    assertEquals("WARN", event.at("/level").asString());
    assertEquals("server.test", event.at("/loggerName").asString());
    assertEquals("a \"value\"\nof two lines ชา", event.at("/formattedMessage").asString());
    assertEquals("e", event.at("/throwable/message").asString());
  }

  @Test
  void requestsAndTalkativeLibrariesAreQuietAtInfo() {
    Logging.configure(Logging.Form.READABLE, Level.INFO);
    LoggerFactory.getLogger("server.http.requests").debug("a request");
    LoggerFactory.getLogger("org.eclipse.jetty.server.Server").info("started");
    LoggerFactory.getLogger("server.test").info("ours");
    assertEquals(1, lines().size());
    assertTrue(lines().getFirst().endsWith("INFO  server.test - ours"), lines().getFirst());
  }

  @Test
  void atDebugLibrariesStayQuietAndRequestsAreTold() {
    Logging.configure(Logging.Form.READABLE, Level.DEBUG);
    LoggerFactory.getLogger("server.http.requests").debug("a request");
    LoggerFactory.getLogger("io.lettuce.core").debug("a command with its values");
    assertEquals(1, lines().size());
    assertFalse(lines().getFirst().contains("values"));
  }
}
