package migrate.move;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jooq.DSLContext;
import org.jooq.Record;

/// What movers say to all nodes of a system, and what these answer, by way of one PostgreSQL
/// database. As safe for threads as its context.
///
/// A word is a row, so that a node which was away reads it later; a NOTIFY only makes it quick.
public final class Words {
  /// The channel on which nodes listen.
  public static final String CHANNEL = "vyry_moves";

  /// A node tells that it lives four times in this time.
  public static final Duration SILENCE_LIMIT = Duration.ofSeconds(4);

  private static final String COLUMNS = "subject, epoch, command, move_id, url, patience_millis";

  private final DSLContext dsl;

  public Words(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// Says something to all nodes.
  ///
  /// @param url sealed, or null
  /// @return its epoch
  public long say(
      Subject subject, Word.Command command, UUID moveId, byte[] url, Duration patience) {
    return sayAtLeast(1, subject, command, moveId, url, patience);
  }

  /// The same with an epoch that is not below `epoch`: for a database that takes over from another.
  public long sayAtLeast(
      long epoch,
      Subject subject,
      Word.Command command,
      UUID moveId,
      byte[] url,
      Duration patience) {
    // One statement, one commit: between the words of a cut-over writes wait.
    return dsl.fetchSingle(
            "WITH said AS (INSERT INTO move_controls AS c"
                + " (subject, epoch, command, move_id, url, patience_millis)"
                + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE"
                + " SET epoch = greatest(c.epoch + 1, excluded.epoch),"
                + " command = excluded.command, move_id = excluded.move_id,"
                + " url = excluded.url, patience_millis = excluded.patience_millis,"
                + " changed_at = clock_timestamp()"
                + " RETURNING subject, epoch)"
                + " SELECT epoch, pg_notify(?, subject || ' ' || epoch)::text FROM said",
            subject.toString(),
            epoch,
            command.toString(),
            moveId,
            url,
            (int) patience.toMillis(),
            CHANNEL)
        .get(0, long.class);
  }

  /// The newest word about this database; empty before the first.
  public Optional<Word> about(Subject subject) {
    return dsl.fetchOptional(
            "SELECT " + COLUMNS + " FROM move_controls WHERE subject = ?", subject.toString())
        .map(Words::word);
  }

  /// The newest word about each database.
  public List<Word> all() {
    return dsl.fetch("SELECT " + COLUMNS + " FROM move_controls").map(Words::word);
  }

  private static Word word(Record row) {
    return new Word(
        Subject.of(row.get(0, String.class)),
        row.get(1, long.class),
        Word.Command.of(row.get(2, String.class)),
        Optional.ofNullable(row.get(3, UUID.class)),
        Optional.ofNullable(row.get(4, byte[].class)),
        Duration.ofMillis(row.get(5, int.class)));
  }

  /// Says that this node lives.
  public void here(UUID node, String name) {
    dsl.execute(
        "INSERT INTO move_nodes (node_id, name) VALUES (?, ?)"
            + " ON CONFLICT (node_id) DO UPDATE SET seen_at = clock_timestamp()",
        node,
        name);
  }

  /// Says that this node is no more.
  public void gone(UUID node) {
    dsl.execute("DELETE FROM move_nodes WHERE node_id = ?", node);
  }

  /// A node's answer to a word. One that could not do what it was told begins with [#FAILED].
  public void answer(UUID node, Subject subject, long epoch, String answer) {
    dsl.execute(
        "INSERT INTO move_answers (node_id, subject, epoch, answer) VALUES (?, ?, ?, ?)"
            + " ON CONFLICT (node_id, subject) DO UPDATE SET epoch = excluded.epoch,"
            + " answer = excluded.answer, at = clock_timestamp()",
        node,
        subject.toString(),
        epoch,
        answer);
  }

  /// How the answer of a node begins that could not do what it was told.
  public static final String FAILED = "failed: ";

  /// What a node has said to a word.
  ///
  /// @param answer empty while it has not answered
  public record Answer(UUID node, String name, Optional<String> answer) {
    public boolean failed() {
      return answer.filter(text -> text.startsWith(FAILED)).isPresent();
    }
  }

  /// What each living node has said to this word: those that were heard of within [#SILENCE_LIMIT].
  public List<Answer> answers(Subject subject, long epoch) {
    return dsl.fetch(
            "SELECT n.node_id, n.name, a.answer FROM move_nodes n LEFT JOIN move_answers a"
                + " ON a.node_id = n.node_id AND a.subject = ? AND a.epoch = ?"
                + " WHERE n.seen_at > clock_timestamp() - make_interval(secs => ?)"
                + " OR a.answer IS NOT NULL" // it has moved meanwhile, and lives elsewhere
                + " ORDER BY n.name, n.node_id",
            subject.toString(),
            epoch,
            (double) SILENCE_LIMIT.toSeconds())
        .map(row ->
            new Answer(
                row.get(0, UUID.class),
                row.get(1, String.class),
                Optional.ofNullable(row.get(2, String.class))));
  }
}
