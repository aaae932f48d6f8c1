package server.messages;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.ErrorCode;
import server.http.Json;
import server.http.Routes;

/// Sending by HTTP: the same batcher as the sockets', and a wait for its answer.
public final class SendRoutes implements Routes {
  /// Longer than the store's statement time-out, so that it speaks first.
  private static final long MAX_WAIT_SECONDS = 10;

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
      return answer.get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof ApiError error
          ? error
          : new IllegalStateException(e.getCause());
    } catch (TimeoutException | InterruptedException e) {
      throw new ApiError(
          ErrorCode.UNAVAILABLE, "no answer yet; send it again with the same client_message_id", 1);
    }
  }
}
