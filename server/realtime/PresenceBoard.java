package server.realtime;

import io.lettuce.core.ScriptOutputType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import server.redis.Redis;
import server.redis.RedisAway;
import server.redis.Script;

/// Who is online: a user with a socket on any node. Kept in Redis, where it may be lost: each node
/// renews its users, a node that dies is forgotten after [#BELIEVED_MILLIS].
///
/// A user who comes is announced to the members of its conversations, and whoever of those is
/// online is told to it in return, so that both sides know, whoever was first. What belongs to one
/// user is done one after the other.
final class PresenceBoard {
  /// Conversations above this many members carry neither presence nor typing.
  static final int MAX_MEMBERS = 100;

  private static final int MAX_CONVERSATIONS =
      200; // the most active ones; others' members are not told
  private static final int MAX_USERS = 200; // of one query
  private static final long BELIEVED_MILLIS = 90_000;
  static final long RENEW_MILLIS = 30_000;
  private static final Script JOIN = Script.beside(PresenceBoard.class, "presence_join.lua");
  private static final Script LEAVE = Script.beside(PresenceBoard.class, "presence_leave.lua");

  private final Redis redis;
  private final String namespace;
  private final UUID node;
  private final Bus bus;
  private final Hubs hubs;
  private final Sockets sockets;
  private final DSLContext dsl;
  private final Lanes lanes;
  private final Gathering<UUID, List<UUID>> told;

  PresenceBoard(
      Redis redis,
      String namespace,
      UUID node,
      Bus bus,
      Hubs hubs,
      Sockets sockets,
      DSLContext dsl,
      Executor threads) {
    this.redis = redis;
    this.namespace = namespace;
    this.node = node;
    this.bus = bus;
    this.hubs = hubs;
    this.sockets = sockets;
    this.dsl = dsl;
    this.lanes = new Lanes(task -> hubs.later(0, task));
    this.told = new Gathering<>(threads, MAX_USERS, users -> hubs.reads().take(() -> told(users)));
  }

  /// A socket of this user was opened here, or is gone.
  ///
  /// @param opened whether it wants to hear who is online
  void changed(UUID userId, boolean opened) {
    lanes.offer(userId, () -> settle(userId, opened));
  }

  /// Brings Redis in line with what is true by now, however late this comes.
  private void settle(UUID userId, boolean opened) {
    if (sockets.hasUser(userId)) {
      boolean news = script(JOIN, userId, Long.toString(BELIEVED_MILLIS));
      if (news || opened) {
        announce(userId, true, news);
      }
    } else if (script(LEAVE, userId)) {
      announce(userId, false, true);
    }
  }

  /// Says again that this node's users are here. To be called every [#RENEW_MILLIS]; a user of whom
  /// Redis knew nothing, because it was away or lost it, is announced.
  void renew() {
    sockets.users().forEach(user -> changed(user, false));
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

  private void announce(UUID userId, boolean online, boolean news) {
    List<UUID> conversations = told.one(userId);
    var changed = new BusEvent.PresenceChanged(userId, online, news, conversations);
    bus.publish(changed);
    heard(changed);
  }

  private static final String TOLD =
      """
      SELECT u.user_id, c.conversation_id FROM unnest({0}) AS u (user_id)
      CROSS JOIN LATERAL (
        SELECT m.conversation_id FROM members m JOIN conversations c USING (conversation_id)
        WHERE m.user_id = u.user_id AND m.left_seq IS NULL AND c.member_count <= {1}
        ORDER BY c.last_activity_at DESC LIMIT {2}) c
      """;

  private Map<UUID, List<UUID>> told(Set<UUID> users) {
    Map<UUID, List<UUID>> conversations = new HashMap<>();
    users.forEach(user -> conversations.put(user, new ArrayList<>()));
    dsl.resultQuery(
            TOLD,
            DSL.val(users.toArray(UUID[]::new)),
            DSL.val(MAX_MEMBERS),
            DSL.val(MAX_CONVERSATIONS))
        .forEach(row -> conversations.get(row.get(0, UUID.class)).add(row.get(1, UUID.class)));
    return conversations;
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
    if (changed.news()) {
      var frame = new SharedFrame(new ServerFrame.Presence(changed.userId(), changed.online()));
      concerned.forEach(socket -> socket.tell(frame));
    }
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
