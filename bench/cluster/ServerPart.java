package bench.cluster;

import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A server in a process of its own, on 127.0.0.1, with a log in its folder.
public final class ServerPart implements Part, AutoCloseable {
  private static final long READY_MILLIS = 120_000; // 2 s on a quiet machine
  private static final long POLL_MILLIS = 20; // readiness can only be asked for
  private static final Duration ASK_LIMIT = Duration.ofSeconds(2); // its own probe takes 1 s
  private static final long STOP_SECONDS = 30; // its batcher and its sockets take up to 10 s each
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final String name;
  private final int port;
  private final Path folder;
  private final List<String> command;
  private final Map<String, String> environment;
  private Process process; // guarded by this, as the next
  private final CpuUsed cpu = new CpuUsed();

  ServerPart(
      String name, int port, Path folder, List<String> command, Map<String, String> environment) {
    this.name = name;
    this.port = port;
    this.folder = folder;
    this.command = command;
    this.environment = environment;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public boolean ours() {
    return true;
  }

  public int port() {
    return port;
  }

  /// `http://127.0.0.1:PORT`
  public URI uri() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// Where its stdout and stderr go.
  public Path log() {
    return folder.resolve("server.log");
  }

  @Override
  public synchronized long pid() {
    return process != null && process.isAlive() ? process.pid() : 0;
  }

  /// Starts the process, and does not wait.
  synchronized void launch() {
    try {
      Files.createDirectories(folder);
      var builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
      builder.environment().keySet().removeIf(variable -> !variable.equals("PATH"));
      builder.environment().putAll(environment);
      process = builder.start();
      cpu.another();
    } catch (IOException e) {
      throw new EnvironmentError("cannot start " + name + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void start() {
    synchronized (this) {
      if (pid() != 0) {
        return;
      }
      launch();
    }
    awaitReady(false);
  }

  /// Waits until it says that it is ready.
  ///
  /// @param wholly also with every database that it can do without
  void awaitReady(boolean wholly) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(READY_MILLIS);
    while (!ready(wholly)) {
      if (pid() == 0 || System.nanoTime() - end > 0) {
        throw new EnvironmentError(
            "%s %s: %s"
                .formatted(
                    name,
                    pid() == 0 ? "ended" : "is not ready after " + READY_MILLIS / 1000 + " s",
                    lastLine()));
      }
      Processes.pause(POLL_MILLIS);
    }
  }

  /// Whether `/health/ready` says yes.
  ///
  /// @param wholly also of every database that it can do without
  public boolean ready(boolean wholly) {
    String said = health();
    return said.startsWith("200 ") && (!wholly || said.contains("\"ready\""));
  }

  /// What `/health/ready` says: the status and the body, or why there is none.
  public String health() {
    try {
      var request = HttpRequest.newBuilder(uri().resolve("/health/ready")).timeout(ASK_LIMIT);
      var answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body();
    } catch (IOException e) {
      return pid() == 0 ? "it ended: " + lastLine() : e.toString();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return e.toString();
    }
  }

  private String lastLine() {
    try (var lines = Files.lines(log())) {
      return lines.reduce((_, last) -> last).orElse("it wrote nothing");
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public synchronized void kill() {
    if (pid() != 0) {
      cpu.until(process.pid());
      Processes.kill(List.of(process.pid()));
      awaitExit();
    }
  }

  /// Until Java knows it too: the kernel shows a process as ended while its last threads still give
  /// memory back, and whoever starts it again meanwhile would take it for running.
  private void awaitExit() {
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        throw new EnvironmentError(name + " does not end after SIGKILL");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /// Asks it to stop in good order (SIGTERM), and returns when it has.
  ///
  /// @return false when it had to be killed
  public boolean stop() throws InterruptedException {
    Process stopping;
    synchronized (this) {
      if (pid() == 0) {
        return true;
      }
      stopping = process;
      cpu.until(process.pid());
    }
    stopping.destroy();
    if (stopping.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      return true;
    }
    Processes.kill(List.of(stopping.pid()));
    return false;
  }

  @Override
  public synchronized void pause() {
    if (pid() != 0) {
      Processes.signal("STOP", List.of(process.pid()));
    }
  }

  @Override
  public synchronized void resume() {
    if (pid() != 0) {
      Processes.signal("CONT", List.of(process.pid()));
    }
  }

  @Override
  public synchronized long cpuNanos() {
    return cpu.until(pid());
  }

  @Override
  public synchronized long rssBytes() {
    return pid() == 0 ? 0 : Processes.rssBytes(process.pid());
  }

  @Override
  public void close() {
    kill();
  }
}
