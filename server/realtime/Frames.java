package server.realtime;

import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.conversations.Memberships;
import server.http.ApiError;
import server.http.Faults;
import server.limits.Limit;
import server.limits.RateLimits;
import server.messages.Acknowledgement;
import server.messages.Acknowledging;
import server.messages.Batcher;

/// What happens when a socket opens, says something, and closes. Called on Jetty's threads; what
/// waits for a database goes elsewhere, and the socket's next frames wait when too much of it does.
final class Frames implements SocketHandler {
  private static final Logger log = LoggerFactory.getLogger(Frames.class);

  private final Realtime realtime;
  private final Hubs hubs;
  private final Batcher batcher;
  private final Acknowledging acknowledging;
  private final RateLimits limits;
  private final Resuming resuming;

  Frames(
      Realtime realtime,
      Hubs hubs,
      Batcher batcher,
      Acknowledging acknowledging,
      RateLimits limits) {
    this.realtime = realtime;
    this.hubs = hubs;
    this.batcher = batcher;
    this.acknowledging = acknowledging;
    this.limits = limits;
    this.resuming = new Resuming(hubs, acknowledging);
  }

  @Override
  public Flusher flusher() {
    return realtime.flusher();
  }

  @Override
  public ScheduledExecutorService timer() {
    return realtime.timer();
  }

  @Override
  public Pump pump(ClientSocket socket) {
    return new Pump(socket, hubs, resuming);
  }

  @Override
  public void opened(ClientSocket socket) {
    realtime.opened(socket);
  }

  @Override
  public void closed(ClientSocket socket) {
    realtime.closed(socket);
  }

  @Override
  public ApiError fault(RuntimeException e) {
    return Faults.answer(e);
  }

  @Override
  public void received(ClientSocket socket, ClientFrame frame) {
    switch (frame) {
      case ClientFrame.Send send -> send(socket, send);
      case ClientFrame.Acknowledge ack -> acknowledge(socket, ack);
      case ClientFrame.Typing typing -> type(socket, typing);
      case ClientFrame.Resume resume -> socket.pump().resume(resume);
      case ClientFrame.Ping ping -> socket.answer(new ServerFrame.Pong(ping.id(), Instant.now()));
    }
  }

  private void send(ClientSocket socket, ClientFrame.Send send) {
    limits.take(Limit.SEND, socket.userId(), socket.address());
    socket.answerDue();
    batcher.offer(send.draft(socket.caller()), new SocketSender(socket, send));
  }

  /// What this socket was or could be sent needs no look into the database.
  private void acknowledge(ClientSocket socket, ClientFrame.Acknowledge ack) {
    Subscription subscription = socket.subscriptions().get(ack.conversationId());
    long known = subscription == null ? -1 : subscription.readable();
    if (ack.seq() <= known) {
      acknowledge(socket, ack, known);
    } else {
      lookUp(socket, ack, () -> acknowledge(socket, ack, 0));
    }
  }

  private void acknowledge(ClientSocket socket, ClientFrame.Acknowledge ack, long known) {
    var acknowledgement =
        new Acknowledgement(
            ack.conversationId(),
            socket.userId(),
            socket.caller().deviceId(),
            ack.seq(),
            ack.read() ? ack.seq() : 0);
    acknowledging
        .acknowledge(acknowledgement, known)
        .exceptionally(e -> {
          if (e instanceof ApiError refused) { // what the store could not take is tried again
            socket.refuse(ack.id(), refused);
          }
          return null;
        });
    Subscription subscription = socket.subscriptions().get(ack.conversationId());
    if (subscription != null) {
      socket.acknowledged(subscription, ack.seq());
    }
  }

  private void type(ClientSocket socket, ClientFrame.Typing typing) {
    Subscription subscription = socket.subscriptions().get(typing.conversationId());
    int members = subscription == null ? -1 : subscription.hub.members();
    if (members < 0) {
      lookUp(socket, typing, () -> lookUpAndType(socket, typing));
    } else if (!subscription.activeNow()) {
      throw ApiError.notAMember();
    } else if (members <= PresenceBoard.MAX_MEMBERS) {
      realtime.type(socket, typing);
    }
  }

  private void lookUpAndType(ClientSocket socket, ClientFrame.Typing typing) {
    Memberships.Members members = hubs.memberships().members(typing.conversationId());
    Set<UUID> users = Set.copyOf(members.userIds());
    Hub hub = hubs.find(typing.conversationId());
    if (hub != null) {
      hub.membersChanged(members.version(), users); // so that it knows the next time
    }
    if (!users.contains(socket.userId())) {
      throw ApiError.notAMember();
    }
    if (members.userIds().size() <= PresenceBoard.MAX_MEMBERS) {
      realtime.type(socket, typing);
    }
  }

  /// Does what needs a database; a refusal goes to the client.
  private void lookUp(ClientSocket socket, ClientFrame frame, Runnable step) {
    socket.answerDue();
    hubs.later(
        0,
        () -> {
          ServerFrame answer = null;
          try {
            hubs.reads()
                .take(() -> {
                  step.run();
                  return null;
                });
          } catch (RuntimeException e) {
            log.debug("a frame was refused", e);
            answer = new ServerFrame.Refused(frame.id(), fault(e));
          } finally {
            socket.answered(answer);
          }
        });
  }
}
