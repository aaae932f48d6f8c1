package server.messages;

import java.util.List;

/// Where a batch of drafts is committed: a store, or a way to one.
@FunctionalInterface
public interface Appends {
  /// Commits a batch, durably, before it returns. The answers stand in the order of the drafts.
  ///
  /// Drafts of one conversation are numbered in the order given. A key stored before gets its first
  /// answer. Refused drafts leave no trace and do not disturb the others. Blocks; thread-safe.
  ///
  /// @param batch no key twice; not empty
  /// @throws StoreUnavailable when it is not known what became of the batch
  List<Appended> append(List<Draft> batch);
}
