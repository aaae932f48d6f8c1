package server.realtime;

import static migrate.generated.Tables.CONVERSATIONS;
import static migrate.generated.Tables.MEMBERS;

import io.lettuce.core.ScriptOutputType;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jooq.DSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.redis.Redis;
import server.redis.RedisAway;
import server.redis.Script;

/// Who is online: a user with a socket on any node. Kept in Redis, where it may be lost: each node
/// renews its users, a node that dies is forgotten after [#BELIEVED_MILLIS].
///
/// A user who comes is announced to the members of its conversations, and whoever of those is
/// online is told to it in return, so that both sides know, whoever was first.
final class PresenceBoard {
  /// Conversations above this many members carry neither presence nor typing.
  static final int MAX_MEMBERS = 100;

  private static final int MAX_CONVERSATIONS =
      200; // the most active ones; others' members are not told
  private static final long BELIEVED_MILLIS = 90_000;
  private static final long RENEW_MILLIS = 30_000;
  private static final Script JOIN = Script.beside(PresenceBoard.class, "presence_join.lua");
  private static final Script LEAVE = Script.beside(PresenceBoard.class, "presence_leave.lua");
  private static final Logger log = LoggerFactory.getLogger(PresenceBoard.class);

  private final Redis redis;
  private final String namespace;
  private final UUID node;
  private final Bus bus;
  private final Hubs hubs;
  private final Sockets sockets;
  private final DSLContext dsl;

  PresenceBoard(
      Redis redis,
      String namespace,
      UUID node,
      Bus bus,
      Hubs hubs,
      Sockets sockets,
      DSLContext dsl) {
    this.redis = redis;
    this.namespace = namespace;
    this.node = node;
    this.bus = bus;
    this.hubs = hubs;
    this.sockets = sockets;
    this.dsl = dsl;
  }

  void start() {
    hubs.timer()
        .scheduleAtFixedRate(
            () -> hubs.blocking().execute(this::renew),
            RENEW_MILLIS,
            RENEW_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  /// A user's first socket here was opened. Blocks.
  void came(UUID userId) {
    if (script(JOIN, userId, Long.toString(BELIEVED_MILLIS))) {
      announce(userId, true);
    }
  }

  /// A user's last socket here is gone. Blocks.
  void left(UUID userId) {
    if (!sockets.hasUser(userId) && script(LEAVE, userId)) {
      announce(userId, false);
    }
  }

  private boolean script(Script script, UUID userId, String... more) {
    String[] arguments = new String[more.length + 1];
    arguments[0] = node.toString();
    System.arraycopy(more, 0, arguments, 1, more.length);
    try {
      Long changed = script.call(redis, ScriptOutputType.INTEGER, key(userId), arguments);
      return changed == 1;
    } catch (RedisAway _) {
      return false; // presence may be lost
    }
  }

  private String key(UUID userId) {
    return namespace + ":presence:" + userId;
  }

  private void renew() {
    try {
      for (UUID user : sockets.users()) {
        script(JOIN, user, Long.toString(BELIEVED_MILLIS));
      }
    } catch (RuntimeException e) {
      log.warn("presence was not renewed: {}", e.toString());
    }
  }

  private void announce(UUID userId, boolean online) {
    List<UUID> conversations =
        dsl.select(MEMBERS.CONVERSATION_ID)
            .from(MEMBERS)
            .join(CONVERSATIONS)
            .on(CONVERSATIONS.CONVERSATION_ID.eq(MEMBERS.CONVERSATION_ID))
            .where(MEMBERS.USER_ID.eq(userId))
            .and(MEMBERS.LEFT_SEQ.isNull())
            .and(CONVERSATIONS.MEMBER_COUNT.le(MAX_MEMBERS))
            .orderBy(CONVERSATIONS.LAST_ACTIVITY_AT.desc())
            .limit(MAX_CONVERSATIONS)
            .fetch(MEMBERS.CONVERSATION_ID);
    var changed = new BusEvent.PresenceChanged(userId, online, conversations);
    bus.publish(changed);
    heard(changed);
  }

  /// A user came or left, here or elsewhere: tells this node's sockets that share a conversation.
  void heard(BusEvent.PresenceChanged changed) {
    Set<ClientSocket> concerned = new HashSet<>();
    for (UUID conversation : changed.conversations()) {
      Hub hub = hubs.find(conversation);
      if (hub != null) {
        hub.forEach(subscription -> {
          if (subscription.active() && !subscription.socket.userId().equals(changed.userId())) {
            concerned.add(subscription.socket);
          }
        });
      }
    }
    var frame = new SharedFrame(new ServerFrame.Presence(changed.userId(), changed.online()));
    concerned.forEach(socket -> socket.tell(frame));
    if (changed.online() && !concerned.isEmpty()) {
      List<UUID> online = concerned.stream().map(ClientSocket::userId).distinct().toList();
      var told = new BusEvent.PresenceTold(changed.userId(), online);
      bus.publish(told);
      heard(told);
    }
    bus.flush();
  }

  /// Who is online, for a user that has just come.
  void heard(BusEvent.PresenceTold told) {
    for (ClientSocket socket : sockets.ofUser(told.to())) {
      for (UUID user : told.online()) {
        socket.tell(new SharedFrame(new ServerFrame.Presence(user, true)));
      }
    }
  }
}
