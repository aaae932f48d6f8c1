package server.messages.cql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.Message;
import server.messages.StoreUnavailable;

/// How far one node knows a slot's log, and how it goes on there: it appends, learns what others
/// appended, and sees to it that all is applied before it goes further.
///
/// Every entry up to [#known] is in the tables, and the follower was told of every one of them
/// since it was last told that some were missed. Guarded by the slot's lock.
final class LogEnd {
  /// Hears of the log's entries, in order.
  interface Follower {
    /// The next one; it is applied.
    void learn(Entry entry);

    /// Some were not seen, and never will be.
    void missed();
  }

  /// Tries of one append at one position, of a time-out each: a sender gives up after 10 s.
  private static final int MAX_TRIES = 2;

  private static final int RETRY_MILLIS = 50;

  /// How long another node's entry is left to it before this node applies it too: it usually takes
  /// some milliseconds, and doing all of its writes again costs more than waiting.
  private static final int MAX_WAITS = 6;

  private static final int WAIT_MILLIS = 4;

  /// Conversations whose head is remembered: some MB of heap for all slots.
  private static final int MAX_HEADS = 4_096;

  /// Notes on progress are for other nodes; alone, they only shorten the next start.
  private static final int LONELY_NOTE_EVERY = 64;

  /// After so many entries without another node's this one is alone.
  private static final int LONELY_AFTER = 1_000;

  private static final long UNKNOWN = -1;
  private static final Logger logger = LoggerFactory.getLogger(LogEnd.class);

  private final int slot;
  private final UUID node;
  private final SlotLog log;
  private final Rows rows;
  private final Pause pause;
  private final Follower follower;
  private long known = UNKNOWN;
  private long lastForeign; // the last position that another node's entry was seen at
  private final Recent<UUID, Long> heads = new Recent<>(MAX_HEADS);

  LogEnd(int slot, UUID node, Ground ground, Follower follower) {
    this.slot = slot;
    this.node = node;
    this.log = ground.log();
    this.rows = ground.rows();
    this.pause = ground.pause();
    this.follower = follower;
  }

  boolean isKnown() {
    return known != UNKNOWN;
  }

  long known() {
    return known;
  }

  /// Finds out where the log is.
  void locate() {
    forget();
    known = log.place(slot).applied();
    try {
      refresh();
    } catch (RuntimeException e) {
      known = UNKNOWN;
      throw e;
    }
    lastForeign = known; // perhaps another node is at it
  }

  /// Learns what was appended before this call began.
  void refresh() {
    catchUp(log.head(slot, known));
  }

  /// The last seqs as of [#known]. If another node has gone on meanwhile they may be later ones;
  /// then the position after the known one is taken.
  Map<UUID, Long> heads(Set<UUID> conversations) {
    Map<UUID, Long> found = new HashMap<>();
    List<UUID> missing = new ArrayList<>();
    for (UUID conversation : conversations) {
      Long head = heads.get(conversation);
      if (head == null) {
        missing.add(conversation);
      } else {
        found.put(conversation, head);
      }
    }
    if (!missing.isEmpty()) {
      Map<UUID, Long> read = rows.heads(missing);
      for (UUID conversation : missing) {
        long head = read.getOrDefault(conversation, 0L);
        heads.put(conversation, head);
        found.put(conversation, head);
      }
    }
    return found;
  }

