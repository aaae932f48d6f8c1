package migrate.move.messages;

import java.util.Locale;

/// A store in which a conversation's messages can live.
public enum Place {
  POSTGRES(0),
  CQL(1);

  private final int number;

  Place(int number) {
    this.number = number;
  }

  /// As it is written in `conversations.messages_in`.
  public int number() {
    return number;
  }

  public Place other() {
    return this == POSTGRES ? CQL : POSTGRES;
  }

  /// @throws IllegalArgumentException when it is none
  public static Place of(int number) {
    for (Place place : values()) {
      if (place.number == number) {
        return place;
      }
    }
    throw new IllegalArgumentException("messages_in is " + number + ", which no store has");
  }

  /// As it is told.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
