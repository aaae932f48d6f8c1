package bench.compare;

import fixtures.urls.UserError;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The bounds that the project set itself, each measured beside its twin in one run.
public final class Targets {
  /// One of them.
  private interface Target {
    List<Line> measure(Measuring measuring) throws Exception;
  }

  private static final Map<String, Target> ALL = new LinkedHashMap<>();

  static {
    ALL.put("one-to-one", SocketTargets::oneToOne);
    ALL.put("fan-out", SocketTargets::fanOut);
    ALL.put("latency", SocketTargets::latency);
    ALL.put("low-rate", SocketTargets::lowRate);
    ALL.put("stalled", SocketTargets::stalled);
    ALL.put("http", ServerTargets::http);
    ALL.put("idle", ServerTargets::idle);
    ALL.put("storm", ServerTargets::storm);
    ALL.put("baseline", SocketTargets::baseline);
    ALL.put("cql", CqlTargets::cql);
    ALL.put("move-messages", MoveTargets::messages);
  }

  /// The names, for a command's help.
  public static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return names().iterator();
    }
  }

  private Targets() {}

  /// What can be asked for.
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /// Measures these, one after the other, each on a cluster of its own.
  ///
  /// @param names of [#names]
  /// @throws UserError when there is none of that name
  static void run(List<String> names, Measuring measuring, Consumer<Line> found) throws Exception {
    for (String name : names) {
      Target target = ALL.get(name);
      if (target == null) {
        throw new UserError("there is no target '" + name + "': " + String.join(", ", names()));
      }
      measuring.progress().accept(name);
      target.measure(measuring).forEach(found);
    }
  }
}
