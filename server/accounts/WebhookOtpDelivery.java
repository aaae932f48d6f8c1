package server.accounts;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.http.ApiError;
import server.http.ErrorCode;
import server.http.Json;

/// Posts `{"phone_number", "otp", "expires_in_seconds"}` as JSON to a URL, whose owner sends the
/// message. Any 2xx means that it was taken over. Redirects are not followed: a code goes nowhere
/// but where the configuration says. Not repeated: the person asks again. Thread-safe.
public final class WebhookOtpDelivery implements OtpDelivery, AutoCloseable {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

  /// A person is waiting in front of the screen for longer than this anyway.
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private static final int RETRY_AFTER_SECONDS = 5;
  private static final Logger log = LoggerFactory.getLogger(WebhookOtpDelivery.class);

  private final URI url;
  private final Duration answerTimeout;
  private final HttpClient client =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  record Posted(String phoneNumber, String otp, long expiresInSeconds) {}

  /// @param url `OTP_WEBHOOK_URL`, http or https; never shown
  /// @throws IllegalArgumentException when it is not such a URL
  public WebhookOtpDelivery(String url) {
    this(url, ANSWER_TIMEOUT);
  }

  WebhookOtpDelivery(String url, Duration answerTimeout) {
    this.url = URI.create(url);
    this.answerTimeout = answerTimeout;
    boolean http = "https".equals(this.url.getScheme()) || "http".equals(this.url.getScheme());
    if (!http || this.url.getHost() == null) {
      throw new IllegalArgumentException("it is not an http:// or https:// URL");
    }
  }

  @Override
  public Optional<String> deliver(PhoneNumber phone, String otp) {
    var posted = new Posted(phone.e164(), otp, OtpCodes.LIFETIME.toSeconds());
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(answerTimeout)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(Json.mapper().writeValueAsBytes(posted)))
            .build();
    try {
      int status = client.send(request, BodyHandlers.discarding()).statusCode();
      if (status >= 200 && status < 300) {
        return Optional.empty();
      }
      log.warn("a login code was not delivered: the webhook answered {}", status);
    } catch (IOException e) {
      log.warn("a login code was not delivered: {}", e.getClass().getSimpleName());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    throw new ApiError(
        ErrorCode.UNAVAILABLE,
        "the code can't be sent to the phone for the moment; try again",
        RETRY_AFTER_SECONDS);
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
