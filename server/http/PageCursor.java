package server.http;

import io.javalin.http.Context;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/// The opaque `cursor` of a paged route: where the page before ended, so that pages stay whole
/// while rows come and go. Clients hand it back as they got it; what is not ours is refused.
public final class PageCursor {
  /// The lists that are paged, so that a cursor of one cannot be used on another.
  public enum List {
    CONVERSATIONS(3),
    MEMBERS(2),
    RECEIPTS(4),
    SYNC(3);

    private final int numbers;

    /// @param numbers how many 64-bit numbers say where a page of this list ended
    List(int numbers) {
      this.numbers = numbers;
    }
  }

  private static final String PARAMETER = "cursor";

  private PageCursor() {}

  /// A cursor of a list that is ordered by an id.
  public static String of(List list, UUID id) {
    return write(list, id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  /// A cursor of a list that is ordered by two ids.
  public static String of(List list, UUID first, UUID second) {
    return write(
        list,
        first.getMostSignificantBits(),
        first.getLeastSignificantBits(),
        second.getMostSignificantBits(),
        second.getLeastSignificantBits());
  }

  /// A cursor of a list that is ordered by an id and a number, whichever comes first.
  public static String of(List list, UUID id, long number) {
    return write(list, id.getMostSignificantBits(), id.getLeastSignificantBits(), number);
  }

  private static String write(List list, long... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(1 + numbers.length * Long.BYTES);
    bytes.put((byte) list.ordinal());
    bytes.asLongBuffer().put(numbers);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /// The request's cursor, positioned at what `of` was given, or null when it has none.
  ///
  /// @throws ApiError `INVALID_REQUEST` when it is not a cursor of this list
  public static ByteBuffer read(Context request, List list) {
    String text = request.queryParam(PARAMETER);
    if (text == null) {
      return null;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
      if (bytes.remaining() == 1 + list.numbers * Long.BYTES && bytes.get() == list.ordinal()) {
        return bytes;
      }
    } catch (IllegalArgumentException _) {
      // falls through: whatever is wrong with it, the way out is the same
    }
    throw ApiError.invalid(
        "\"cursor\" was not given out by this route; leave it out to begin at the first page");
  }

  /// The next id in a cursor.
  public static UUID id(ByteBuffer cursor) {
    return new UUID(cursor.getLong(), cursor.getLong());
  }
}
