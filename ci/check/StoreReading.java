package ci.check;

import bench.client.Api;
import bench.cluster.Cluster;
import ci.check.History.Removal;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import migrate.schema.CqlSessions;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import tools.jackson.databind.JsonNode;

/// Reads what the store holds at the end of a run: all of each conversation by the HTTP history, as
/// its first member, and how many rows the database itself has.
final class StoreReading {
  private static final int PAGE = 200; // the most that a page may have
  private static final int BUCKET = 1024; // messages of a partition in CQL

  private final Fleet fleet;
  private final Cluster cluster;

  StoreReading(Fleet fleet, Cluster cluster) {
    this.fleet = fleet;
    this.cluster = cluster;
  }

  /// Fills the history's part of the store.
  void read(Map<Long, Removal> removals) throws IOException, InterruptedException {
    List<UUID> conversations = fleet.population.conversations();
    List<String> tokens = fleet.ask(Client::token);
    try (var api = new Api(fleet.servers.getFirst())) {
      Api.inParallel(
          conversations.size(),
          c -> {
            int device = fleet.population.members()[c][0] * Population.DEVICES_EACH;
            log(api, c, tokens.get(device));
            return c;
          });
    }
    var url = PostgresUrl.parse(cluster.postgres().url());
    try (var dsl = DSL.using(url.jdbcUrl(), url.user(), url.password())) {
      removals.forEach(
          (pair, removal) -> fleet.history.removals.put(pair, left(dsl, pair, removal)));
      if (cluster.cql().isEmpty()) {
        for (int c = 0; c < conversations.size(); c++) {
          fleet.history.counted[c] =
              dsl.fetchSingle(
                      "SELECT count(*) FROM messages WHERE conversation_id = ?",
                      conversations.get(c))
                  .get(0, Long.class);
        }
      }
    }
    if (cluster.cql().isPresent()) {
      countInCql(CqlUrl.parse(cluster.cql().get().url()), conversations);
    }
  }

  /// One conversation's list is written by one thread only.
  private void log(Api api, int c, String token) throws IOException, InterruptedException {
    String path = "/conversations/" + fleet.population.conversations().get(c) + "/messages";
    long after = 0;
    for (boolean more = true; more; ) {
      String from = path + "?after_seq=" + after + "&limit=" + PAGE;
      JsonNode page = Patient.ask(() -> api.get(from, token));
      for (JsonNode row : page.path("messages")) {
        after = row.path("seq").asLong();
        byte[] content = Base64.getDecoder().decode(row.path("content").asString());
        int message = fleet.content.read(content);
        int number = Content.number(message);
        if (number < 0 || number >= fleet.begun() || !isOf(number, row)) {
          message = Content.FOREIGN;
        }
        long sentAt = Instant.parse(row.path("sent_at").asString()).toEpochMilli();
        fleet.history.stored(c, after, message, sentAt);
      }
      more = page.path("has_more").asBoolean();
    }
  }

  /// Whether its sender is right. Its key is not asked for: a message stored again under another
  /// key is the same message twice.
  private boolean isOf(int message, JsonNode row) {
    UUID sender = fleet.device(fleet.senderOf(message)).deviceId();
    return row.path("sender_device_id").asString().equals(sender.toString());
  }

  private Removal left(DSLContext dsl, long pair, Removal removal) {
    Long seq =
        dsl.fetchSingle(
                "SELECT left_seq FROM members WHERE conversation_id = ? AND user_id = ?",
                fleet.population.conversations().get(History.first(pair)),
                fleet.device(History.second(pair) * Population.DEVICES_EACH).userId())
            .get(0, Long.class);
    // Not even removed, though it was answered: then whatever it sends is accepted too late.
    long left = seq == null ? Long.MAX_VALUE : seq;
    return new Removal(removal.askedMicros(), removal.answeredMicros(), left);
  }

  private void countInCql(CqlUrl url, List<UUID> conversations) {
    try (var session = CqlSessions.open(url)) {
      String count =
          "SELECT count(*) FROM "
              + url.keyspace()
              + ".messages WHERE conversation_id = ? AND bucket = ?";
      for (int c = 0; c < conversations.size(); c++) {
        long rows = 0;
        List<Long> buckets = new ArrayList<>();
        for (long bucket = 0; bucket <= fleet.history.stored[c].size() / BUCKET + 1; bucket++) {
          buckets.add(bucket);
        }
        for (long bucket : buckets) {
          var asked = SimpleStatement.newInstance(count, conversations.get(c), bucket);
          rows += session.execute(asked).one().getLong(0);
        }
        fleet.history.counted[c] = rows;
      }
    }
  }
}
