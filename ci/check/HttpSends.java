package ci.check;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Sends messages by HTTP and brings the answers back to the fleet's loop. Its methods are called
/// there and don't wait.
final class HttpSends implements AutoCloseable {
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
  private static final Duration LIMIT = Duration.ofSeconds(15); // the server's own is 10 s
  private static final JsonMapper JSON = new JsonMapper();

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(CONNECT_LIMIT)
          .build();
  private final Fleet fleet;

  HttpSends(Fleet fleet) {
    this.fleet = fleet;
  }

  /// The same after a while; nothing counts as under way until then.
  void later(int message, Client client, int server, long afterMillis) {
    fleet.loop.later(
        TimeUnit.MILLISECONDS.toNanos(afterMillis), () -> send(message, client, server, 0));
  }

  void send(int message, Client client, int server, int variant) {
    fleet.attempted(message, client.index, -1, server, true, variant);
    client.httpBegun();
    var to = fleet.servers.get(server);
    var conversation = fleet.population.conversations().get(fleet.conversationOf(message));
    var uri =
        URI.create(
            "http://%s:%d/api/v1/conversations/%s/messages"
                .formatted(to.getHostString(), to.getPort(), conversation));
    String body =
        JSON.writeValueAsString(
            Map.of(
                "client_message_id",
                fleet.content.key(message).toString(),
                "content",
                Base64.getEncoder().encodeToString(fleet.content.of(message, variant))));
    var request =
        HttpRequest.newBuilder(uri)
            .timeout(LIMIT)
            .header("Authorization", "Bearer " + client.token())
            .POST(BodyPublishers.ofString(body))
            .build();
    http.sendAsync(request, BodyHandlers.ofString())
        .whenComplete((answer, failure) ->
            fleet.loop.run(() -> {
              client.httpEnded();
              answered(message, client, answer, failure);
            }));
  }

  private void answered(
      int message, Client client, HttpResponse<String> answer, Throwable failure) {
    if (failure != null) {
      if (!(failure instanceof IOException || failure instanceof CompletionException)) {
        throw new IllegalStateException(failure);
      }
      fleet.unknown(message, null);
      return;
    }
    try {
      JsonNode body = JSON.readTree(answer.body());
      if (answer.statusCode() / 100 == 2) {
        fleet.sent(
            message,
            body.path("seq").asLong(),
            Instant.parse(body.path("sent_at").asString()).toEpochMilli());
      } else {
        String code = body.path("error_code").asString("NO_CODE_" + answer.statusCode());
        if (answer.statusCode() == 401) {
          client.logInAgain();
        }
        fleet.refused(message, code, body.path("retry_after_seconds").asLong(0));
      }
    } catch (JacksonException _) {
      fleet.unknown(message, "NO_JSON_" + answer.statusCode());
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
