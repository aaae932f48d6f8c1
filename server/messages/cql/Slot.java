package server.messages.cql;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.Lock;
import server.messages.Appended;
import server.messages.Draft;
import server.messages.StoreUnavailable;

/// The commit protocol for one slot, as one node takes part in it. Any number of nodes may.
///
/// [LogEnd] knows the log up to a position, and all up to there is applied. An append stands on
/// that: it looks its keys up in the tables, takes its seqs from the heads, its senders' standing
/// from the roster, and proposes an entry at the next position on condition that this is free. So
/// all that it was judged by is still true at the moment of the commit, or the condition fails,
/// what got in between is learned, and it is judged again.
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
final class Slot implements LogEnd.Follower {
  /// Losing so often in a row means a broken log rather than bad luck: two nodes share the wins.
  private static final int MAX_LOSSES = 100;

  /// How often members may change between their reading and the append.
  private static final int MAX_READINGS = 20;

  /// Of the pause after a lost place, which grows with each: so that all of several nodes get on.
  private static final int MAX_BACK_OFF_MILLIS = 20;

  /// Conversations whose members are remembered: some MB of heap for all slots.
  private static final int MAX_STANDINGS = 4_096;

  private final int number;
  private final UUID node;
  private final Rows rows;
  private final Roster roster;
  private final InstantSource clock;
  private final Pause pause;
  private final Lock lock;
  private final LogEnd log;
  private final Recent<UUID, Roster.Standing> standings = new Recent<>(MAX_STANDINGS);
  private final Set<Call> calls = new HashSet<>(); // those that must hear of what is learned

  /// @param node this node's id, new at every start
  Slot(int number, UUID node, Ground ground) {
    this.number = number;
    this.node = node;
    this.rows = ground.rows();
    this.roster = ground.roster();
    this.clock = ground.clock();
    this.pause = ground.pause();
    this.lock = ground.locks().get();
    this.log = new LogEnd(number, node, ground, this);
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
    boolean fresh = false; // whether the log's end was looked for since the keys were looked up
    for (int losses = 0; losses < MAX_LOSSES; losses++) {
      if (!log.isKnown()) {
        log.locate();
      }
      if (!call.standingsKnown()) {
        return null;
      }
      if (!call.lookedUp()) {
        call.lookedUp(rows.firsts(call.keys()));
        fresh = false; // what was found may be of an entry that is being applied just now
      }
      Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
      Call.Judgement judged = call.judge(log.heads(call.conversationsHere()), now);
      if (judged.messages().isEmpty()) {
        if (fresh || !judged.unsure()) {
          return judged.answers();
        }
        log.refresh();
      } else {
        var entry = new Entry(UUID.randomUUID(), node, micros(now), judged.messages(), List.of());
        call.propose(entry.id());
        if (log.append(entry) || call.isAccepted()) {
          return judged.answers();
        }
        backOff(losses);
      }
      fresh = true;
    }
    throw unsettled("others were faster " + MAX_LOSSES + " times");
  }

  /// Appends a fence.
  ///
  /// @return the conversations' last seqs at that place of the log; 0 for none
  Map<UUID, Long> fence(Set<UUID> conversations) {
    lock.lock();
    try {
      if (!log.isKnown()) {
        log.locate();
      }
      long micros = micros(clock.instant());
      var entry = new Entry(UUID.randomUUID(), node, micros, List.of(), List.copyOf(conversations));
      Map<UUID, Long> heads = log.fence(entry, MAX_LOSSES);
      if (heads == null) {
        throw unsettled("others were faster " + MAX_LOSSES + " times");
      }
      return heads;
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

  @Override
  public void learn(Entry entry) {
    entry.fences().forEach(standings::remove);
    calls.forEach(call -> call.learn(entry));
  }

  @Override
  public void missed() {
    standings.clear();
    calls.forEach(Call::missed);
  }

  private StoreUnavailable unsettled(String why) {
    return new StoreUnavailable(
        new IllegalStateException("slot " + number + " at " + log.known() + ": " + why));
  }
}
