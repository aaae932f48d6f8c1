package server.messages;

import fixtures.urls.CqlUrl;
import java.util.Optional;
import migrate.move.Seal;
import migrate.move.Word;
import migrate.move.messages.MessageWord;
import migrate.move.messages.Place;
import server.following.Follower;

/// Has a node's messages follow a mover's words.
public final class MessageMoves implements Follower {
  private final MovableMessageStore store;

  public MessageMoves(MovableMessageStore store) {
    this.store = store;
  }

  /// Whether messages are in CQL, or mostly so, for a node that starts.
  ///
  /// @param word the newest about messages; without one they are where the settings say
  public static boolean inCql(Optional<Word> word, Seal seal, boolean settings) {
    return word.flatMap(Word::url)
        .map(url -> MessageWord.parse(seal.open(url)).to() == Place.CQL)
        .orElse(settings);
  }

  /// Follows the word that was said before this node started, before it serves anybody.
  public void begin(Optional<Word> word, Seal seal) {
    word.ifPresent(said -> said.url().ifPresent(url -> follow(said, seal.open(url))));
  }

  @Override
  public String follow(Word word, String url) {
    MessageWord said = MessageWord.parse(url);
    CqlUrl cql = CqlUrl.parse(said.cqlUrl());
    return switch (word.command()) {
      case PREPARE -> {
        store.moving(said.to(), cql);
        yield "messages are on their way to " + said.to() + "; " + store.shadowed();
      }
      case MOVED, OPEN -> {
        store.settled(said.to(), cql);
        yield "messages are in " + said.to();
      }
      case CLOSE, INCOMING -> "nothing to do";
    };
  }
}
