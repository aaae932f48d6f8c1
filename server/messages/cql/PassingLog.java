package server.messages.cql;

import java.util.List;

/// Passes everything on to another one; tests change a part of it.
class PassingLog implements SlotLog {
  private final SlotLog log;

  PassingLog(SlotLog log) {
    this.log = log;
  }

  @Override
  public long segmentLength() {
    return log.segmentLength();
  }

  @Override
  public Place place(int slot) {
    return log.place(slot);
  }

  @Override
  public long head(int slot, long from) {
    return log.head(slot, from);
  }

  @Override
  public Outcome append(int slot, long position, Entry entry) {
    return log.append(slot, position, entry);
  }

  @Override
  public List<Entry> read(int slot, long from, long to) {
    return log.read(slot, from, to);
  }

  @Override
  public void tellApplied(int slot, long position) {
    log.tellApplied(slot, position);
  }

  @Override
  public void noteApplied(int slot, long position) {
    log.noteApplied(slot, position);
  }

  @Override
  public void trim(int slot, long from, long to) {
    log.trim(slot, from, to);
  }
}
