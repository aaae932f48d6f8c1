package server.accounts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import server.http.ApiError;
import server.http.ErrorCode;

class PhoneNumberTest {
  private static PhoneNumber parse(String text) {
    return PhoneNumber.parse("phone_number", text);
  }

  @Test
  void allWaysToWriteANumberAreOneUser() {
    for (String text :
        List.of("+66812345678", "+66 81 234 5678", "+66 (81) 234-5678", "+66.81.234.5678")) {
      assertEquals("+66812345678", parse(text).e164());
    }
    assertEquals("+15550001234", parse("+15550001234").e164()); // no range is checked
    assertEquals("+390612345678", parse("+39 06 1234 5678").e164()); // Italy keeps its zero
  }

  @Test
  void whatCanNotBeANumberIsRefused() {
    for (String text :
        List.of(
            "",
            "+",
            "0812345678",
            "66812345678",
            "+66",
            "+6681",
            "+668123456789012345",
            "+999123456789",
            "+1-800-FLOWERS",
            "+66812345678;ext=12",
            "tel:+66812345678",
            "+๖๖๘๑๒๓๔๕๖๗๘",
            "+66812345678\u0000",
            "+66812345678\n",
            " +66812345678")) {
      var e = assertThrows(ApiError.class, () -> parse(text), text);
      assertEquals(ErrorCode.INVALID_REQUEST, e.code());
    }
    assertThrows(ApiError.class, () -> parse(null));
  }

  @Test
  void itIsShownByCountryAndLastFourDigits() {
    assertEquals("+66*****5678", parse("+66812345678").masked());
    assertEquals("+1******1234", parse("+15550001234").masked());
    assertEquals("+66*****5678", parse("+66812345678").toString());
  }

  @Test
  void noTextMakesItFailInAnotherWayAndWhatItAcceptsItGivesBackUnchanged() {
    var random = new Random(1);
    String alphabet = "+0123456789 ().-x;٣\u0000";
    int accepted = 0;
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder("+");
      for (int n = random.nextInt(20); n > 0; n--) {
        int limit = random.nextInt(20) == 0 ? alphabet.length() : 11;
        text.append(alphabet.charAt(random.nextInt(limit)));
      }
      try {
        PhoneNumber number = parse(text.toString());
        accepted++;
        assertTrue(number.e164().matches("\\+[1-9][0-9]{3,14}"), number.e164());
        assertEquals(number, parse(number.e164()));
        assertEquals(number.e164().length(), number.masked().length());
        assertFalse(number.masked().equals(number.e164()));
      } catch (ApiError e) {
        assertEquals(ErrorCode.INVALID_REQUEST, e.code());
      }
    }
    assertTrue(accepted > 100, accepted + " were accepted");
  }
}
