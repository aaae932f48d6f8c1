package server.accounts;

import static migrate.generated.Tables.USERS;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.HashMap;
import java.util.Map;
import org.jooq.Field;
import server.http.ApiError;
import server.http.Caller;
import server.http.Check;
import server.http.Json;
import server.http.Routes;
import server.limits.ClientAddresses;
import server.limits.Limit;
import server.limits.RateLimits;
import tools.jackson.databind.JsonNode;

/// `/profile`, and looking others up by exactly what one knows of them.
public final class ProfileRoutes implements Routes {
  private static final int MAX_DISPLAY_NAME_CHARS = 64;
  private static final int MAX_BIO_CHARS = 500;

  private final Profiles profiles;
  private final RateLimits limits;
  private final ClientAddresses addresses;

  ProfileRoutes(Profiles profiles, RateLimits limits, ClientAddresses addresses) {
    this.profiles = profiles;
    this.limits = limits;
    this.addresses = addresses;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(API + "/profile", this::get);
    routes.patch(API + "/profile", this::patch);
    routes.get(API + "/users", this::search);
    routes.get(API + "/users/{user_id}", this::byId);
  }

  private void get(Context request) {
    Json.write(request, 200, profiles.own(Caller.of(request).userId()));
  }

  /// What is absent stays; null, or a text of blanks, clears.
  private void patch(Context request) {
    JsonNode body = Json.readObject(request);
    Map<Field<String>, String> values = new HashMap<>();
    if (body.has("display_name")) {
      values.put(USERS.DISPLAY_NAME, line(text(body, "display_name", MAX_DISPLAY_NAME_CHARS)));
    }
    if (body.has("bio")) {
      values.put(USERS.BIO, text(body, "bio", MAX_BIO_CHARS));
    }
    if (body.has("username")) {
      String username = text(body, "username", Integer.MAX_VALUE);
      values.put(USERS.USERNAME, username == null ? null : Profiles.username(username));
    }
    profiles.change(Caller.of(request).userId(), values);
    get(request);
  }

  private static String text(JsonNode body, String field, int maxChars) {
    JsonNode value = body.get(field);
    if (value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw ApiError.invalid("\"" + field + "\" must be a string, or null to clear it");
    }
    String text = Check.optionalText(field, value.asString(), maxChars).strip();
    return text.isEmpty() ? null : text;
  }

  private static String line(String text) {
    if (text != null && text.chars().anyMatch(Character::isISOControl)) {
      throw ApiError.invalid("\"display_name\" contains a control character; write one line");
    }
    return text;
  }

  private void byId(Context request) {
    var userId = Check.pathUuid(request, "user_id");
    count(request);
    Json.write(request, 200, profiles.byId(userId));
  }

  private void search(Context request) {
    String username = request.queryParam("username");
    String phone = request.queryParam("phone_number");
    if ((username == null) == (phone == null)) {
      throw ApiError.invalid("give either \"username\" or \"phone_number\" in the query");
    }
    if (username != null) {
      count(request);
      Json.write(request, 200, profiles.byUsername(username));
      return;
    }
    // A plus sign that was not escaped arrives as a space.
    PhoneNumber number =
        PhoneNumber.parse("phone_number", phone.startsWith(" ") ? "+" + phone.substring(1) : phone);
    count(request);
    Json.write(request, 200, profiles.byPhone(number));
  }

  private void count(Context request) {
    limits.take(Limit.USER_LOOKUP, Caller.of(request).userId(), addresses.of(request));
  }
}
