package server.realtime;

import server.http.ApiError;
import server.messages.Appended;
import server.messages.Batcher;
import server.messages.Draft;

/// Tells a socket what became of its send.
record SocketSender(ClientSocket socket, ClientFrame.Send send) implements Batcher.Sender {
  @Override
  public void answered(Draft draft, Appended answer) {
    socket.answered(
        switch (answer) {
          case Appended.Stored stored ->
              new ServerFrame.Sent(
                  send.id(),
                  draft.conversationId(),
                  draft.clientMessageId(),
                  stored.seq(),
                  stored.sentAt());
          case Appended.Refused refused -> new ServerFrame.Refused(send.id(), refused.error());
        });
  }

  @Override
  public void failed(Draft draft, ApiError error) {
    socket.answered(new ServerFrame.Refused(send.id(), error));
  }
}
