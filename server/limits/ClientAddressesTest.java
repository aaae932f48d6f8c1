package server.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClientAddressesTest {
  private static String subject(String trusted, String socket, String... forwarded) {
    return ClientAddresses.of(trusted, true).of(socket, List.of(forwarded)).subject();
  }

  @Test
  void withoutTrustTheSocketCountsWhateverTheHeaderSays() {
    assertEquals("9.9.9.9", subject("", "9.9.9.9", "1.2.3.4"));
    assertEquals("9.9.9.9", subject("10.0.0.0/8", "9.9.9.9", "1.2.3.4"));
  }

  @Test
  void aTrustedProxyIsBelievedAboutTheOneWhomItHeard() {
    assertEquals("1.2.3.4", subject("10.0.0.0/8", "10.1.1.1", "1.2.3.4"));
    assertEquals("1.2.3.4", subject("10.0.0.0/8", "10.1.1.1", "6.6.6.6, 1.2.3.4"));
    assertEquals("1.2.3.4", subject("10.0.0.0/8,::1", "::1", "6.6.6.6, 1.2.3.4, 10.2.2.2"));
    assertEquals("1.2.3.4", subject("10.1.1.1", "10.1.1.1", "6.6.6.6", "1.2.3.4"));
  }

  @Test
  void aProxyThatSaysNothingReadableCountsItself() {
    assertEquals("10.1.1.1", subject("10.0.0.0/8", "10.1.1.1"));
    assertEquals("10.1.1.1", subject("10.0.0.0/8", "10.1.1.1", "nonsense"));
    assertEquals("10.1.1.1", subject("10.0.0.0/8", "10.1.1.1", "1.2.3.4, localhost"));
    assertEquals("10.1.1.1", subject("10.0.0.0/8", "10.1.1.1", ""));
  }

  @Test
  void allAddressesOfAnIpv6NetworkAreOneSubject() {
    assertEquals(subject("", "2001:db8:1:2::1"), subject("", "2001:db8:1:2:ffff::9"));
    assertFalse(subject("", "2001:db8:1:2::1").equals(subject("", "2001:db8:1:3::1")));
    assertEquals("1.2.3.4", subject("", "::ffff:1.2.3.4"));
  }

  @Test
  void onlyThisMachineIsTreatedGenerouslyAndOnlyInDevelopment() {
    var development = ClientAddresses.of("127.0.0.1", true);
    assertTrue(development.of("127.0.0.1", List.of()).generous());
    assertTrue(development.of("::1", List.of()).generous());
    assertTrue(development.of("0:0:0:0:0:0:0:1", List.of()).generous());
    assertFalse(development.of("10.0.0.1", List.of()).generous());
    assertFalse(development.of("127.0.0.1", List.of("8.8.8.8")).generous());
    assertFalse(development.of("127.0.0.1", List.of("127.0.0.1, 8.8.8.8")).generous());
    assertFalse(ClientAddresses.of("", false).of("127.0.0.1", List.of()).generous());
  }

  @Test
  void aBrokenSettingIsSaidWithItsValue() {
    for (String broken : List.of("proxy.example", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x")) {
      var e = assertThrows(UserError.class, () -> ClientAddresses.of("::1, " + broken, true));
      assertTrue(e.getMessage().contains("'" + broken + "'"), e.getMessage());
    }
  }
}
