package migrate.move;

import java.util.Locale;

/// A database that can be moved by itself.
public enum Subject {
  POSTGRES,
  REDIS,
  MESSAGES;

  /// As it is written in tables and on the command line.
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// @throws IllegalArgumentException when it is none
  public static Subject of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
