package migrate.move.messages;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;

/// Says a word about messages, and waits until every living node has done what it says.
final class Telling {
  /// A node opens its sessions with the CQL database.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final long LOOK_MILLIS = 50;

  private final Words words;

  Telling(Words words) {
    this.words = words;
  }

  /// @throws EnvironmentError when a node could not, or did not answer though it lives
  void tell(Word.Command command, UUID move, byte[] sealed) {
    long epoch = words.say(Subject.MESSAGES, command, move, sealed, PATIENCE);
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      List<Words.Answer> answers = words.answers(Subject.MESSAGES, epoch);
      for (Words.Answer answer : answers) {
        if (answer.failed()) {
          throw new EnvironmentError(
              "node %s answered '%s': mend that, then --resume"
                  .formatted(answer.name(), answer.answer().orElseThrow()));
        }
      }
      List<String> silent =
          answers.stream().filter(a -> a.answer().isEmpty()).map(Words.Answer::name).toList();
      if (silent.isEmpty()) {
        return;
      }
      if (System.nanoTime() > until) {
        throw new EnvironmentError(
            "node %s lives and has not answered within %d s: see its log, then --resume"
                .formatted(String.join(", ", silent), PATIENCE.toSeconds()));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }
}
