package bench.load;

import bench.cluster.Cluster;
import bench.cluster.ServerPart;
import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import one.convert.Arguments;
import one.convert.JfrToFlame;
import one.profiler.AsyncProfilerLoader;

/// What the servers' CPU and allocations go to: async-profiler in each server's JVM while some work
/// is under way. For one thread; servers of this machine and this user only.
///
/// `itimer` needs no rights that a container does not have; it takes a sample each millisecond of
/// CPU, and allocations are sampled every 64 KB. Both cost the server some percent, so what runs
/// meanwhile is not measured.
public final class Flames {
  /// Where they are in a run's folder.
  public static final String FOLDER = "flames";

  private static final String START =
      "start,event=itimer,interval=1ms,alloc=64k,cstack=no,jfr,file=%s";
  private static final String STOP = "stop,file=%s";

  /// What is profiled while it runs.
  ///
  /// @param <E> what it throws
  public interface Work<E extends Exception> {
    void run() throws E;
  }

  /// How long the work should take: some thousand samples of a busy server.
  public static final int SECONDS = 10;

  private final Path folder;

  /// @param folder where the graphs go
  public Flames(Path folder) {
    this.folder = folder;
  }

  /// Runs it, and writes for each server `NAME.SERVER.cpu.html` and `NAME.SERVER.allocations.html`.
  ///
  /// @param name what is shown
  /// @return by what it is of (`server-1 cpu`), the share of each layer
  /// @throws EnvironmentError when the profiler cannot get into a server
  public <E extends Exception> Map<String, Layers> during(
      Cluster cluster, String name, Work<E> work) throws IOException, E {
    Files.createDirectories(folder);
    List<ServerPart> servers = cluster.servers();
    for (ServerPart server : servers) {
      tell(server, START.formatted(recording(name, server)));
    }
    try {
      work.run();
    } finally {
      for (ServerPart server : servers) {
        tell(server, STOP.formatted(recording(name, server)));
      }
    }
    Map<String, Layers> shares = new LinkedHashMap<>();
    for (ServerPart server : servers) {
      shares.put(server.name() + " cpu", drawn(name, server, "cpu", "--cpu"));
      shares.put(
          server.name() + " allocations", drawn(name, server, "allocations", "--alloc", "--total"));
      Files.delete(recording(name, server));
    }
    return shares;
  }

  private Path recording(String name, ServerPart server) {
    return folder.resolve(name + "." + server.name() + ".jfr").toAbsolutePath();
  }

  private Layers drawn(String name, ServerPart server, String of, String... kind)
      throws IOException {
    String recording = recording(name, server).toString();
    Path page = folder.resolve("%s.%s.%s.html".formatted(name, server.name(), of));
    Path stacks = Files.createTempFile("stacks", ".txt");
    try {
      var drawing = new Arguments(kind);
      drawing.output = "html";
      drawing.title = "%s: %s of %s".formatted(name, of, server.name());
      JfrToFlame.convert(recording, page.toString(), drawing);
      var plain = new Arguments(kind);
      plain.output = "collapsed";
      plain.dot = true;
      JfrToFlame.convert(recording, stacks.toString(), plain);
      try (var lines = Files.lines(stacks)) {
        return Layers.of(lines);
      }
    } finally {
      Files.delete(stacks);
    }
  }

  private static void tell(ServerPart server, String command) {
    try {
      VirtualMachine machine = VirtualMachine.attach("" + server.pid());
      try {
        machine.loadAgentPath(
            AsyncProfilerLoader.getAsyncProfilerPath().toAbsolutePath().toString(), command);
      } finally {
        machine.detach();
      }
    } catch (IOException
        | AttachNotSupportedException
        | AgentLoadException
        | AgentInitializationException e) {
      throw new EnvironmentError(
          "async-profiler does not get into " + server.name() + ": " + e.getMessage(), e);
    }
  }
}
