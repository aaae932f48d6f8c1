package server.messages.cql;

import java.util.List;
import java.util.UUID;
import server.messages.Message;

/// What one append puts into a slot's log: numbered messages to be written into the tables, and the
/// conversations whose members are changing.
///
/// @param id tells two proposals for one position apart
/// @param writer the node that proposed it
/// @param writtenAtMicros the timestamp with which its rows are written, as often as need be
/// @param messages of any conversations of the slot, those of one in order of seq
/// @param fences conversations: whoever stores a message of one of them later has read its members
///   after this
record Entry(
    UUID id, UUID writer, long writtenAtMicros, List<Message> messages, List<UUID> fences) {}
