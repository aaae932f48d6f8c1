package server.following;

import migrate.move.Word;

/// What a node does at a word about one of its databases. Called on one thread, that of
/// [Following].
public interface Follower {
  /// Does what the word says. Is not called twice for a word, and only for the newest one.
  ///
  /// @param url the word's, unsealed; null when it has none
  /// @return what the mover is told; a failure begins with [migrate.move.Words#FAILED]
  String follow(Word word, String url);

  /// Called some times a second while nothing is said.
  default void tick() {}
}