  /// Appends after the known position and applies. False when another entry, or an earlier try of
  /// this one, has the place; then that is learned, and maybe more.
  ///
  /// @throws StoreUnavailable when it is unknown whether it is or will be in the log
  boolean append(Entry entry) {
    long position = known + 1;
    Throwable cause = null;
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      switch (log.append(slot, position, entry)) {
        case SlotLog.Added _ -> {
          apply(entry);
          learn(entry);
          tell();
          return true;
        }
        case SlotLog.Taken(long head) -> {
          catchUp(head);
          return false;
        }
        case SlotLog.Unknown(Throwable unknown) -> {
          cause = unknown;
          pause.about(RETRY_MILLIS);
        }
      }
    }
    throw new StoreUnavailable(cause);
  }

  /// Appends a fence, then learns and applies what is before it: it depends on nothing of that, and
  /// who had to know it first would lose for ever against a node that appends without a pause. A
  /// fence that is appended twice, since an answer was lost, is none too many.
  ///
  /// @param losses places that others may take before it
  /// @return the last seqs of its conversations at its place; null when others took all those
  /// @throws StoreUnavailable when it is unknown whether it is or will be in the log
  Map<UUID, Long> fence(Entry entry, int losses) {
    long position = known + 1;
    int unknown = 0;
    for (int lost = 0; lost < losses; ) {
      switch (log.append(slot, position, entry)) {
        case SlotLog.Added _ -> {
          catchUp(position - 1);
          Map<UUID, Long> there = heads(Set.copyOf(entry.fences()));
          if (known == position - 1) {
            learn(entry);
          }
          entry.fences().forEach(heads::remove);
          tell();
          return there;
        }
        case SlotLog.Taken(long head) -> {
          position = head + 1;
          lost++;
        }
        case SlotLog.Unknown(Throwable cause) -> {
          if (++unknown == MAX_TRIES) {
            throw new StoreUnavailable(cause);
          }
          pause.about(RETRY_MILLIS);
        }
      }
    }
    return null;
  }

  private void apply(Entry entry) {
    if (!entry.messages().isEmpty()) {
      rows.writeMessages(entry);
      rows.writeKeysAndHeads(entry);
    }
  }

  private void learn(Entry entry) {
    for (Message message : entry.messages()) {
      heads.merge(message.conversationId(), message.seq(), Math::max);
    }
    // Its messages may go to another store here, and come back longer.
    entry.fences().forEach(heads::remove);
    known++;
    if (!entry.writer().equals(node)) {
      lastForeign = known;
    }
    follower.learn(entry);
  }

  private void tell() {
    boolean lonely = known - lastForeign > LONELY_AFTER;
    if (!lonely || known % LONELY_NOTE_EVERY == 0) {
      log.tellApplied(slot, known);
    }
    // In the middle of a segment, so that the newest whole one stays for those a little behind.
    long segment = log.segmentLength();
    if (known % segment == segment / 2 && known > segment) {
      trim(known - known % segment - 1);
    }
  }

  /// Trims whole segments up to `to`. Noted as applied first, so that whoever finds them gone knows
  /// where to go on.
  private void trim(long to) {
    try {
      log.noteApplied(slot, known);
      long from = log.place(slot).trimmed() + 1;
      if (from <= to) {
        log.trim(slot, from, to);
      }
    } catch (StoreUnavailable e) {
      logger.debug("slot {} is trimmed another time: {}", slot, e.getCause().toString());
    }
  }

  /// Learns the entries up to `head`, and sees to it that they are applied.
  private void catchUp(long head) {
    while (known < head) {
      List<Entry> entries = log.read(slot, known + 1, head);
      if (entries.isEmpty()) {
        skipTrimmed();
        continue;
      }
      int applied = appliedByOthers(entries);
      for (int i = 0; i < entries.size(); i++) {
        if (i >= applied) {
          apply(entries.get(i));
        }
        learn(entries.get(i));
      }
      log.tellApplied(slot, known);
    }
  }

  /// Trimmed entries are applied, but what they said is gone: nothing remembered is worth anything.
  private void skipTrimmed() {
    long applied = log.place(slot).applied();
    if (applied <= known) {
      throw new StoreUnavailable(
          new IllegalStateException(
              "slot %d: position %d is occupied and not there".formatted(slot, known + 1)));
    }
    forget();
    known = applied;
  }

  private void forget() {
    heads.clear();
    follower.missed();
  }

  /// How many of them another node is known to have applied, waiting a little for it if it is
  /// perhaps just doing so.
  private int appliedByOthers(List<Entry> entries) {
    if (entries.getLast().writer().equals(node)) {
      return 0; // of this very node, which would know
    }
    long last = known + entries.size();
    long applied = log.place(slot).applied();
    for (int waits = 0; applied < last && waits < MAX_WAITS; waits++) {
      pause.about(WAIT_MILLIS);
      applied = log.place(slot).applied();
    }
    return Math.clamp(applied - known, 0, entries.size());
  }
}
