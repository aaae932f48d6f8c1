package migrate.move.postgres;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Something that is done again and again beside the mover's work, in a session of its own, until
/// this is closed or it fails once.
final class Repeated implements AutoCloseable {
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          work -> Thread.ofPlatform().daemon().name("vyry-move-beside").unstarted(work));
  private final Session session;

  private Repeated(Session session) {
    this.session = session;
  }

  /// @param millis between two times
  static Repeated every(int millis, Session like, Consumer<Session> work) {
    var repeated = new Repeated(like.another());
    repeated.timer.scheduleWithFixedDelay(
        () -> work.accept(repeated.session), 0, millis, TimeUnit.MILLISECONDS);
    return repeated;
  }

  @Override
  public void close() {
    timer.shutdownNow();
    session.close();
  }
}
