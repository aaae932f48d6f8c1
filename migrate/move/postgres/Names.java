package migrate.move.postgres;

import java.util.UUID;

/// What a move calls what it makes in the databases, so that it is found again, and told from what
/// other moves made.
///
/// @param forth publication, slot and subscription from source to target
/// @param back the same from target to source
record Names(String forth, String back) {
  private static final int ID_CHARS = 12; // of the move's id: names are short, moves are few

  static Names of(UUID move) {
    String id = move.toString().replace("-", "").substring(0, ID_CHARS);
    return new Names("vyry_move_" + id, "vyry_back_" + id);
  }
}
