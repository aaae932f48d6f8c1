package ci.check;

/// One fault that was made.
///
/// @param target the part that it hit, or how many sockets
/// @param atSeconds when it began, from the beginning of the run
/// @param seconds how long until everything was there again
public record Fault(String kind, String target, double atSeconds, double seconds) {}
