package migrate.move.postgres;

import fixtures.urls.PostgresUrl;
import java.sql.SQLException;
import java.util.UUID;
import migrate.move.MoveTable;
import migrate.move.Phase;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;
import migrate.schema.PostgresSource;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;

/// Which of two databases is the one to write to, when the mover says nothing any more. The move's
/// row in the new database alone decides; who asks turns a cut-over that is under way back, so that
/// it can't happen any more.
public final class Outcome {
  private static final int CONNECT_SECONDS = 2;
  private static final int ANSWER_SECONDS = 3;

  private Outcome() {}

  /// Settles it, and makes known what it is, as the mover would have.
  ///
  /// @param here a session with the database whose word was `closing`
  /// @param other what that word is about
  /// @param who is told in the move's time line
  /// @return whether the other one is the database now; else this one still is
  /// @throws DataAccessException when it can't be found out: nothing is decided then, and writes
  ///   must go on waiting
  public static boolean conclude(DSLContext here, PostgresUrl other, Word closing, String who) {
    UUID move = closing.moveId().orElseThrow();
    var source = PostgresSource.of(other);
    source.setConnectTimeout(CONNECT_SECONDS);
    source.setSocketTimeout(ANSWER_SECONDS);
    try (var connection = source.getConnection()) {
      DSLContext there = DSL.using(connection, SQLDialect.POSTGRES);
      // The row stands in the move's target: on the way there that is the other database, on the
      // way back this one.
      boolean back = new MoveTable(here).find(move).isPresent();
      Phase phase = settle(back ? here : there, move, who);
      boolean moved = back ? phase == Phase.ROLLED_BACK : phase.onTarget();
      if (moved) {
        if (back) {
          Fence.lift(there);
        }
        open(there, closing);
      } else {
        Fence.lift(here);
      }
      follow(here, closing, moved ? Word.Command.MOVED : Word.Command.OPEN);
      return moved;
    } catch (SQLException e) {
      throw new DataAccessException("the other database can't be asked", e);
    }
  }

  private static Phase settle(DSLContext target, UUID move, String who) {
    var moves = new MoveTable(target);
    if (!moves.turnBack(move, Phase.FENCED, Phase.READY, who)) {
      moves.turnBack(move, Phase.FENCED_BACK, Phase.OBSERVING, who);
    }
    return moves.find(move).map(found -> found.phase()).orElse(Phase.ABORTED);
  }

  private static void open(DSLContext there, Word closing) {
    var words = new Words(there);
    if (words
        .about(Subject.POSTGRES)
        .filter(word -> word.command() == Word.Command.OPEN)
        .isEmpty()) {
      words.sayAtLeast(
          closing.epoch() + CutOver.EPOCHS_APART,
          Subject.POSTGRES,
          Word.Command.OPEN,
          closing.moveId().orElseThrow(),
          null,
          closing.patience());
    }
  }

  /// Unless somebody said something meanwhile.
  private static void follow(DSLContext here, Word closing, Word.Command command) {
    here.execute(
        "UPDATE move_controls SET command = ?, epoch = epoch + 1, changed_at = clock_timestamp()"
            + " WHERE subject = ? AND epoch = ?",
        command.toString(),
        Subject.POSTGRES.toString(),
        closing.epoch());
  }
}
