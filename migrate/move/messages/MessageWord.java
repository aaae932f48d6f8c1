package migrate.move.messages;

/// What nodes are told about messages: where they go, or are, and where the CQL database is. Its
/// text is sealed as other words' URLs are.
///
/// @param cqlUrl with its password
public record MessageWord(Place to, String cqlUrl) {
  /// @throws IllegalArgumentException when it is none
  public static MessageWord parse(String text) {
    String[] parts = text.split(" ", 2);
    if (parts.length < 2) {
      throw new IllegalArgumentException("a word about messages has two parts");
    }
    return new MessageWord(Place.valueOf(parts[0].toUpperCase(java.util.Locale.ROOT)), parts[1]);
  }

  /// As it is sealed; not to be shown.
  public String text() {
    return to + " " + cqlUrl;
  }

  @Override
  public String toString() {
    return "messages, to " + to;
  }
}
