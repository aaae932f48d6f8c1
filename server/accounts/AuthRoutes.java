package server.accounts;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import server.http.Access;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.ErrorCode;
import server.http.Json;
import server.http.Routes;
import server.limits.ClientAddress;
import server.limits.ClientAddresses;
import server.limits.Limit;
import server.limits.RateLimits;
import server.redis.RedisAway;

/// `/auth`: from a phone number to tokens, from tokens to newer ones, and out again.
public final class AuthRoutes implements Routes {
  private static final Set<String> PLATFORMS =
      new TreeSet<>(Set.of("ios", "android", "web", "desktop"));
  private static final int MAX_DEVICE_NAME_CHARS = 64;
  private static final Pattern OTP_FORM = Pattern.compile("[0-9]{6}");

  private final OtpCodes codes;
  private final OtpDelivery delivery;
  private final Logins logins;
  private final Sessions sessions;
  private final AccessTokens tokens;
  private final RateLimits limits;
  private final ClientAddresses addresses;

  AuthRoutes(
      OtpCodes codes,
      OtpDelivery delivery,
      Logins logins,
      Sessions sessions,
      AccessTokens tokens,
      RateLimits limits,
      ClientAddresses addresses) {
    this.codes = codes;
    this.delivery = delivery;
    this.logins = logins;
    this.sessions = sessions;
    this.tokens = tokens;
    this.limits = limits;
    this.addresses = addresses;
  }

  record OtpRequest(String phoneNumber) {}

  record OtpSent(long expiresInSeconds, String devOtp) {}

  record Verification(
      String phoneNumber, String otp, String deviceUuid, String deviceName, String platform) {}

  record Refresh(String refreshToken) {}

  record Tokens(
      String accessToken,
      String refreshToken,
      long expiresInSeconds,
      UUID userId,
      UUID deviceId,
      boolean isNewUser) {}

  @Override
  public void register(RoutesConfig routes) {
    routes.post(API + "/auth/request-otp", this::requestOtp, Access.OPEN);
    routes.post(API + "/auth/verify-otp", this::verifyOtp, Access.OPEN);
    routes.post(API + "/auth/refresh-token", this::refresh, Access.OPEN);
    routes.post(API + "/auth/logout", this::logout);
  }

  private void requestOtp(Context request) {
    var phone =
        PhoneNumber.parse("phone_number", Json.read(request, OtpRequest.class).phoneNumber());
    ClientAddress client = addresses.of(request);
    String pseudonym = codes.pseudonym(phone);
    limits.take(Limit.OTP_REQUEST_ADDRESS, client.subject(), client);
    limits.take(Limit.OTP_REQUEST_PHONE, pseudonym, client);
    String devOtp;
    try {
      devOtp = delivery.deliver(phone, codes.create(phone)).orElse(null);
    } catch (RedisAway _) {
      limits.giveBack(Limit.OTP_REQUEST_ADDRESS, client.subject(), client);
      limits.giveBack(Limit.OTP_REQUEST_PHONE, pseudonym, client);
      throw noLogins();
    }
    Json.write(request, 202, new OtpSent(OtpCodes.LIFETIME.toSeconds(), devOtp));
  }

  private static ApiError noLogins() {
    return new ApiError(
        ErrorCode.UNAVAILABLE, "logging in is not possible for the moment; try again");
  }

  private void verifyOtp(Context request) {
    var body = Json.read(request, Verification.class);
    var phone = PhoneNumber.parse("phone_number", body.phoneNumber());
    String otp = Check.present("otp", body.otp());
    if (!OTP_FORM.matcher(otp).matches()) {
      throw ApiError.invalid("\"otp\" must be the 6 digits that were sent");
    }
    var device =
        new Logins.Device(
            Check.uuid("device_uuid", body.deviceUuid()), name(body.deviceName()), platform(body));
    prove(phone, otp, addresses.of(request));
    var done = logins.login(phone, device);
    answer(request, done.session(), done.newUser());
  }

  /// Counted before it is known whether the guess is wrong, so that many at once get no more
  /// guesses than one after the other; a right one is not counted in the end.
  private void prove(PhoneNumber phone, String otp, ClientAddress client) {
    String pseudonym = codes.pseudonym(phone);
    limits.take(Limit.OTP_GUESS_ADDRESS, client.subject(), client);
    limits.take(Limit.OTP_GUESS_PHONE, pseudonym, client);
    boolean counts = false; // when Redis is away nothing was guessed
    try {
      counts = !codes.consume(phone, otp);
    } catch (RedisAway _) {
      throw noLogins();
    } finally {
      if (!counts) {
        limits.giveBack(Limit.OTP_GUESS_ADDRESS, client.subject(), client);
        limits.giveBack(Limit.OTP_GUESS_PHONE, pseudonym, client);
      }
    }
    if (counts) {
      throw new ApiError(
          ErrorCode.INVALID_OTP,
          "the code is wrong, used or older than "
              + OtpCodes.LIFETIME.toSeconds()
              + " s; check it, or ask for a new one by /auth/request-otp");
    }
  }

  private static String name(String text) {
    String name = Check.optionalText("device_name", text, MAX_DEVICE_NAME_CHARS);
    return name == null || name.isBlank() ? null : name.strip();
  }

  private static String platform(Verification body) {
    if (body.platform() != null && !PLATFORMS.contains(body.platform())) {
      throw ApiError.invalid("\"platform\" must be one of " + String.join(", ", PLATFORMS));
    }
    return body.platform();
  }

  private void refresh(Context request) {
    String presented =
        Check.present("refresh_token", Json.read(request, Refresh.class).refreshToken());
    answer(request, sessions.refresh(presented), false);
  }

  private void answer(Context request, Sessions.Opened session, boolean newUser) {
    request.header("Cache-Control", "no-store");
    Json.write(
        request,
        200,
        new Tokens(
            tokens.create(session.caller()),
            session.refresh().text(),
            AccessTokens.LIFETIME.toSeconds(),
            session.caller().userId(),
            session.caller().deviceId(),
            newUser));
  }

  private void logout(Context request) {
    Caller caller = Caller.of(request);
    // Whoever was quicker, this device is out: 204 either way.
    sessions.endDevice(caller.userId(), caller.deviceId(), "logout");
    request.status(204);
  }
}
