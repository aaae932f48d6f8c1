package server.messages;

import java.util.List;

/// One thing that a random run does to a store. Everything is named by small numbers, so that a run
/// meets the same conversations, users and keys again and again, and can be read when it fails.
sealed interface Step {
  /// Appends a batch; a key that it names twice is left out the second time.
  record Send(List<Item> items) implements Step {}

  /// A member leaves, or a former one comes back.
  record Toggle(int conversation, int user) implements Step {}

  /// @param id together with the conversation and the user's device the key of the message
  /// @param replyTo 0 for none
  record Item(int conversation, int user, int id, int replyTo) {}
}
