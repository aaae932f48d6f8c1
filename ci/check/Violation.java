package ci.check;

import java.util.List;

/// A promise that was not kept.
///
/// @param message the number of the message that shows it, [Content#FOREIGN] for none
/// @param what what was seen and what had to be
/// @param history everything that is known of the message, in order
public record Violation(Promise promise, int message, String what, List<String> history) {}
