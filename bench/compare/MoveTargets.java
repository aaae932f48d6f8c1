package bench.compare;

import bench.bare.CqlTwin;
import bench.cluster.Cluster;
import bench.cluster.ClusterOptions;
import bench.cluster.Stored;
import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import migrate.move.MoveProgress;
import migrate.move.Seal;
import migrate.move.messages.MessageSides;
import migrate.move.messages.MessagesMove;
import migrate.move.messages.Place;
import migrate.schema.Schema;

/// A move's copy of messages from PostgreSQL into CQL, beside a bare program over the driver that
/// writes the same rows into the same node and reads nothing.
final class MoveTargets {
  private static final int MESSAGES = 100_000; // some ten seconds for each turn
  private static final int STORED_BYTES = 352; // of each of them
  private static final int IN_FLIGHT = 256; // messages of the twin; more do not make it faster
  private static final Pattern COPIED = Pattern.compile("^copied: .* ([0-9,]+) messages/s$");

  private MoveTargets() {}

  static List<Line> messages(Measuring m) throws Exception {
    try (var cluster = Cluster.start(ClusterOptions.of(1))) {
      var postgres = PostgresUrl.parse(cluster.postgres().url());
      String node = cluster.anotherCql().url();
      CqlUrl warming = keyspace(node, 0);
      Stored.make(cluster.postgres().url(), MESSAGES);
      try (var twin = new CqlTwin(warming, STORED_BYTES)) {
        m.say("bare: %.0f messages/s", twin.flatOut(IN_FLIGHT, 0, Measuring.WARMUP_SECONDS));
        m.say("copied: %.0f messages/s", copied(postgres, warming));
        int[] turn = {0};
        var turns =
            Turns.of(
                () -> copied(postgres, keyspace(node, ++turn[0])),
                () -> twin.flatOut(IN_FLIGHT, Measuring.RUN_IN_SECONDS, m.seconds()));
        return List.of(
            Line.ratio(
                "move-messages",
                "messages/s copied into CQL beside bare writes of the driver",
                turns.ours(rate -> rate),
                turns.others(rate -> rate),
                ">= 0.6"));
      }
    }
  }

  private static CqlUrl keyspace(String node, int number) {
    CqlUrl url = CqlUrl.parse(node.replaceFirst("/([a-z_]+)$", "/$1_" + number));
    Schema.cql().up(url);
    return url;
  }

  /// Makes a move as far as its copy, and gives it up.
  ///
  /// @return messages a second
  private static double copied(PostgresUrl postgres, CqlUrl cql) {
    var rate = new AtomicReference<String>();
    var progress =
        new MoveProgress() {
          @Override
          public void say(String line) {
            Matcher copied = COPIED.matcher(line);
            if (copied.find()) {
              rate.set(copied.group(1).replace(",", ""));
              throw new Done();
            }
          }
        };
    var options = new MessagesMove.Options(Place.CQL, 100, 0, false, Duration.ZERO);
    var seal = Seal.of(Seal.DEVELOPMENT_SECRET);
    try (var move = new MessagesMove(postgres, cql, MessageSides.find(), seal, options, progress)) {
      try {
        move.start();
      } catch (Done _) {
        move.abort();
      }
    }
    return Double.parseDouble(rate.get());
  }

  /// The copy is done, and the rest of the move is not wanted.
  private static final class Done extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
