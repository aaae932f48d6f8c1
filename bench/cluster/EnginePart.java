package bench.cluster;

import fixtures.container.ContainerEngine;
import fixtures.container.Image;
import fixtures.engines.Engine;
import fixtures.urls.EnvironmentError;
import fixtures.urls.Settings;
import java.util.Map;
import java.util.function.Supplier;

/// A database of a cluster: embedded, so that it can be killed and measured, in a container, or
/// external.
public final class EnginePart implements Part, AutoCloseable {
  private static final int START_TRIES = 5; // a killed one may hold its port for a moment
  private static final long BETWEEN_TRIES_MILLIS = 200;

  private final Supplier<Engine> starter;
  private final boolean ours;
  private Engine engine; // guarded by this, as all below
  private long pid;
  private final CpuUsed cpu = new CpuUsed();

  private EnginePart(Supplier<Engine> starter, boolean ours) {
    this.starter = starter;
    this.ours = ours;
    this.engine = starter.get();
    this.pid = engine.pid().orElse(0);
  }

  static EnginePart embedded(Supplier<Engine> starter) {
    return new EnginePart(starter, true);
  }

  /// In a container: its processes are Docker's, and can be neither killed nor measured here.
  static EnginePart container(Image image) {
    Settings settings = Settings.ofThisProcess(Map.of(), Map.of());
    return new EnginePart(() -> ContainerEngine.start(image, settings, 0), false);
  }

  static EnginePart external(String name, String url) {
    return new EnginePart(() -> Engine.external(name, url), false);
  }

  /// Its URL, with the password; the same after a start.
  public synchronized String url() {
    return engine.url();
  }

  @Override
  public synchronized String name() {
    return engine.name();
  }

  @Override
  public boolean ours() {
    return ours;
  }

  @Override
  public synchronized long pid() {
    return pid != 0 && !Processes.gone(pid) ? pid : 0;
  }

  @Override
  public synchronized void kill() {
    if (pid() != 0) {
      cpu.until(pid);
      Processes.kill(Processes.tree(pid));
    }
    pid = 0;
  }

  @Override
  public synchronized void pause() {
    if (pid() != 0) {
      Processes.signal("STOP", Processes.tree(pid));
    }
  }

  @Override
  public synchronized void resume() {
    if (pid() != 0) {
      Processes.signal("CONT", Processes.tree(pid));
    }
  }

  /// Takes a second share in the engine of the folder, which finds it gone and starts it on the
  /// port it remembers; then gives the first share back.
  @Override
  public synchronized void start() {
    if (!ours || pid() != 0) {
      return;
    }
    Engine before = engine;
    for (int attempt = 1; ; attempt++) {
      Engine again = starter.get();
      if (again.url().equals(before.url())) {
        engine = again;
        break;
      }
      // Somebody had its port for a moment: nobody would find it on another one.
      again.pid().ifPresent(other -> Processes.kill(Processes.tree(other)));
      again.close();
      if (attempt == START_TRIES) {
        throw new EnvironmentError(name() + " came back on another port: its own is taken");
      }
      Processes.pause(BETWEEN_TRIES_MILLIS);
    }
    before.close();
    cpu.another();
    pid = engine.pid().orElse(0);
  }

  @Override
  public synchronized long cpuNanos() {
    return cpu.until(pid());
  }

  @Override
  public synchronized long rssBytes() {
    return pid() == 0 ? 0 : Processes.rssBytes(pid);
  }

  /// Ends it at once: its data goes with the cluster.
  @Override
  public synchronized void close() {
    kill();
    engine.close();
  }
}
