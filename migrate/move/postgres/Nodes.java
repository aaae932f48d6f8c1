package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import migrate.move.Move;
import migrate.move.Seal;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;

/// The servers, as a cut-over talks to them: by way of the database that they are to leave.
///
/// @param from where they are
/// @param to where they are to go
record Nodes(Session from, Session to, Seal seal) {
  private static final Duration PREPARING = Duration.ofSeconds(15); // they connect, and log in
  private static final long POLL_MILLIS = 1;

  /// Says something to all of them.
  ///
  /// @return the word's epoch
  long say(Word.Command command, Move move) {
    return new Words(from.dsl())
        .say(Subject.POSTGRES, command, move.id(), seal.close(to.url().text()), CutOver.PATIENCE);
  }

  /// What they answer to it: all of those that live, or as many as do within `limit`.
  List<Words.Answer> answers(long word, Duration limit) {
    var words = new Words(from.dsl());
    long end = System.nanoTime() + limit.toNanos();
    for (; ; ) {
      List<Words.Answer> answers = words.answers(Subject.POSTGRES, word);
      boolean all = answers.stream().allMatch(a -> a.answer().isPresent());
      if (all || System.nanoTime() - end > 0) {
        return answers;
      }
      Pause.millis(POLL_MILLIS);
    }
  }

  static Optional<Words.Answer> failed(List<Words.Answer> answers) {
    return answers.stream().filter(Words.Answer::failed).findFirst();
  }

  /// Has them open connections to the other side.
  ///
  /// @return how many did
  /// @throws EnvironmentError when one can't, or is too old to be told; nothing has changed then
  int prepare(Move move) {
    List<Words.Answer> prepared = answers(say(Word.Command.PREPARE, move), PREPARING);
    for (Words.Answer answer : prepared) {
      if (answer.failed() || answer.answer().isEmpty()) {
        say(Word.Command.OPEN, move);
        throw new EnvironmentError(
            "the server %s is not ready to move (%s): see that it reaches %s, then --resume"
                .formatted(answer.name(), answer.answer().orElse("no answer"), to.url().masked()));
      }
    }
    long sessions =
        from.number(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                + " AND application_name ~ '^vyry-.* schema [0-9]{4}$'");
    if (prepared.isEmpty() && sessions > 0) {
      say(Word.Command.OPEN, move);
      throw new EnvironmentError(
          "%d sessions of servers are open, and no server answers: end those that are too old to"
                  .formatted(sessions)
              + " follow, then --resume");
    }
    return prepared.size();
  }

  /// Ends the sessions of those that have not answered.
  void terminate() {
    from.dsl()
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                + " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                + " AND application_name LIKE 'vyry-%' AND application_name <> 'vyry-following'");
  }
}
