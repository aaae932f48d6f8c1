package server.messages;

/// A cursor that rose: where it stands now, and where it stood.
public record Advance(Cursor now, long previousDeliveredSeq, long previousReadSeq) {}
