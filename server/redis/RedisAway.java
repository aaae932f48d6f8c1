package server.redis;

/// Redis is not connected, did not answer in time, or refuses to serve (loading, read-only, cluster
/// down). What was asked may or may not have happened. HTTP answers with `UNAVAILABLE`.
public final class RedisAway extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// Without a cause: it was known before anything was asked. Cheap, has no stack trace.
  RedisAway(String sentence) {
    super(sentence, null, false, false);
  }

  /// With the driver's own account as the cause, which is logged and never shown to a client.
  RedisAway(Throwable cause) {
    super("Redis does not answer", cause);
  }
}
