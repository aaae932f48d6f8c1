package ci.check;

import bench.client.Api;
import java.io.IOException;

/// Asks again while a server says that it can't now: for what sets a run up and reads its end, not
/// for what is checked.
final class Patient {
  private static final int MOST_TRIES = 40; // 20 s: caches and plans are cold, the machine is busy
  private static final long AGAIN_MILLIS = 500;
  private static final int UNAVAILABLE = 503;

  private Patient() {}

  /// A request.
  interface Request<T> {
    T make() throws IOException, InterruptedException;
  }

  static <T> T ask(Request<T> request) throws IOException, InterruptedException {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.make();
      } catch (Api.Refused e) {
        if (e.status() != UNAVAILABLE || attempt == MOST_TRIES) {
          throw e;
        }
      }
      Thread.sleep(AGAIN_MILLIS);
    }
  }
}
