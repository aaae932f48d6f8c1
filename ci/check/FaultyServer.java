package ci.check;

import ch.qos.logback.classic.Level;
import fixtures.urls.PostgresUrl;
import fixtures.urls.RedisUrl;
import fixtures.urls.Settings;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jooq.impl.DSL;
import server.messages.Appended;
import server.messages.Draft;
import server.messages.MessageStore;
import server.operations.Logging;
import server.operations.Node;
import server.operations.ServerSettings;

/// For tests of the checker: a server on PostgreSQL whose message store now and then breaks one
/// promise: the one in the file that the setting `FAULT` names, which may change.
final class FaultyServer {
  static final String SETTING = "FAULT";
  private static final int ONE_OF = 100; // messages

  enum Kind {
    /// What was stored and answered is deleted.
    DROP,
    /// Two neighbours of a conversation change places after they were answered.
    SWAP,
    /// A retry is stored again, under another key.
    FORGET
  }

  private FaultyServer() {}

  public static void main(String[] arguments) throws InterruptedException {
    Settings settings =
        Settings.ofThisProcess(ServerSettings.defaults(), Map.of("SERVER_PORT", arguments[1]));
    Logging.configure(Logging.Form.READABLE, Level.WARN);
    PostgresUrl postgres = settings.postgres().orElseThrow();
    RedisUrl redis = settings.redis().orElseThrow();
    UnaryOperator<MessageStore> around =
        real -> faulty(real, postgres, Path.of(System.getenv(SETTING)));
    Node.start(ServerSettings.of(settings), postgres, redis, around);
    Thread.currentThread().join(); // until it is killed
  }

  private static MessageStore faulty(MessageStore real, PostgresUrl postgres, Path kind) {
    return (MessageStore)
        Proxy.newProxyInstance(
            FaultyServer.class.getClassLoader(),
            new Class<?>[] {MessageStore.class},
            (_, method, arguments) -> {
              try {
                Object answer = method.invoke(real, arguments);
                if (method.getName().equals("append")) {
                  @SuppressWarnings("unchecked") // it is MessageStore's own signature
                  var drafts = (List<Draft>) arguments[0];
                  @SuppressWarnings("unchecked")
                  var answers = (List<Appended>) answer;
                  return spoiled(
                      real, postgres, Kind.valueOf(Files.readString(kind)), drafts, answers);
                }
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static List<Appended> spoiled(
      MessageStore real,
      PostgresUrl postgres,
      Kind kind,
      List<Draft> drafts,
      List<Appended> answers) {
    List<Appended> spoiled = new ArrayList<>(answers);
    for (int i = 0; i < drafts.size(); i++) {
      Draft draft = drafts.get(i);
      if (answers.get(i) instanceof Appended.Stored stored) {
        boolean chosen = ThreadLocalRandom.current().nextInt(ONE_OF) == 0;
        if (stored.repeated() && kind == Kind.FORGET) {
          spoiled.set(i, real.append(List.of(withKey(draft))).getFirst());
        } else if (chosen && kind == Kind.DROP) {
          execute(
              postgres,
              "DELETE FROM messages WHERE conversation_id = ? AND seq = ?",
              draft.conversationId(),
              stored.seq());
        } else if (chosen && kind == Kind.SWAP && stored.seq() > 1) {
          swap(postgres, draft.conversationId(), stored.seq());
        }
      }
    }
    return spoiled;
  }

  private static Draft withKey(Draft draft) {
    return new Draft(
        draft.conversationId(),
        draft.senderUserId(),
        draft.senderDeviceId(),
        UUID.randomUUID(),
        draft.replyToSeq(),
        draft.contentType(),
        draft.content());
  }

  private static void swap(PostgresUrl postgres, UUID conversation, long seq) {
    String move = "UPDATE messages SET seq = ? WHERE conversation_id = ? AND seq = ?";
    execute(postgres, move, -seq, conversation, seq);
    execute(postgres, move, seq, conversation, seq - 1);
    execute(postgres, move, seq - 1, conversation, -seq);
  }

  private static void execute(PostgresUrl url, String statement, Object... values) {
    try (var dsl = DSL.using(url.jdbcUrl(), url.user(), url.password())) {
      dsl.execute(statement, values);
    }
  }
}
