package server.accounts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.ErrorCode;
import server.http.Json;
import server.testing.TestAccounts;
import server.testing.TestApi.Answer;
import server.testing.TestEngines;

class WebhookOtpDeliveryTest {
  private static final PhoneNumber PHONE = new PhoneNumber("+66812345678");

  private final LinkedBlockingQueue<String> posted = new LinkedBlockingQueue<>();
  private final CountDownLatch ending = new CountDownLatch(1);
  private HttpServer hook;
  private String url;

  @BeforeEach
  void start() throws IOException {
    hook = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
    hook.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    url = "http://127.0.0.1:" + hook.getAddress().getPort();
    hook.createContext(
        "/",
        exchange -> {
          posted.add(
              exchange.getRequestMethod()
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), UTF_8));
          int status = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
          if (status == 0) {
            try {
              ending.await(); // never answers
            } catch (InterruptedException _) {
              Thread.currentThread().interrupt();
            }
          }
          if (status == 302) {
            exchange.getResponseHeaders().add("Location", url + "/200");
          }
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    hook.start();
  }

  @AfterEach
  void stop() {
    ending.countDown();
    hook.stop(0);
  }

  private static void unavailable(OtpDelivery delivery) {
    var e = assertThrows(ApiError.class, () -> delivery.deliver(PHONE, "123456"));
    assertEquals(ErrorCode.UNAVAILABLE, e.code());
    assertFalse(e.getMessage().contains("123456") || e.getMessage().contains("127.0.0.1"));
  }

  @Test
  void aCodeIsPostedAndNotShown() throws Exception {
    try (var delivery = new WebhookOtpDelivery(url + "/204")) {
      assertTrue(delivery.deliver(PHONE, "012345").isEmpty());
      String request = posted.take();
      assertTrue(request.startsWith("POST "));
      assertEquals(
          Json.mapper()
              .readTree(
                  "{\"phone_number\":\"+66812345678\",\"otp\":\"012345\",\"expires_in_seconds\":180}"),
          Json.mapper().readTree(request.substring(5)));
    }
  }

  @Test
  void whateverIsNotSuccessIsUnavailableAndNoRedirectIsFollowed() {
    for (String path : List.of("/500", "/404", "/302")) {
      try (var delivery = new WebhookOtpDelivery(url + path)) {
        unavailable(delivery);
      }
    }
    assertEquals(3, posted.size());
    try (var nobody = new WebhookOtpDelivery("http://127.0.0.1:1/")) {
      unavailable(nobody);
    }
  }

  @Test
  void aHookThatDoesNotAnswerIsWaitedForWithALimit() {
    try (var delivery = new WebhookOtpDelivery(url + "/0", Duration.ofMillis(300))) {
      long begun = System.nanoTime();
      unavailable(delivery);
      long millis = (System.nanoTime() - begun) / 1_000_000;
      assertTrue(millis >= 280 && millis < 3_000, millis + " ms");
    }
  }

  @Test
  void onlyAnHttpUrlIsTaken() {
    for (String broken :
        List.of("", "hook", "ftp://host/", "http:///", "file:///x", "http://a b/")) {
      assertThrows(IllegalArgumentException.class, () -> new WebhookOtpDelivery(broken), broken);
    }
  }

  @Test
  void throughTheApiTheCodeComesByTheHookAloneAndItsFailureIsTold() throws Exception {
    try (var engines = TestEngines.fresh();
        var delivery = new WebhookOtpDelivery(url + "/200");
        var node = TestAccounts.on(engines, delivery);
        var broken = new WebhookOtpDelivery(url + "/500");
        var brokenNode = TestAccounts.on(engines, broken)) {
      String body = "{\"phone_number\":\"+66812345678\"}";
      Answer sent = node.post("/auth/request-otp", body, null);
      assertEquals(202, sent.status());
      assertEquals(Set.of("expires_in_seconds"), Set.copyOf(sent.json().propertyNames()));
      String otp = Json.mapper().readTree(posted.take().substring(5)).get("otp").asString();
      assertEquals(200, node.verify("+66812345678", otp, UUID.randomUUID()).status());
      Answer failed = brokenNode.post("/auth/request-otp", body, null);
      assertEquals(503, failed.status());
      assertEquals("UNAVAILABLE", failed.errorCode());
      assertTrue(failed.at("retry_after_seconds").asInt() >= 1);
    }
  }
}
