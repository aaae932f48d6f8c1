package server.operations;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import fixtures.urls.UserError;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import migrate.move.Seal;
import server.accounts.ServerSecret;

/// What a server is told by its settings, read and judged at once, so that it starts right or says
/// what is wrong.
///
/// @param port 0 picks a free one
/// @param postgres empty: start one embedded
/// @param redis empty: start one embedded
/// @param cql where messages live; empty: in PostgreSQL
/// @param secret signs tokens; at least [ServerSecret#MIN_CHARS] characters
/// @param seal opens the URLs that movers leave
/// @param otpWebhook where one-time passwords are posted; empty shows them in the answer
public record ServerSettings(
    boolean production,
    String host,
    int port,
    Optional<PostgresUrl> postgres,
    Optional<RedisUrl> redis,
    Optional<CqlUrl> cql,
    ServerSecret secret,
    Seal seal,
    Optional<URI> otpWebhook,
    String trustedProxies) {
  private static final String SECRET = "VYRY_SECRET";
  private static final int MAX_PORT = 65_535;
  private static final String DEV_SECRET = Seal.DEVELOPMENT_SECRET;

  /// Every setting, with its default; an empty one has none.
  public static Map<String, String> defaults() {
    Map<String, String> known = new LinkedHashMap<>();
    known.put(Settings.VYRY_ENV, "development");
    known.put(Settings.POSTGRES_URL, "");
    known.put(Settings.REDIS_URL, "");
    known.put(Settings.SCYLLADB_URL, "");
    known.put(Settings.VYRY_HOME, ".vyry");
    known.put("SERVER_HOST", "127.0.0.1");
    known.put("SERVER_PORT", "8000");
    known.put(SECRET, "");
    known.put("OTP_WEBHOOK_URL", "");
    known.put("VYRY_TRUSTED_PROXIES", "");
    known.put("LOG_LEVEL", "INFO");
    return known;
  }

  /// Judges the settings.
  ///
  /// @throws UserError naming the first setting that is missing or wrong, and what to do
  public static ServerSettings of(Settings settings) {
    boolean production = settings.production();
    if (production) {
      needed(settings.postgres(), Settings.POSTGRES_URL, "postgres://user:password@host/database");
      needed(settings.redis(), Settings.REDIS_URL, "redis://host:6379");
      needed(settings.get("OTP_WEBHOOK_URL"), "OTP_WEBHOOK_URL", "https://host/path");
    }
    return new ServerSettings(
        production,
        settings.get("SERVER_HOST", "127.0.0.1"),
        settings.number("SERVER_PORT", 8000, 0, MAX_PORT),
        settings.postgres(),
        settings.redis(),
        settings.cql(),
        secret(settings, production),
        Seal.of(settings),
        settings.get("OTP_WEBHOOK_URL").map(ServerSettings::webhook),
        settings.get("VYRY_TRUSTED_PROXIES", ""));
  }

  private static void needed(Optional<?> value, String name, String example) {
    if (value.isEmpty()) {
      throw new UserError(
          name + " is missing, and production has no default: set it, like " + example);
    }
  }

  private static ServerSecret secret(Settings settings, boolean production) {
    String secret = settings.get(SECRET).orElse(production ? "" : DEV_SECRET);
    String wrong =
        secret.isEmpty()
            ? "is missing, and production has no default"
            : production && secret.equals(DEV_SECRET)
                ? "is the one of development, which everyone can read"
                : secret.length() < ServerSecret.MIN_CHARS
                    ? "has only " + secret.length() + " characters"
                    : null;
    if (wrong != null) {
      throw new UserError(
          "VYRY_SECRET %s: set one of at least %d characters, like $(openssl rand -hex 32)"
              .formatted(wrong, ServerSecret.MIN_CHARS));
    }
    return ServerSecret.of(secret);
  }

  private static URI webhook(String text) {
    try {
      URI uri = URI.create(text);
      if (uri.getHost() != null
          && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
        return uri;
      }
    } catch (IllegalArgumentException _) {
      // said below
    }
    throw new UserError("OTP_WEBHOOK_URL is no http(s) URL: write it like https://host/path");
  }
}
