package server.realtime;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ScheduledExecutorService;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.OutgoingEntry;
import server.conversations.Membership;
import server.conversations.Memberships;
import server.conversations.Role;
import server.http.ApiError;
import server.http.Caller;
import server.limits.ClientAddress;
import server.messages.Draft;
import server.messages.Message;
import server.messages.MessageStore;

/// The steps of the hot path that this package keeps to itself, one by one, for whoever measures
/// them. What is called here is what a node calls; nothing of a node uses it.
public final class HotPath {
  private HotPath() {}

  /// Encodings by their sub-protocol, `vyry.v1.json` or `vyry.v1.cbor`.
  private static Encoding encoding(String subProtocol) {
    Encoding encoding = Encoding.named(subProtocol);
    if (encoding == null) {
      throw new IllegalArgumentException("there is no encoding " + subProtocol);
    }
    return encoding;
  }

  /// A `send` frame's payload as the batcher takes it.
  ///
  /// @throws ApiError when it is not one of the contract
  public static Draft decodeSend(String subProtocol, byte[] payload, Caller sender) {
    return ((ClientFrame.Send) new FrameReader().read(encoding(subProtocol), payload))
        .draft(sender);
  }

  /// The payload of a `message` frame.
  public static byte[] encodeMessage(String subProtocol, Message message) {
    return encoding(subProtocol).encode(new ServerFrame.Delivery(message));
  }

  /// The payload with which a committed message passes Redis.
  public static byte[] encodeForRedis(UUID node, Message message, long membersVersion) {
    return BusCodec.encode(node, new BusEvent.Committed(message, membersVersion));
  }

  /// A conversation with one socket for each of some members, on connections that take everything
  /// at once and keep nothing: what it costs to hand messages on, without the kernel. For one
  /// thread, which also does the flushing.
  public static final class Room {
    private final UUID conversation;
    private final Hub hub;
    private final Flusher flusher = new Flusher(0);
    private final List<Connection> connections = new ArrayList<>();
    private final List<Subscription> subscriptions = new ArrayList<>();

    /// @param memberships is asked once, who the members are
    /// @param members each with a socket that is caught up
    public Room(
        Memberships memberships, UUID conversation, List<Caller> members, String subProtocol) {
      this.conversation = conversation;
      hub = new Hub(conversation, new Node(memberships));
      hub.membersUnknown();
      for (Caller member : members) {
        subscriptions.add(join(member, encoding(subProtocol)));
      }
    }

    private Subscription join(Caller member, Encoding encoding) {
      var socket =
          new ClientSocket(member, new ClientAddress("127.0.0.1", true), encoding, new Handler());
      var connection = new Connection();
      connections.add(connection);
      socket.opened(connection, null);
      Subscription subscription = hub.attach(socket);
      socket.subscriptions().put(conversation, subscription);
      var membership =
          new Membership(conversation, member.userId(), Role.MEMBER, 0, Membership.STILL_IN);
      if (!hub.place(subscription, new Start(membership, hub.membersVersion(), 0, 0, 0))
          || !hub.goLive(subscription)) {
        throw new IllegalStateException("a socket of " + conversation + " did not become live");
      }
      return subscription;
    }

    /// Hands on the next message of the conversation (`seq` 1, 2, 3 …) and writes it to every
    /// socket but its sender's.
    public void handOn(Message message) {
      hub.arrived(message, hub.membersVersion());
      while (flusher.flushOne()) {
        // one outbox for each turn
      }
    }

    /// Every socket has everything up to `seq`.
    public void acknowledge(long seq) {
      for (Subscription subscription : subscriptions) {
        subscription.socket.acknowledged(subscription, seq);
      }
    }

    /// Whether the socket at `place` may say something here: what is asked for each frame that
    /// needs no database.
    public boolean isMember(int place) {
      Subscription subscription = subscriptions.get(place).socket.subscriptions().get(conversation);
      return hub.members() >= 0 && subscription != null && subscription.activeNow();
    }

    /// Frames that the socket at `place` was written.
    public long frames(int place) {
      return connections.get(place).frames;
    }

    /// The payload that the socket at `place` was written last.
    public byte[] last(int place) {
      return BufferUtil.toArray(connections.get(place).last);
    }

    private final class Handler implements SocketHandler {
      private final Sources sources = new Node(null);

      @Override
      public Flusher flusher() {
        return flusher;
      }

      @Override
      public ScheduledExecutorService timer() {
        throw new UnsupportedOperationException("no socket is closed here");
      }

      @Override
      public Pump pump(ClientSocket socket) {
        return new Pump(socket, sources, null); // nothing resumes here
      }

      @Override
      public void opened(ClientSocket socket) {}

      @Override
      public void closed(ClientSocket socket) {}

      @Override
      public void received(ClientSocket socket, ClientFrame frame) {}

      @Override
      public ApiError fault(RuntimeException e) {
        throw e;
      }
    }
  }

  /// Knows the members and has no store: nothing is behind here.
  private record Node(Memberships memberships, Reads reads) implements Sources {
    Node(Memberships memberships) {
      this(memberships, new Reads(null, memberships, Runnable::run)); // nothing is read
    }

    @Override
    public MessageStore store() {
      throw new UnsupportedOperationException("a socket fell behind: acknowledge more often");
    }

    @Override
    public void later(long afterMillis, Runnable task) {
      task.run();
    }

    @Override
    public void attachNewcomers(UUID conversationId, Set<UUID> userIds) {}
  }

  /// Takes a frame and says at once that it was written.
  private static final class Connection extends CoreSession.Empty {
    private long frames;
    private ByteBuffer last;

    @Override
    public void sendFrame(OutgoingEntry entry) {
      frames++;
      last = entry.getFrame().getPayload();
      entry.getCallback().succeeded();
    }
  }
}
