package server.realtime;

import java.util.List;

/// What lies between a subscription and the top.
///
/// @param entries from memory, or null when the store must be read
record Behind(List<Tail.Entry> entries, long from, long to) {}
