package server.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// A Lua script that stands as a resource beside the class that uses it. Redis runs it atomically.
/// Immutable, thread-safe.
public final class Script {
  private final String text;
  private final String sha1; // Redis' name of the script

  private Script(String text) {
    this.text = text;
    try {
      this.sha1 =
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has SHA-1
    }
  }

  /// Reads `name`, which stands in the package of `beside`.
  public static Script beside(Class<?> beside, String name) {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " does not stand beside " + beside.getName());
      }
      return new Script(new String(in.readAllBytes(), UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Runs it on one key and waits for its answer. One command, or two the first time ever.
  ///
  /// @param key decides the cluster's node; the script touches no other
  /// @throws RedisAway when Redis is away or does not answer in time
  public <T> T call(Redis redis, ScriptOutputType output, String key, String... arguments) {
    byte[][] keys = {key.getBytes(UTF_8)};
    byte[][] values = new byte[arguments.length][];
    for (int i = 0; i < arguments.length; i++) {
      values[i] = arguments[i].getBytes(UTF_8);
    }
    try {
      return Redis.await(redis.commands().<T>evalsha(sha1, output, keys, values));
    } catch (RedisNoScriptException _) { // a Redis that was restarted has forgotten it
      return Redis.await(redis.commands().<T>eval(text, output, keys, values));
    }
  }
}
