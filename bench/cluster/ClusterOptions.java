package bench.cluster;

import fixtures.engines.EngineOptions;
import fixtures.urls.Settings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What a cluster consists of. Immutable; the lists and maps are copied.
///
/// @param servers how many, at least 1
/// @param cql whether messages live in CQL; else in PostgreSQL
/// @param urls databases that are there, by their setting ([Settings#POSTGRES_URL] …); the others
///   are started embedded
/// @param containers whether those are started in containers
/// @param engine how embedded engines are started: durable unless it says otherwise
/// @param javaOptions for each server, behind those that `server@catalog` has
/// @param environment settings of each server, by name
/// @param mainClass what is started as a server, with `--port N`
public record ClusterOptions(
    int servers,
    boolean cql,
    Map<String, String> urls,
    boolean containers,
    EngineOptions engine,
    List<String> javaOptions,
    Map<String, String> environment,
    String mainClass) {

  public ClusterOptions {
    urls = Map.copyOf(urls);
    javaOptions = List.copyOf(javaOptions);
    environment = Map.copyOf(environment);
  }

  /// So many servers on PostgreSQL and Redis, all of it embedded and durable.
  public static ClusterOptions of(int servers) {
    return new ClusterOptions(
        servers,
        false,
        Map.of(),
        false,
        EngineOptions.standard().closedByCaller(),
        List.of(),
        Map.of(),
        "server.Server");
  }

  /// The same with messages in CQL.
  public ClusterOptions onCql() {
    return new ClusterOptions(
        servers, true, urls, containers, engine, javaOptions, environment, mainClass);
  }

  /// The same with databases in containers, where no URL is given.
  public ClusterOptions inContainers() {
    return new ClusterOptions(
        servers, cql, urls, true, engine, javaOptions, environment, mainClass);
  }

  /// The same with a database that is there.
  public ClusterOptions withUrl(String setting, String url) {
    Map<String, String> more = new HashMap<>(urls);
    more.put(setting, url);
    boolean withCql = cql || setting.equals(Settings.SCYLLADB_URL);
    return new ClusterOptions(
        servers, withCql, more, containers, engine, javaOptions, environment, mainClass);
  }

  /// The same with one more option for each server's JVM.
  public ClusterOptions withJavaOption(String option) {
    List<String> more = new ArrayList<>(javaOptions);
    more.add(option);
    return new ClusterOptions(servers, cql, urls, containers, engine, more, environment, mainClass);
  }

  /// The same with one more setting for each server.
  public ClusterOptions withSetting(String name, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(name, value);
    return new ClusterOptions(servers, cql, urls, containers, engine, javaOptions, more, mainClass);
  }

  /// The same with another program as server.
  public ClusterOptions withMainClass(String name) {
    return new ClusterOptions(
        servers, cql, urls, containers, engine, javaOptions, environment, name);
  }
}
