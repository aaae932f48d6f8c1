package server.messages.cql;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import server.messages.Appended;
import server.messages.Draft;
import server.messages.Message;
import server.messages.StoreUnavailable;

/// The commit protocol for one slot, as one node takes part in it. Any number of nodes may.
///
/// `known` is a position of the log; every entry up to it is in the tables, and this node has heard
/// of every one since it began to remember. An append stands on that: it looks its keys up in the
/// tables, takes its seqs from the heads, its senders' standing from the roster, and proposes an
/// entry at `known + 1` on condition that this is free. So all that it was judged by is still true
/// at the moment of the commit, or the condition fails, what got in between is learned, and it is
/// judged again.
///
/// - **No gap, no seq twice**: an entry's seqs follow the heads after all entries before it.
/// - **The same key, the same answer**: a key of an earlier entry is found in the tables, because
///   entries are applied before the next is proposed, or heard of while the append is under way.
/// - **No answer without a commit**: an append whose answer is lost is proposed again at the same
///   position, unchanged, until that is occupied; if this node sleeps until even the segment is
///   trimmed, what became of it stands in the tables.
/// - **Nothing from a removed member**: a change of members appends a fence while it holds the
///   conversation's row in PostgreSQL, and commits after it. A standing is remembered only as long
///   as no fence of its conversation is heard of, and is read again by waiting for that row. So
///   what stands before the fence was judged by the members before the change, what stands after it
///   by those after it, and the head at the fence is the last seq that a removed member may read.
/// - **A head means that all is there**: an entry's messages are written before its heads and keys,
///   and an entry is applied before the next one is proposed.
///
/// Thread-safe; `lock` guards everything. It is never held while PostgreSQL is asked: a change of
/// members holds its row while it waits for the lock.
final class Slot {
  /// Losing so often in a row means a broken log rather than bad luck: two nodes share the wins.
  private static final int MAX_LOSSES = 100;

  /// Tries of one append at one position, of a time-out each.
  private static final int MAX_TRIES = 3;

  /// How often members may change between their reading and the append.
  private static final int MAX_READINGS = 20;

  /// How long another node's entry is left to it before this node applies it too: it usually takes
  /// some milliseconds, and doing all of its writes again costs more than waiting.
  private static final int MAX_WAITS = 6;

  private static final int WAIT_MILLIS = 4;

  /// Of the pause after a lost place, which grows with each: so that all of several nodes get on.
  private static final int MAX_BACK_OFF_MILLIS = 20;

  private static final int RETRY_MILLIS = 50;

  /// Conversations whose head and members are remembered: some MB of heap for all slots.
  private static final int MAX_REMEMBERED = 4_096;

  /// Notes on progress are for other nodes; alone, they only shorten the next start.
  private static final int LONELY_NOTE_EVERY = 64;

  /// After so many entries without another node's this one is alone.
  private static final int LONELY_AFTER = 1_000;

  private static final long UNKNOWN = -1;

  private final int number;
  private final UUID node;
  private final SlotLog log;
  private final Rows rows;
  private final Roster roster;
  private final InstantSource clock;
  private final Pause pause;

  private final ReentrantLock lock = new ReentrantLock(true); // fair: a fence gets its turn
  private long known = UNKNOWN;
  private long lastForeign; // the last position that another node's entry was seen at
  private final Recent<UUID, Long> heads = new Recent<>(MAX_REMEMBERED);
  private final Recent<UUID, Roster.Standing> standings = new Recent<>(MAX_REMEMBERED);
  private final Set<Call> calls = new HashSet<>(); // those that must hear of what is learned

  /// @param node this node's, new at every start
  Slot(
      int number,
      UUID node,
      SlotLog log,
      Rows rows,
      Roster roster,
      InstantSource clock,
      Pause pause) {
    this.number = number;
    this.node = node;
    this.log = log;
    this.rows = rows;
    this.roster = roster;
    this.clock = clock;
    this.pause = pause;
  }

  /// Commits drafts of this slot's conversations as one entry. See [server.messages.MessageStore].
  ///
  /// @param drafts few enough for one entry
  List<Appended> append(List<Draft> drafts) {
    var call = new Call(drafts);
    lock.lock();
    try {
      calls.add(call);
      for (int readings = 0; readings <= MAX_READINGS; readings++) {
        Map<UUID, Set<UUID>> open = call.ask(standings);
        if (!open.isEmpty()) {
          remember(call.answered(unlocked(open)));
        }
        List<Appended> answers = call.standingsKnown() ? commit(call) : null;
        if (answers != null) {
          return answers;
        }
      }
      throw unsettled("its members changed " + MAX_READINGS + " times meanwhile");
    } finally {
      calls.remove(call);
      lock.unlock();
    }
  }

  /// Reads members without the lock.
  private Map<UUID, Roster.Standing> unlocked(Map<UUID, Set<UUID>> open) {
    lock.unlock();
    try {
      return roster.read(open);
    } finally {
      lock.lock();
    }
  }

  private void remember(Map<UUID, Roster.Standing> read) {
    read.forEach((conversation, standing) ->
        standings.merge(
            conversation,
            standing,
            (before, now) -> {
              if (before.version() != now.version()) {
                return now;
              }
              Set<UUID> both = new HashSet<>(before.members());
              both.addAll(now.members());
              return new Roster.Standing(now.version(), both);
            }));
  }

