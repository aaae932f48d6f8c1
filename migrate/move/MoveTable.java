package migrate.move;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;

/// The rows of moves, in the PostgreSQL database that decides a move's outcome.
///
/// Each call is one statement, and with a context that is in a transaction a part of it. What a
/// mover changes is only changed while it is still the mover. A value: as safe for threads as its
/// context.
public final class MoveTable {
  private static final String COLUMNS =
      "move_id, subject, phase, source, target, mover, started_at, changed_at";

  private final DSLContext dsl;

  public MoveTable(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// The move of this subject that is under way.
  public Optional<Move> underWay(Subject subject) {
    return dsl.fetchOptional(
            "SELECT "
                + COLUMNS
                + " FROM moves WHERE subject = ?"
                + " AND phase NOT IN ('finished', 'rolled-back', 'aborted')",
            subject.toString())
        .map(MoveTable::move);
  }

  /// The newest move of this subject, also one that is over.
  public Optional<Move> newest(Subject subject) {
    return dsl.fetchOptional(
            "SELECT "
                + COLUMNS
                + " FROM moves WHERE subject = ? ORDER BY started_at DESC, move_id LIMIT 1",
            subject.toString())
        .map(MoveTable::move);
  }

  public Optional<Move> find(UUID id) {
    return dsl.fetchOptional("SELECT " + COLUMNS + " FROM moves WHERE move_id = ?", id)
        .map(MoveTable::move);
  }

  /// Begins a move, with its mover as number 1.
  ///
  /// @param source without its password, as `target`
  /// @throws TakenOver when one of this subject is under way
  public Move begin(UUID id, Subject subject, String source, String target) {
    int added =
        dsl.execute(
            "INSERT INTO moves (move_id, subject, phase, source, target, mover)"
                + " VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO NOTHING",
            id,
            subject.toString(),
            Phase.PLANNED.toString(),
            source,
            target);
    if (added == 0) {
      throw new TakenOver(
          "a move of %s is under way: --resume goes on with it, --status tells, --abort ends it"
              .formatted(subject));
    }
    event(id, "phase", Phase.PLANNED.toString());
    return find(id).orElseThrow();
  }

  /// Makes the caller the mover: whoever was it can't change the move any more.
  public Move takeOver(Move move) {
    dsl.execute(
        "UPDATE moves SET mover = mover + 1, mover_seen_at = clock_timestamp() WHERE move_id = ?",
        move.id());
    return find(move.id()).orElseThrow();
  }

  /// Goes from one phase to the next: the one statement by which a move changes.
  ///
  /// @throws TakenOver when it is not in that phase, or the caller is not its mover, any more
  public Move advance(Move move, Phase to) {
    Optional<Move> changed =
        dsl.fetchOptional(
                "WITH changed AS (UPDATE moves SET phase = ?, changed_at = clock_timestamp(),"
                    + " mover_seen_at = clock_timestamp()"
                    + " WHERE move_id = ? AND phase = ? AND mover = ? RETURNING "
                    + COLUMNS
                    + "), told AS (INSERT INTO move_events (move_id, event, detail)"
                    + " SELECT move_id, 'phase', phase FROM changed)"
                    + " SELECT "
                    + COLUMNS
                    + " FROM changed",
                to.toString(),
                move.id(),
                move.phase().toString(),
                move.mover())
            .map(MoveTable::move);
    return changed.orElseThrow(() ->
        new TakenOver(
            "the move was %s and was to be %s, and is %s now: see --status, then --resume"
                .formatted(
                    move.phase(),
                    to,
                    find(move.id()).map(m -> m.phase().toString()).orElse("gone"))));
  }

  /// The same by anybody, who need not be the mover: for a node that has waited too long.
  ///
  /// @return whether it was in that phase
  public boolean turnBack(UUID id, Phase from, Phase to, String who) {
    int changed =
        dsl.execute(
            "UPDATE moves SET phase = ?, changed_at = clock_timestamp()"
                + " WHERE move_id = ? AND phase = ?",
            to.toString(),
            id,
            from.toString());
    if (changed > 0) {
      event(id, "phase", to + ", by " + who);
    }
    return changed > 0;
  }

  /// Says that its mover lives.
  ///
  /// @throws TakenOver when the caller is not its mover any more
  public void beat(Move move) {
    if (dsl.execute(
            "UPDATE moves SET mover_seen_at = clock_timestamp() WHERE move_id = ? AND mover = ?",
            move.id(),
            move.mover())
        == 0) {
      throw new TakenOver("another mover has taken the move over: let it go on, see --status");
    }
  }

  /// Remembers something; the later value counts.
  public void put(UUID id, String name, String value) {
    dsl.execute(
        "INSERT INTO move_facts (move_id, name, value) VALUES (?, ?, ?)"
            + " ON CONFLICT (move_id, name) DO UPDATE SET value = excluded.value",
        id,
        name,
        value);
  }

  public Optional<String> fact(UUID id, String name) {
    return dsl.fetchOptional(
            "SELECT value FROM move_facts WHERE move_id = ? AND name = ?", id, name)
        .map(row -> row.get(0, String.class));
  }

  /// All whose names begin with `prefix`, in the order of their names.
  public Map<String, String> facts(UUID id, String prefix) {
    Map<String, String> facts = new LinkedHashMap<>();
    dsl.fetch(
            "SELECT name, value FROM move_facts WHERE move_id = ? AND starts_with(name, ?)"
                + " ORDER BY name",
            id,
            prefix)
        .forEach(row -> facts.put(row.get(0, String.class), row.get(1, String.class)));
    return facts;
  }

  public void forget(UUID id, String name) {
    dsl.execute("DELETE FROM move_facts WHERE move_id = ? AND name = ?", id, name);
  }

  /// A line of the move's time line.
  public void event(UUID id, String event, String detail) {
    dsl.execute(
        "INSERT INTO move_events (move_id, event, detail) VALUES (?, ?, ?)", id, event, detail);
  }

  /// The time line, in order.
  public List<MoveEvent> events(UUID id) {
    return dsl.fetch("SELECT at, event, detail FROM move_events WHERE move_id = ? ORDER BY at", id)
        .map(row ->
            new MoveEvent(
                row.get(0, OffsetDateTime.class).toInstant(),
                row.get(1, String.class),
                row.get(2, String.class)));
  }

  /// What people are told of a move, in that order.
  public Map<String, Object> told(Move move) {
    var told = new LinkedHashMap<String, Object>();
    told.put("move", move.id().toString());
    told.put("phase", move.phase().toString());
    told.put("source", move.source());
    told.put("target", move.target());
    told.put("started", move.startedAt().truncatedTo(ChronoUnit.SECONDS).toString());
    told.put("changed", Duration.between(move.changedAt(), Instant.now()).toSeconds() + " s ago");
    fact(move.id(), "pause").ifPresent(pause -> told.put("pause", pause));
    told.put(
        "events",
        events(move.id()).stream()
            .map(e -> "%s %s %s".formatted(e.at(), e.event(), e.detail()).strip())
            .toList());
    return told;
  }

  private static Move move(Record row) {
    return new Move(
        row.get(0, UUID.class),
        Subject.of(row.get(1, String.class)),
        Phase.of(row.get(2, String.class)),
        row.get(3, String.class),
        row.get(4, String.class),
        row.get(5, long.class),
        row.get(6, OffsetDateTime.class).toInstant(),
        row.get(7, OffsetDateTime.class).toInstant());
  }
}
