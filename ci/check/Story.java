package ci.check;

import ci.check.History.Event;
import ci.check.History.Removal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Tells everything that is known of one message, a line each, in order.
final class Story {
  private static final long CONVERSATION = 0xFFFF_FFFFL;
  private static final int SERVER_SHIFT = 32;
  private static final int HTTP_SHIFT = 48;
  private static final int VARIANT_SHIFT = 50;
  private static final int BYTE = 0xFF;

  private Story() {}

  static List<String> of(History history, int message) {
    List<String> lines = new ArrayList<>();
    int[] place = {-1, -1}; // conversation, sender
    history.events((event, micros, of, a, b) -> {
      if (of == message) {
        if (event == Event.ATTEMPT) {
          place[0] = (int) (b & CONVERSATION);
          place[1] = History.first(a);
        }
        lines.add("%.6f s  %s".formatted(micros / 1e6, told(history, event, a, b)));
      }
    });
    stored(history, message, lines);
    if (place[0] >= 0) {
      Removal removal = history.removal(place[0], history.userOfDevice[place[1]]);
      if (removal != null) {
        lines.add(
            "its sender's removal was asked for at %.6f s, answered at %.6f s; it left at seq %d"
                .formatted(
                    removal.askedMicros() / 1e6,
                    removal.answeredMicros() / 1e6,
                    removal.leftSeq()));
      }
      received(history, message, place[0], lines);
    }
    return lines;
  }

  private static String told(History history, Event event, long a, long b) {
    return switch (event) {
      case ATTEMPT ->
          "sent by device %d (user %d) to conversation %d, %s of server %d%s"
              .formatted(
                  History.first(a),
                  history.userOfDevice[History.first(a)],
                  b & CONVERSATION,
                  (b >> HTTP_SHIFT & 1) == 1 ? "HTTP" : "socket " + History.second(a),
                  (b >> SERVER_SHIFT & BYTE) + 1,
                  b >> VARIANT_SHIFT == 0 ? "" : ", with other content");
      case SENT -> "answered: seq " + a + ", sent at " + Instant.ofEpochMilli(b);
      case REFUSED -> "refused: " + history.code(a);
      case UNKNOWN -> "unknown: " + history.code(a);
    };
  }

  private static void stored(History history, int message, List<String> lines) {
    int before = lines.size();
    for (int c = 0; c < history.stored.length; c++) {
      for (int i = 0; i < history.stored[c].size(); i++) {
        long entry = history.stored[c].get(i);
        if (Content.number(History.second(entry)) == message) {
          Instant at = Instant.ofEpochMilli(history.storedAt[c].get(i));
          lines.add(
              "in the store: conversation %d, seq %d, sent at %s"
                  .formatted(c, History.first(entry), at));
        }
      }
    }
    if (lines.size() == before) {
      lines.add("not in the store");
    }
  }

  private static void received(History history, int message, int conversation, List<String> lines) {
    for (int d = 0; d < history.received.length; d++) {
      if (history.member(conversation, history.userOfDevice[d])) {
        LongList received = history.received[d][conversation];
        int times = 0;
        int seq = 0;
        for (int i = 0; i < received.size(); i++) {
          if (Content.number(History.second(received.get(i))) == message) {
            times++;
            seq = History.first(received.get(i));
          }
        }
        lines.add(
            times == 0
                ? "device %d never received it".formatted(d)
                : String.format(
                    Locale.ROOT, "device %d received it %d times, at seq %d", d, times, seq));
      }
    }
  }
}
