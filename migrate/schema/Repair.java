package migrate.schema;

/// Something in the history that does not fit the files, and what `repair` does about it.
///
/// @param file the step's, or what it was called when its file is gone
public record Repair(int version, String file, Kind kind) {
  /// What is done.
  public enum Kind {
    /// An applied step was edited or renamed: its line gets the name and checksum of its file.
    REALIGN,
    /// An applied step has no file any more: its line goes.
    FORGET,
    /// A half-done step was edited: it goes on with what is now behind the statements it has done.
    RESUME
  }

  /// In a few words.
  public String sentence() {
    return switch (kind) {
      case REALIGN -> file + " gets the name and checksum of its file";
      case FORGET -> file + " is forgotten";
      case RESUME -> file + ", which is half done, goes on as it is written now";
    };
  }
}
