package migrate.move.redis;

/// From which Redis to which: what the word about a moved Redis carries, sealed. URLs in full.
public record RedisPlaces(String from, String to) {
  /// As [#text] wrote it.
  public static RedisPlaces parse(String text) {
    int line = text.indexOf('\n'); // no URL has one
    return new RedisPlaces(text.substring(0, line), text.substring(line + 1));
  }

  /// In one text.
  public String text() {
    return from + "\n" + to;
  }
}
