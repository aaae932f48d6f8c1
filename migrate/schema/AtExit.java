package migrate.schema;

/// Does something when the process is ended by a signal before [#close()]: what was made for a
/// while goes on every way out but `kill -9`. For any thread.
public final class AtExit implements AutoCloseable {
  private final Thread hook;

  private AtExit(Thread hook) {
    this.hook = hook;
  }

  /// @param work whose errors count for nothing: what it speaks to may be ending too
  public static AtExit run(Runnable work) {
    var hook =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (RuntimeException _) {
                // Nobody is left to be told.
              }
            },
            "at-exit");
    Runtime.getRuntime().addShutdownHook(hook);
    return new AtExit(hook);
  }

  /// It is not to be done any more.
  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending: it is being done.
    }
  }
}
