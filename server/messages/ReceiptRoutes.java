package server.messages;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import server.conversations.Memberships;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.ErrorCode;
import server.http.Json;
import server.http.PageCursor;
import server.http.Routes;

/// How far each device of a conversation is, and when a message reached it.
public final class ReceiptRoutes implements Routes {
  private static final String PATH = API + "/conversations/{conversation_id}/receipts";
  static final int MAX_PAGE = 200;
  static final int DEFAULT_PAGE = 100;

  /// Longer than the statement timeout, so that a slow database says so itself.
  private static final int MAX_WAIT_SECONDS = 10;

  private final Memberships memberships;
  private final MessageStore messages;
  private final Acknowledging acknowledging;

  public ReceiptRoutes(
      Memberships memberships, MessageStore messages, Acknowledging acknowledging) {
    this.memberships = memberships;
    this.messages = messages;
    this.acknowledging = acknowledging;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.post(PATH, this::acknowledge);
    routes.get(PATH, this::list);
  }

  private record Acknowledged(Long deliveredSeq, Long readSeq) {}

  private record View(
      UUID userId,
      UUID deviceId,
      long deliveredSeq,
      long readSeq,
      Instant deliveredAt,
      Instant readAt) {}

  private record Page(List<View> receipts, String nextCursor) {}

  private void acknowledge(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    Acknowledged body = Json.read(request, Acknowledged.class);
    if (body.deliveredSeq == null && body.readSeq == null) {
      throw ApiError.invalid(
          "neither \"delivered_seq\" nor \"read_seq\" is given; give at least one");
    }
    Caller caller = Caller.of(request);
    durable(
        acknowledging.acknowledge(
            new Acknowledgement(
                id,
                caller.userId(),
                caller.deviceId(),
                body.deliveredSeq == null ? 0 : body.deliveredSeq,
                body.readSeq == null ? 0 : body.readSeq),
            0));
    request.status(204);
  }

  private static void durable(Future<Void> written) {
    try {
      written.get(MAX_WAIT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(e.getCause());
    } catch (TimeoutException _) {
      throw away();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw away();
    }
  }

  private static ApiError away() {
    return new ApiError(
        ErrorCode.UNAVAILABLE, "the receipt may not have been stored yet; send it again");
  }

  private void list(Context request) {
    UUID id = Check.pathUuid(request, "conversation_id");
    int limit = (int) Check.queryLong(request, "limit", DEFAULT_PAGE, 1, MAX_PAGE);
    long seq = Check.queryLong(request, "seq", 0, 1, Long.MAX_VALUE);
    var cursor = PageCursor.read(request, PageCursor.List.RECEIPTS);
    Cursor after = null;
    if (cursor != null) {
      after = new Cursor(id, PageCursor.id(cursor), PageCursor.id(cursor), 0, 0);
    }
    long last = messages.heads(List.of(id)).getOrDefault(id, 0L);
    List<Receipt> page = messages.receipts(id, after, seq, limit + 1);
    // After the reads: who is a member now was one when they were true.
    memberships.member(id, Caller.of(request).userId());
    if (seq > last) {
      throw ApiError.invalid("\"seq\" is " + seq + "; the conversation's last message is " + last);
    }
    String next = null;
    if (page.size() > limit) {
      page = page.subList(0, limit);
      Cursor end = page.getLast().cursor();
      next = PageCursor.of(PageCursor.List.RECEIPTS, end.userId(), end.deviceId());
    }
    Json.write(request, 200, new Page(page.stream().map(ReceiptRoutes::view).toList(), next));
  }

  private static View view(Receipt receipt) {
    Cursor cursor = receipt.cursor();
    return new View(
        cursor.userId(),
        cursor.deviceId(),
        cursor.deliveredSeq(),
        cursor.readSeq(),
        receipt.deliveredAt(),
        receipt.readAt());
  }
}
