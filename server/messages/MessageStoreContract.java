package server.messages;

/// Everything that [MessageStore] promises. Every store's test extends it.
abstract class MessageStoreContract
    implements AppendContract, RaceContract, ReadContract, CursorContract {}
