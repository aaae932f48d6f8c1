package server.messages;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.Routes;

/// Sending by HTTP: the same batcher as the sockets', and a wait for its answer.
public final class SendRoutes implements Routes {
  private final Batcher batcher;

  public SendRoutes(Batcher batcher) {
    this.batcher = batcher;
  }

  private record NewMessage(
      String clientMessageId, byte[] content, String contentType, Long replyToSeq) {}

  private record Stored(UUID conversationId, long seq, Instant sentAt, UUID clientMessageId) {}

  @Override
  public void register(RoutesConfig routes) {
    routes.post(API + "/conversations/{conversation_id}/messages", this::send);
  }

  private void send(Context request) {
    Caller caller = Caller.of(request);
    UUID conversation = Check.pathUuid(request, "conversation_id");
    NewMessage message = Json.read(request, NewMessage.class);
    Draft draft =
        new Draft(
            conversation,
            caller.userId(),
            caller.deviceId(),
            Check.uuid("client_message_id", message.clientMessageId()),
            message.replyToSeq() == null
                ? 0
                : Check.within("reply_to_seq", message.replyToSeq(), 1, Long.MAX_VALUE),
            Check.optionalText("content_type", message.contentType(), Draft.MAX_CONTENT_TYPE_CHARS),
            Draft.checkedContent(message.content()));
    switch (append(draft)) {
      case Appended.Stored stored ->
          Json.write(
              request,
              stored.repeated() ? 200 : 201,
              new Stored(conversation, stored.seq(), stored.sentAt(), draft.clientMessageId()));
      case Appended.Refused refused -> throw refused.error();
    }
  }

  private Appended append(Draft draft) {
    var answer = new CompletableFuture<Appended>();
    batcher.offer(
        draft,
        new Batcher.Sender() {
          @Override
          public void answered(Draft of, Appended appended) {
            answer.complete(appended);
          }

          @Override
          public void failed(Draft of, ApiError error) {
            answer.completeExceptionally(error);
          }
        });
    try {
      return answer
          .join(); // the batcher answers every draft, in the store's time-out at the latest
    } catch (CompletionException e) {
      throw e.getCause() instanceof ApiError error ? error : e;
    }
  }
}
