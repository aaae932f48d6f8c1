package server.messages.cql;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import server.messages.Draft;
import server.messages.Message;
import server.messages.StoreUnavailable;

/// One node's way to the model: lets others in between at every step, loses answers, and dies. A
/// new one is made when a node starts again.
final class ModelNode implements SlotLog, Rows, Roster {
  /// The node died at this step.
  static final class Crash extends Error {
    private static final long serialVersionUID = 1L;

    Crash() {
      super("crash", null, false, false);
    }
  }

  /// What goes wrong, and when.
  interface Faults {
    /// Whether the node dies here.
    boolean crash();

    /// Whether an answer is lost here.
    boolean lose();
  }

  private final ModelDatabase db;
  private final Turns turns;
  private final Random random;
  private final Faults faults;
  private final Slot slot;
  private boolean dead;

  ModelNode(ModelDatabase db, Turns turns, Random random, Faults faults, Bug bug) {
    this.db = db;
    this.turns = turns;
    this.random = random;
    this.faults = faults;
    Ground ground =
        new Ground(
            bug.log(this),
            bug.rows(this),
            bug.roster(this, db),
            () -> Instant.ofEpochMilli(turns.steps()), // what time it is changes nothing
            _ -> step(),
            Turned::new);
    this.slot = new Slot(0, new UUID(random.nextLong(), random.nextLong()), ground);
  }

  Slot slot() {
    return slot;
  }

  boolean isDead() {
    return dead;
  }

  /// Lets others in between; the node may be found dead on the way.
  void step() {
    die(faults.crash());
    turns.step();
    die(false);
    proposalsInLimbo();
  }

  private void die(boolean now) {
    dead |= now;
    if (dead) {
      throw new Crash();
    }
  }

  /// Some node's proposal whose answer was lost gets in late, or never does.
  private void proposalsInLimbo() {
    for (ModelDatabase.Limbo late : List.copyOf(db.limbo)) {
      if (random.nextInt(4) == 0) {
        db.limbo.remove(late);
        db.append(late.position(), late.entry());
      }
    }
  }

  private void mayLose() {
    if (faults.lose()) {
      throw new StoreUnavailable(new IllegalStateException("an answer was lost"));
    }
  }

  @Override
  public long segmentLength() {
    return ModelDatabase.SEGMENT;
  }

  @Override
  public Place place(int number) {
    step();
    mayLose();
    return db.place();
  }

  @Override
  public long head(int number, long from) {
    step();
    mayLose();
    return db.head();
  }

  @Override
  public Outcome append(int number, long position, Entry entry) {
    step();
    if (faults.lose()) {
      switch (random.nextInt(3)) {
        case 0 -> db.append(position, entry);
        case 1 -> db.limbo.add(new ModelDatabase.Limbo(position, entry));
        default -> {} // it never got there
      }
      return new Unknown(new IllegalStateException("the answer to an append was lost"));
    }
    boolean added = db.append(position, entry);
    step(); // it may die before it hears
    return added ? new Added() : new Taken(db.head());
  }

  @Override
  public List<Entry> read(int number, long from, long to) {
    step();
    mayLose();
    return db.read(from, to);
  }

  @Override
  public void tellApplied(int number, long position) {
    if (random.nextInt(3) > 0) { // or it is lost
      db.applied(position);
    }
  }

  @Override
  public void noteApplied(int number, long position) {
    step();
    db.applied(position);
    mayLose();
  }

  @Override
  public void trim(int number, long from, long to) {
    step();
    db.delete(from, to);
    mayLose();
    step();
    db.trimmed(to);
    mayLose();
  }

  @Override
  public Map<Draft.Key, First> firsts(Collection<Draft.Key> keys) {
    Map<Draft.Key, First> found = new HashMap<>();
    for (Draft.Key key : keys) {
      step();
      mayLose();
      if (db.first(key) != null) {
        found.put(key, db.first(key));
      }
    }
    return found;
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversations) {
    Map<UUID, Long> found = new HashMap<>();
    for (UUID conversation : conversations) {
      step();
      mayLose();
      if (db.head(conversation) > 0) {
        found.put(conversation, db.head(conversation));
      }
    }
    return found;
  }

  /// The rows in any order, and perhaps not all of them.
  @Override
  public void writeMessages(Entry entry) {
    written(entry.messages().stream().<Runnable>map(m -> () -> db.writeMessage(m)).toList());
  }

  @Override
  public void writeKeysAndHeads(Entry entry) {
    List<Runnable> rows = new ArrayList<>();
    Map<UUID, Long> last = new HashMap<>();
    for (Message message : entry.messages()) {
      rows.add(() -> db.writeKey(message));
      last.merge(message.conversationId(), message.seq(), Math::max);
    }
    last.forEach((conversation, seq) -> rows.add(() -> db.writeHead(conversation, seq)));
    written(rows);
  }

  private void written(List<Runnable> rows) {
    List<Runnable> shuffled = new ArrayList<>(rows);
    Collections.shuffle(shuffled, random);
    for (Runnable row : shuffled) {
      step();
      row.run();
      mayLose();
    }
  }

  @Override
  public Map<UUID, Standing> read(Map<UUID, Set<UUID>> users) {
    step();
    turns.until(() -> dead || users.keySet().stream().noneMatch(db::isLocked));
    die(false);
    mayLose();
    return standings(users.keySet());
  }

  Map<UUID, Standing> standings(Set<UUID> conversations) {
    Map<UUID, Standing> standings = new HashMap<>();
    conversations.forEach(id -> standings.put(id, new Standing(db.version(id), db.members(id))));
    return standings;
  }

  /// A lock for which one waits in turns; a dead node's is nobody's.
  private final class Turned implements Lock {
    private boolean held;

    @Override
    public void lock() {
      if (!dead) {
        turns.until(() -> dead || !held);
        held = true;
        die(false);
      }
    }

    @Override
    public void unlock() {
      held = false;
    }

    @Override
    public void lockInterruptibly() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryLock() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean tryLock(long time, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Condition newCondition() {
      throw new UnsupportedOperationException();
    }
  }
}
