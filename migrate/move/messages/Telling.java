package migrate.move.messages;

import fixtures.urls.EnvironmentError;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import migrate.move.Subject;
import migrate.move.Word;
import migrate.move.Words;

/// Says a word about messages, and waits until every living node has done what it says.
final class Telling {
  /// A node opens its sessions with the CQL database.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /// One that opens its sessions may tell nothing for a while, also not that it lives.
  private static final Duration SILENT = Duration.ofSeconds(10);

  private static final long LOOK_MILLIS = 50;

  private final Words words;

  Telling(Words words) {
    this.words = words;
  }

  /// @return what each of them answered
  /// @throws EnvironmentError when a node could not, or did not answer though it lives
  List<String> tell(Word.Command command, UUID move, byte[] sealed) {
    long epoch = words.say(Subject.MESSAGES, command, move, sealed, PATIENCE);
    long begun = System.nanoTime();
    long until = begun + PATIENCE.toNanos();
    Map<UUID, String> awaited = new HashMap<>(); // those that lived when it was said
    while (true) {
      List<Words.Answer> answers = words.answers(Subject.MESSAGES, epoch);
      for (Words.Answer answer : answers) {
        if (answer.failed()) {
          throw new EnvironmentError(
              "node %s answered '%s': mend that, then --resume"
                  .formatted(answer.name(), answer.answer().orElseThrow()));
        }
      }
      answers.forEach(a -> awaited.putIfAbsent(a.node(), a.name()));
      answers.stream().filter(a -> a.answer().isPresent()).forEach(a -> awaited.remove(a.node()));
      Set<UUID> living = answers.stream().map(Words.Answer::node).collect(Collectors.toSet());
      if (System.nanoTime() - begun > SILENT.toNanos()) {
        awaited.keySet().retainAll(living); // the others have died
      }
      if (awaited.isEmpty()) {
        return answers.stream().flatMap(answer -> answer.answer().stream()).toList();
      }
      if (System.nanoTime() > until) {
        throw new EnvironmentError(
            "node %s lives and has not answered within %d s: see its log, then --resume"
                .formatted(String.join(", ", awaited.values()), PATIENCE.toSeconds()));
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS));
    }
  }
}
