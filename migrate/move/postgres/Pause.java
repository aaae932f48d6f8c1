package migrate.move.postgres;

import fixtures.urls.EnvironmentError;

/// Waiting that can be interrupted.
final class Pause {
  private Pause() {}

  static void millis(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EnvironmentError("interrupted: --resume goes on", e);
    }
  }
}
