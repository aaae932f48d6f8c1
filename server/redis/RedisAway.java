package server.redis;

import server.http.Away;

/// Redis is not connected, did not answer in time, or refuses to serve (loading, read-only, cluster
/// down). What was asked may or may not have happened. HTTP answers with `UNAVAILABLE`.
public final class RedisAway extends Away {
  private static final long serialVersionUID = 1L;

  /// Without a cause: it was known before anything was asked.
  RedisAway(String sentence) {
    super("Redis", sentence, null);
  }

  /// With the driver's own account as the cause, which is logged and never shown to a client.
  RedisAway(Throwable cause) {
    super("Redis", "Redis does not answer", cause);
  }
}
