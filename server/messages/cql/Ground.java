package server.messages.cql;

import java.time.InstantSource;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/// What the commit protocol stands on; the same for all of a node's slots.
///
/// @param locks gives each slot its own
record Ground(
    SlotLog log,
    Rows rows,
    Roster roster,
    InstantSource clock,
    Pause pause,
    Supplier<Lock> locks) {}
