package server.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import server.http.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A real Chromium with one page, spoken to by its DevTools protocol. For one test thread.
public final class TestBrowser implements AutoCloseable {
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome");
  private static final String LISTENING = "DevTools listening on ws://";
  private static final int MAX_START_LINES = 1_000; // of its log, before it says where it listens
  private static final int PATIENCE_SECONDS = 60; // its first start on a busy machine
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Path profile;
  private final Process process;
  private final WebSocket page;
  private final LinkedBlockingQueue<JsonNode> heard = new LinkedBlockingQueue<>();
  private final List<String> complaints = new ArrayList<>();
  private int lastId;

  private TestBrowser(Path program) throws IOException, InterruptedException {
    profile = Files.createTempDirectory("browser");
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--no-sandbox", // tests may run as root, where Chromium has none
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectErrorStream(true)
            .start();
    try {
      page = connect(address());
      for (String domain : List.of("Page", "Runtime", "Log")) {
        command(domain + ".enable", Json.mapper().createObjectNode());
      }
    } catch (RuntimeException | IOException | InterruptedException e) {
      end();
      throw e;
    }
  }

  /// The Chromium of this machine, empty when it has none.
  public static Optional<Path> installed() {
    return Stream.of(System.getenv("PATH").split(":"))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /// Starts it.
  public static TestBrowser start(Path program) {
    try {
      return new TestBrowser(program);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private String address() throws IOException {
    BufferedReader log = process.inputReader();
    for (int i = 0; i < MAX_START_LINES; i++) {
      String line = log.readLine();
      if (line == null) {
        break;
      }
      if (line.startsWith(LISTENING)) {
        Thread.ofVirtual().start(() -> log.lines().forEach(_ -> {})); // or it stops at a full pipe
        return line.substring(LISTENING.length()).split("/")[0];
      }
    }
    throw new IOException("Chromium did not say where it listens");
  }

  private WebSocket connect(String address) throws IOException, InterruptedException {
    var list = HttpRequest.newBuilder(URI.create("http://" + address + "/json/list")).build();
    String url = null;
    for (JsonNode target :
        Json.mapper().readTree(HTTP.send(list, BodyHandlers.ofString()).body())) {
      if (target.at("/type").asString().equals("page")) {
        url = target.at("/webSocketDebuggerUrl").asString();
      }
    }
    return HTTP.newWebSocketBuilder().buildAsync(URI.create(url), new Listener()).join();
  }

  /// Makes the page a screen of this width, in CSS pixels, held in a hand or not.
  public void screen(int width, int height, boolean mobile) {
    ObjectNode metrics = Json.mapper().createObjectNode();
    metrics.put("width", width).put("height", height).put("deviceScaleFactor", 1);
    command("Emulation.setDeviceMetricsOverride", metrics.put("mobile", mobile));
  }

  /// Opens an address and waits until it is loaded.
  public void open(String url) {
    command("Page.navigate", Json.mapper().createObjectNode().put("url", url));
    await("Page.loadEventFired");
  }

  /// The value of a JavaScript expression in the page.
  public JsonNode evaluate(String expression) {
    ObjectNode asked = Json.mapper().createObjectNode().put("expression", expression);
    JsonNode answer = command("Runtime.evaluate", asked.put("returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(expression + ": " + answer);
    }
    return answer.at("/result/value");
  }

  /// What the page complained of: blocked or failed loads, errors.
  public List<String> complaints() {
    evaluate("0"); // what was said before this answer has been heard
    return complaints;
  }

  private JsonNode command(String method, ObjectNode parameters) {
    ObjectNode frame = Json.mapper().createObjectNode().put("id", ++lastId).put("method", method);
    page.sendText(frame.set("params", parameters).toString(), true).join();
    return await(null).at("/result");
  }

  /// The next event of this name, or the answer to the last command.
  private JsonNode await(String event) {
    try {
      while (true) {
        JsonNode next = heard.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
          throw new AssertionError("Chromium said nothing for " + PATIENCE_SECONDS + " s");
        }
        String method = next.path("method").asString("");
        if (method.equals("Log.entryAdded")) {
          complaints.add(next.at("/params/entry/text").asString());
        }
        if (event == null ? next.path("id").asInt(0) == lastId : method.equals(event)) {
          return next;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        heard.add(Json.mapper().readTree(text.toString()));
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }
  }

  @Override
  public void close() {
    page.abort();
    end();
  }

  private void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly().onExit().join();
    try (Stream<Path> files = Files.walk(profile)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException _) {
      // A dying child may still write there; it is a temporary folder.
    }
  }
}
