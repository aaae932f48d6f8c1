package server.accounts;

import static migrate.generated.Tables.USERS;
import static org.jooq.impl.DSL.falseCondition;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.exception.DataAccessException;
import server.http.ApiError;
import server.http.ErrorCode;

/// What users say of themselves. Thread-safe; blocks; a database that is away shows as jOOQ's
/// `DataAccessException`.
final class Profiles {
  private static final Pattern USERNAME = Pattern.compile("[a-z0-9_.]{3,32}");
  private static final String UNIQUE_VIOLATION = "23505";

  private final DSLContext dsl;

  Profiles(DSLContext dsl) {
    this.dsl = dsl;
  }

  /// One's own profile. The phone number is masked: a lost, unlocked phone shows it to anybody.
  record Own(
      UUID userId,
      String phoneNumber,
      String displayName,
      String username,
      String bio,
      Instant createdAt) {}

  /// What others see: never the phone number.
  record Public(UUID userId, String displayName, String username, String bio) {}

  /// A username in the form in which it is stored and compared.
  ///
  /// @throws ApiError `INVALID_REQUEST` when it breaks the rule
  static String username(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!isUsername(lower)) {
      throw ApiError.invalid(
          "\"username\" must have 3 to 32 characters out of a-z, 0-9, \"_\" and \".\"");
    }
    return lower;
  }

  private static boolean isUsername(String text) {
    return USERNAME.matcher(text).matches();
  }

  Own own(UUID userId) {
    return dsl.selectFrom(USERS)
        .where(USERS.USER_ID.eq(userId))
        .fetchSingle(row ->
            new Own(
                row.getUserId(),
                new PhoneNumber(row.getPhoneNumber()).masked(),
                row.getDisplayName(),
                row.getUsername(),
                row.getBio(),
                row.getCreatedAt().toInstant()));
  }

  /// Sets what is given, to null where null is given.
  ///
  /// @throws ApiError `CONFLICT` when the username is somebody else's
  void change(UUID userId, Map<Field<String>, String> values) {
    if (values.isEmpty()) {
      return;
    }
    try {
      dsl.update(USERS).set(values).where(USERS.USER_ID.eq(userId)).execute();
    } catch (DataAccessException e) {
      if (UNIQUE_VIOLATION.equals(e.sqlState())) { // username is the one unique column set here
        throw new ApiError(
            ErrorCode.CONFLICT,
            "the username \"" + values.get(USERS.USERNAME) + "\" is taken; choose another");
      }
      throw e;
    }
  }

  Public byId(UUID userId) {
    return find(USERS.USER_ID.eq(userId));
  }

  Public byUsername(String username) {
    String lower = username.toLowerCase(Locale.ROOT);
    // Nobody has a name that breaks the rule, and the database can't be asked about every text.
    return find(isUsername(lower) ? USERS.USERNAME.eq(lower) : falseCondition());
  }

  Public byPhone(PhoneNumber phone) {
    return find(USERS.PHONE_NUMBER.eq(phone.e164()));
  }

  private Public find(Condition which) {
    var found =
        dsl.select(USERS.USER_ID, USERS.DISPLAY_NAME, USERS.USERNAME, USERS.BIO)
            .from(USERS)
            .where(which)
            .fetchOne(row -> new Public(row.value1(), row.value2(), row.value3(), row.value4()));
    if (found == null) {
      throw new ApiError(ErrorCode.NOT_FOUND, "there is no such user");
    }
    return found;
  }
}
