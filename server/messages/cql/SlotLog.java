package server.messages.cql;

import java.util.List;

/// What the commit protocol asks of the slots' logs: the primitives of `slot_log` and `slots`, and
/// nothing else. Thread-safe; all but [#tellApplied] block; a database that does not answer shows
/// as [server.messages.StoreUnavailable].
///
/// Positions are 1, 2, 3 … in each slot. A position that was read as occupied stays what it is for
/// ever, until its whole segment is trimmed; then it stays occupied.
interface SlotLog {
  /// What became of one conditional append.
  sealed interface Outcome {}

  /// The entry stands at its position.
  record Added() implements Outcome {}

  /// The position is occupied, perhaps by an earlier try of the same append.
  ///
  /// @param head an occupied position, this one or a later one
  record Taken(long head) implements Outcome {}

  /// No answer: it may have been added, may yet be added, or never will be.
  record Unknown(Throwable cause) implements Outcome {}

  /// Where to begin to look; both may lag behind the truth, never run ahead of it.
  ///
  /// @param applied all entries up to this position are in the tables
  /// @param trimmed all positions up to this one are trimmed
  record Place(long applied, long trimmed) {}

  /// Positions in a segment: the unit of trimming.
  long segmentLength();

  Place place(int slot);

  /// The last occupied position, by a linearizable read.
  ///
  /// @param from an occupied position, or 0
  long head(int slot, long from);

  /// Adds the entry at `position` on condition that it is free. The caller knows that the position
  /// before it is occupied.
  Outcome append(int slot, long position, Entry entry);

  /// Some or all of the entries from `from` to `to`, in order and without a gap, beginning with the
  /// one at `from`, by a linearizable read; empty only when `from` is trimmed.
  ///
  /// @param to an occupied position
  List<Entry> read(int slot, long from, long to);

  /// Notes that all entries up to `position` are in the tables. Returns at once; may be lost.
  void tellApplied(int slot, long position);

  /// The same, durably before it returns.
  void noteApplied(int slot, long position);

  /// Deletes the entries of whole segments, and notes that. All of them are noted as applied.
  ///
  /// @param from the first position of a segment
  /// @param to the last position of a segment, this one or a later one
  void trim(int slot, long from, long to);
}
