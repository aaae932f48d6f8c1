package server.realtime;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.http.Caller;

/// Sockets that were upgraded, in whatever order Jetty opens them, and those of other nodes.
final class SocketsTest {
  private static final UUID LOW = new UUID(0, 1);
  private static final UUID HIGH = new UUID(0, 2);

  private final long[] millis = {1_000, 1_000};
  private final Sockets sockets = sockets(LOW, 0);
  private final Sockets others = sockets(HIGH, 1);
  private final Caller phone = new Caller(UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID());

  @Test
  void theNewerSocketOfADeviceReplacesTheOlder() {
    ClientSocket older = upgraded();
    ClientSocket newer = upgraded();
    assertNull(sockets.add(older));
    assertSame(older, sockets.add(newer));
    assertSame(newer, sockets.ofDevice(phone.deviceId()));
  }

  @Test
  void oneThatIsOpenedLateReplacesNobodyAndIsTheOneToGo() {
    ClientSocket older = upgraded();
    ClientSocket newer = upgraded();
    assertNull(sockets.add(newer));
    assertSame(older, sockets.add(older));
    assertSame(newer, sockets.ofDevice(phone.deviceId()));
  }

  @Test
  void theWordOfAnOlderSocketThatComesLateReplacesNobody() {
    ClientSocket older = upgraded();
    sockets.add(older);
    millis[1]++;
    ClientSocket newer = upgraded();
    others.add(newer);
    assertNull(others.heard(word(older), LOW));
    assertSame(older, sockets.heard(word(newer), HIGH));
  }

  @Test
  void aSocketThatIsOpenedAfterAnotherWasHeardOfIsTheNewerWhateverTheClocksSay() {
    millis[0] += 60_000;
    ClientSocket older = upgraded();
    sockets.add(older);
    assertNull(others.heard(word(older), LOW));
    ClientSocket newer = upgraded();
    others.add(newer);
    assertSame(older, sockets.heard(word(newer), HIGH));
  }

  @Test
  void ofTwoOpenedInTheSameMicrosecondExactlyOneStays() {
    ClientSocket here = upgraded();
    ClientSocket there = upgraded();
    sockets.add(here);
    others.add(there);
    assertSame(here, sockets.heard(word(there), HIGH));
    assertNull(others.heard(word(here), LOW));
  }

  private BusEvent.DeviceOpened word(ClientSocket of) {
    return new BusEvent.DeviceOpened(phone.deviceId(), of.openedAt());
  }

  private Sockets sockets(UUID node, int clock) {
    return new Sockets(node, new OpeningClock(() -> Instant.ofEpochMilli(millis[clock])));
  }

  private ClientSocket upgraded() {
    return new ClientSocket(phone, null, Encoding.JSON, new Frames(null, null, null, null, null));
  }
}
