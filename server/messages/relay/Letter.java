package server.messages.relay;

import java.util.List;
import java.util.UUID;
import server.messages.Appended;
import server.messages.Draft;

/// What nodes say to each other so that one of them writes for all.
sealed interface Letter {
  /// The node that says it.
  UUID from();

  /// It is there, and writes for others.
  record Here(UUID from) implements Letter {}

  /// It goes away.
  record Leaving(UUID from) implements Letter {}

  /// Append this for me.
  ///
  /// @param number of this ask, counted by the asking node
  record Ask(UUID from, long number, List<Draft> drafts) implements Letter {}

  /// What became of an ask.
  ///
  /// @param answers one for each draft, in their order; empty when it is not known
  record Answer(UUID from, long number, List<Appended> answers) implements Letter {}
}
