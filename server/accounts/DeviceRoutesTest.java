package server.accounts;

import static migrate.generated.Tables.DEVICES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import server.testing.TestAccounts;
import server.testing.TestAccounts.Login;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;

class DeviceRoutesTest {
  private static TestEngines engines;
  private static TestAccounts node;

  @BeforeAll
  static void start() {
    engines = TestEngines.fresh();
    node = TestAccounts.on(engines);
  }

  @AfterAll
  static void stop() {
    node.close();
    engines.close();
  }

  private static int delete(UUID device, Login by) {
    return node.call("DELETE", "/devices/" + device, null, by.access()).status();
  }

  private static int listed(Login by) {
    return node.get("/devices", by.access()).at("devices").size();
  }

  @Test
  void oneSeesOnesOwnDevicesAndWhichOfThemOneHolds() {
    String phone = TestAccounts.newPhone();
    String body =
        "{\"phone_number\":\"%s\",\"otp\":\"%s\",\"device_uuid\":\"%s\",\"device_name\":\"โทรศัพท์ 📱\",\"platform\":\"ios\"}"
            .formatted(phone, node.otp(phone), UUID.randomUUID());
    assertEquals(200, node.post("/auth/verify-otp", body, null).status());
    Login second = node.login(phone, UUID.randomUUID());
    node.login();
    Answer list = node.get("/devices", second.access());
    assertEquals(200, list.status());
    assertEquals(Set.of("devices"), Set.copyOf(list.json().propertyNames()));
    assertEquals(2, list.at("devices").size());
    assertEquals(
        Set.of("device_id", "device_name", "platform", "is_current", "last_seen_at", "created_at"),
        Set.copyOf(list.at("devices/0").propertyNames()));
    assertEquals("โทรศัพท์ 📱", list.text("devices/0/device_name"));
    assertEquals("ios", list.text("devices/0/platform"));
    assertEquals("false", list.text("devices/0/is_current"));
    assertEquals("true", list.text("devices/1/is_current"));
    assertEquals(second.deviceId().toString(), list.text("devices/1/device_id"));
    for (String time : new String[] {"last_seen_at", "created_at"}) {
      String text = list.text("devices/1/" + time);
      assertTrue(text.matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), text);
      assertTrue(Instant.parse(text).isAfter(Instant.now().minusSeconds(60)), text);
    }
  }

  @Test
  void aRemovedDeviceIsOutAndOffTheListUntilItLogsInAgain() {
    Login first = node.login();
    Login second = node.login(first.phone(), UUID.randomUUID());
    assertEquals(204, delete(second.deviceId(), first));
    assertEquals(401, node.get("/profile", second.access()).status());
    assertEquals(401, node.refresh(second.refresh()).status());
    assertEquals(1, listed(first));
    Answer again = node.call("DELETE", "/devices/" + second.deviceId(), null, first.access());
    assertEquals(404, again.status());
    assertEquals("NOT_FOUND", again.errorCode());
    assertEquals(second.deviceId(), node.login(first.phone(), second.deviceUuid()).deviceId());
    assertEquals(2, listed(first));
  }

  @Test
  void aDeviceThatLoggedOutIsOffTheList() {
    Login first = node.login();
    Login second = node.login(first.phone(), UUID.randomUUID());
    node.post("/auth/logout", null, second.access());
    assertEquals(1, listed(first));
  }

  @Test
  void onesOwnPresentDeviceCanBeRemovedToo() {
    Login login = node.login();
    assertEquals(204, delete(login.deviceId(), login));
    assertEquals(401, node.get("/profile", login.access()).status());
  }

  @Test
  void nobodyElsesDeviceAndNoUnknownOneCanBeRemoved() {
    Login mine = node.login();
    Login theirs = node.login();
    assertEquals(404, delete(theirs.deviceId(), mine));
    assertEquals(404, delete(UUID.randomUUID(), mine));
    assertEquals(200, node.get("/profile", theirs.access()).status());
    Answer broken = node.call("DELETE", "/devices/7", null, mine.access());
    assertEquals(400, broken.status());
    assertEquals("INVALID_REQUEST", broken.errorCode());
  }

  @Test
  void requestsAreNotedAndWrittenTogetherAndNotMoreOftenThanNeeded() {
    Login login = node.login();
    Login other = node.login();
    var old = OffsetDateTime.now().minusHours(1);
    node.dsl().update(DEVICES).set(DEVICES.LAST_SEEN_AT, old).execute();
    var lastSeen = new LastSeen(node.dsl());
    lastSeen.touch(login.deviceId());
    lastSeen.touch(login.deviceId());
    lastSeen.write();
    OffsetDateTime written = lastSeenAt(login);
    assertTrue(written.isAfter(OffsetDateTime.now().minusSeconds(10)));
    assertEquals(old.toEpochSecond(), lastSeenAt(other).toEpochSecond());
    lastSeen.touch(login.deviceId());
    lastSeen.write();
    assertEquals(written, lastSeenAt(login), "it was written a moment ago");
    for (int i = 0; i < 2_500; i++) { // more than one statement takes, most of them unknown
      lastSeen.touch(i == 2_000 ? other.deviceId() : UUID.randomUUID());
    }
    lastSeen.write();
    assertTrue(lastSeenAt(other).isAfter(old.plusMinutes(1)));
  }

  private static OffsetDateTime lastSeenAt(Login login) {
    return node.dsl().fetchSingle(DEVICES, DEVICES.DEVICE_ID.eq(login.deviceId())).getLastSeenAt();
  }
}
