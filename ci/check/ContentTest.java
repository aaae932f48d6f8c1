package ci.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class ContentTest {
  private final Content content = new Content(42);

  @Test
  void aMessageIsToldFromItsContent() {
    for (int message = 0; message < 5_000; message++) {
      assertEquals(message, content.read(content.of(message, 0)));
    }
  }

  @Test
  void theContentOfARetryIsToldFromTheFirstOne() {
    int read = content.read(content.of(7, 1));
    assertNotEquals(7, read);
    assertEquals(7, Content.number(read));
  }

  @Test
  void aSingleWrongByteMakesItForeign() {
    byte[] bytes = content.of(7, 0);
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= 1;
      // The variant's own byte alone does not make it the other variant.
      assertEquals(Content.FOREIGN, content.read(bytes), "byte " + i);
      bytes[i] ^= 1;
    }
    assertEquals(Content.FOREIGN, content.read(new byte[3]));
    assertEquals(Content.FOREIGN, new Content(43).read(bytes));
  }
}
