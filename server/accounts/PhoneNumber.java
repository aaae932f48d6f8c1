package server.accounts;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;
import com.google.i18n.phonenumbers.PhoneNumberUtil.PhoneNumberFormat;
import com.google.i18n.phonenumbers.PhoneNumberUtil.ValidationResult;
import com.google.i18n.phonenumbers.Phonenumber;
import java.util.regex.Pattern;
import server.http.ApiError;
import server.http.Check;

/// A telephone number in E.164, the one form under which a user is known. Its text is personal:
/// [#toString] masks it, so that it can't slip into a log.
public record PhoneNumber(String e164) {
  private static final PhoneNumberUtil NUMBERS = PhoneNumberUtil.getInstance();

  /// What people put between digits is forgiven; letters, extensions and other scripts' digits are
  /// not. At most 15 digits and as much between them.
  private static final Pattern FORM = Pattern.compile("\\+[0-9][0-9 ().-]{3,31}");

  /// E.164, 6.1: "the maximum length is 15 digits". Some countries' plans that the library knows
  /// have longer numbers, which no other country can call.
  private static final int MAX_E164_CHARS = 16;

  private static final int LAST_DIGITS_SHOWN = 4;

  /// The number that a client wrote, with its country code.
  ///
  /// Lengths and country codes are checked, not ranges within a country: new ones are opened faster
  /// than any library learns of them, and receiving the code is the proof.
  ///
  /// @throws ApiError `INVALID_REQUEST` when it can't be one
  public static PhoneNumber parse(String field, String text) {
    Check.present(field, text);
    if (FORM.matcher(text).matches()) {
      try {
        Phonenumber.PhoneNumber number = NUMBERS.parse(text, null);
        String e164 = NUMBERS.format(number, PhoneNumberFormat.E164);
        if (NUMBERS.isPossibleNumberWithReason(number) == ValidationResult.IS_POSSIBLE
            && e164.length() <= MAX_E164_CHARS) {
          return new PhoneNumber(e164);
        }
      } catch (NumberParseException _) {
        // said below
      }
    }
    throw ApiError.invalid(
        "\"" + field + "\" is not a phone number in E.164; write it like +66812345678");
  }

  /// Country code and last four digits: `+66*****5678`.
  public String masked() {
    int codeLength = 1 + countryCode().length();
    int shown = Math.min(LAST_DIGITS_SHOWN, (e164.length() - codeLength) / 2);
    int hidden = e164.length() - codeLength - shown;
    return e164.substring(0, codeLength) + "*".repeat(hidden) + e164.substring(codeLength + hidden);
  }

  private String countryCode() {
    try {
      return Integer.toString(NUMBERS.parse(e164, null).getCountryCode());
    } catch (NumberParseException _) {
      return ""; // a number put into the database by other means: nothing of its start is shown
    }
  }

  @Override
  public String toString() {
    return masked();
  }
}