  /// Null when members changed and have to be read again.
  private List<Appended> commit(Call call) {
    boolean fresh = false; // whether the log's end was looked for since the call began
    for (int losses = 0; losses < MAX_LOSSES; losses++) {
      if (known == UNKNOWN) {
        locate();
        fresh = true;
      }
      if (!call.standingsKnown()) {
        return null;
      }
      if (!call.lookedUp()) {
        call.lookedUp(rows.firsts(call.keys()));
        fresh = false; // what was found may be of an entry that is being applied just now
      }
      Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
      Call.Judgement judged = call.judge(headsOf(call.conversations()), now);
      if (judged.messages().isEmpty()) {
        if (fresh || !judged.unsure()) {
          return judged.answers();
        }
        catchUp(log.head(number, known));
        fresh = true;
        continue;
      }
      var entry = new Entry(UUID.randomUUID(), node, micros(now), judged.messages(), List.of());
      call.propose(entry.id(), judged.answers());
      if (append(entry) || call.accepted() != null) {
        return judged.answers();
      }
      fresh = true;
      backOff(losses);
    }
    throw unsettled("others were faster " + MAX_LOSSES + " times");
  }

  /// Appends a fence.
  ///
  /// @return the conversation's last seq at that place of the log
  long fence(UUID conversation) {
    lock.lock();
    try {
      for (int losses = 0; losses < MAX_LOSSES; losses++) {
        if (known == UNKNOWN) {
          locate();
        }
        long head = headsOf(Set.of(conversation)).get(conversation);
        long micros = micros(clock.instant());
        var entry = new Entry(UUID.randomUUID(), node, micros, List.of(), List.of(conversation));
        if (append(entry)) {
          return head;
        }
        backOff(losses);
      }
      throw unsettled("others were faster " + MAX_LOSSES + " times");
    } finally {
      lock.unlock();
    }
  }

  private void backOff(int losses) {
    if (losses > 0) {
      pause.about(Math.min(2 * losses, MAX_BACK_OFF_MILLIS));
    }
  }

  private static long micros(Instant instant) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, instant);
  }

  /// The last seqs as of `known`.
  private Map<UUID, Long> headsOf(Set<UUID> conversations) {
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
      // Another node may have gone on meanwhile; then the position is taken, and this is redone.
      Map<UUID, Long> read = rows.heads(missing);
      for (UUID conversation : missing) {
        long head = read.getOrDefault(conversation, 0L);
        heads.put(conversation, head);
        found.put(conversation, head);
      }
    }
    return found;
  }

  /// Appends after `known` and applies. False when another entry, or an earlier try of this one,
  /// has the place; then that is learned, and maybe more.
  private boolean append(Entry entry) {
    long position = known + 1;
    RuntimeException cause = null;
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      switch (log.append(number, position, entry)) {
        case SlotLog.Added _ -> {
          apply(entry);
          learn(position, entry);
          tell(position);
          return true;
        }
        case SlotLog.Taken(long head) -> {
          catchUp(head);
          return false;
        }
        case SlotLog.Unknown(RuntimeException unknown) -> {
          cause = unknown;
          pause.about(RETRY_MILLIS);
        }
      }
    }
    throw new StoreUnavailable(cause);
  }

  private void apply(Entry entry) {
    if (!entry.messages().isEmpty()) {
      rows.writeMessages(entry);
      rows.writeKeysAndHeads(entry);
    }
  }

  private void learn(long position, Entry entry) {
    for (Message message : entry.messages()) {
      heads.merge(message.conversationId(), message.seq(), Math::max);
    }
    entry.fences().forEach(standings::remove);
    calls.forEach(call -> call.learn(entry));
    known = position;
    if (!entry.writer().equals(node)) {
      lastForeign = position;
    }
  }

  private void tell(long position) {
    boolean lonely = position - lastForeign > LONELY_AFTER;
    if (!lonely || position % LONELY_NOTE_EVERY == 0) {
      log.tellApplied(number, position);
    }
    // In the middle of a segment, so that the newest whole one stays for those a little behind.
    long segment = log.segmentLength();
    if (position % segment == segment / 2 && position > segment) {
      log.trim(number, position);
    }
  }

  /// Finds out where the log is.
  private void locate() {
    forget();
    known = log.place(number).applied();
    long head = known;
    try {
      head = log.head(number, known);
      catchUp(head);
    } catch (RuntimeException e) {
      known = UNKNOWN;
      throw e;
    }
    lastForeign = head; // perhaps another node is at it
  }

  private void forget() {
    heads.clear();
    standings.clear();
    calls.forEach(Call::missed);
  }

  /// Learns the entries up to `head`, and sees to it that they are applied.
  private void catchUp(long head) {
    while (known < head) {
      List<Entry> entries = log.read(number, known + 1, head);
      if (entries.isEmpty()) {
        skipTrimmed();
        continue;
      }
      int applied = appliedByOthers(entries);
      for (int i = 0; i < entries.size(); i++) {
        if (i >= applied) {
          apply(entries.get(i));
        }
        learn(known + 1, entries.get(i));
      }
      log.tellApplied(number, known);
    }
  }

  /// Trimmed entries are applied, but what they said is gone: nothing remembered is worth anything.
  private void skipTrimmed() {
    long applied = log.place(number).applied();
    if (applied <= known) {
      throw unsettled("position " + (known + 1) + " of the log is occupied and not there");
    }
    forget();
    known = applied;
  }

  /// How many of them another node is known to have applied, waiting a little for it if it is
  /// perhaps just doing so.
  private int appliedByOthers(List<Entry> entries) {
    if (entries.getLast().writer().equals(node)) {
      return 0; // of this very node, which would know
    }
    long last = known + entries.size();
    long applied = log.place(number).applied();
    for (int waits = 0; applied < last && waits < MAX_WAITS; waits++) {
      pause.about(WAIT_MILLIS);
      applied = log.place(number).applied();
    }
    return Math.clamp(applied - known, 0, entries.size());
  }

  private StoreUnavailable unsettled(String why) {
    return new StoreUnavailable(
        new IllegalStateException("slot " + number + " at position " + known + ": " + why));
  }
}
