package bench.results;

import java.util.Map;

/// What a database keeps when the power fails, judged by the settings it runs with.
///
/// @param durable whether what was answered is on a disk
/// @param why in a few words; where it is not durable, what is lost
public record Keeping(boolean durable, String why) {
  private static final String NOT_KNOWN = "not known: it does not tell its settings";

  /// Of a store, or of a way from node to node.
  ///
  /// @param name `postgres`, `cql`; `plain`, `pipelined`, `sharded`, `streams`, `notify`
  /// @param settings of the databases, as [Environment] has them
  public static Keeping of(String name, Map<String, String> settings) {
    return switch (name) {
      case "postgres" -> postgres(settings);
      case "cql" -> cql(settings);
      case "streams" -> redis(settings);
      case "plain", "pipelined", "sharded", "notify" ->
          new Keeping(false, "gone where nobody listens");
      default -> new Keeping(false, NOT_KNOWN);
    };
  }

  private static Keeping postgres(Map<String, String> settings) {
    String fsync = settings.get("postgres fsync");
    String commit = settings.get("postgres synchronous_commit");
    if (fsync == null || commit == null) {
      return new Keeping(false, NOT_KNOWN);
    }
    if (!fsync.equals("on")) {
      return new Keeping(false, "fsync=" + fsync + ": a crash loses the whole");
    }
    return commit.equals("off")
        ? new Keeping(false, "synchronous_commit=off: a crash loses the last moments")
        : new Keeping(true, "on disk when answered");
  }

  private static Keeping cql(Map<String, String> settings) {
    String sync = settings.get("cql commitlog_sync");
    if (sync == null || sync.isBlank()) {
      return new Keeping(false, NOT_KNOWN);
    }
    if ("false".equals(settings.get("cql durable_writes"))) {
      return new Keeping(false, "durable_writes=false: a crash loses what is in memory");
    }
    return sync.equals("periodic")
        ? new Keeping(false, "commitlog_sync=periodic: a crash loses the last moments")
        : new Keeping(true, "on disk when answered");
  }

  private static Keeping redis(Map<String, String> settings) {
    String file = settings.get("redis appendonly");
    if (file == null || file.equals("?")) {
      return new Keeping(false, NOT_KNOWN);
    }
    if (!file.equals("yes")) {
      return new Keeping(false, "appendonly=no: a crash loses it");
    }
    String fsync = settings.getOrDefault("redis appendfsync", "?");
    return fsync.equals("always")
        ? new Keeping(true, "on disk when answered")
        : new Keeping(false, "appendfsync=" + fsync + ": a crash loses the last moments");
  }
}
