package server.realtime;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import server.http.Caller;

/// Sockets that were upgraded, in whatever order Jetty opens them.
final class SocketsTest {
  private final Sockets sockets = new Sockets();
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

  private ClientSocket upgraded() {
    return new ClientSocket(phone, null, Encoding.JSON, new Frames(null, null, null, null, null));
  }
}
