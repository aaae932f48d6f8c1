package bench.jmh;

import bench.cluster.ClusterOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What a run of benchmarks is to be. Immutable.
///
/// @param depths the benchmarks by name, all when empty
/// @param full full values and times; else the smoke ones
/// @param parameters values that count instead, by parameter
/// @param forks JVMs for each combination of parameters
/// @param warmups iterations that do not count, in each fork
/// @param iterations that count, in each fork
/// @param iterationMillis of each iteration
/// @param profile flame graphs too
/// @param databases says which ones; else they are embedded, and durable
/// @param out a folder for results; made when it is not there
public record JmhOptions(
    List<String> depths,
    boolean full,
    Map<String, List<String>> parameters,
    int forks,
    int warmups,
    int iterations,
    int iterationMillis,
    boolean profile,
    UnaryOperator<ClusterOptions> databases,
    Path out) {}
