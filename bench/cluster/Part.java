package bench.cluster;

/// One part of a running system: a server or a database, in processes of its own. Thread-safe; a
/// call waits for the one before it.
public sealed interface Part permits ServerPart, EnginePart {
  /// `server-1`, `postgres`, `redis`, `cql`.
  String name();

  /// Whether it was started here, and so can be killed and measured. An external one can't.
  boolean ours();

  /// The id of its first process; 0 when none runs or it is not ours.
  long pid();

  /// Ends all its processes as a power failure would (SIGKILL), and returns when they are gone.
  void kill();

  /// Takes the CPU away from it (SIGSTOP) until [#resume].
  void pause();

  /// Gives it the CPU again (SIGCONT).
  void resume();

  /// Starts it again on the same port with the same data, and returns when it answers.
  ///
  /// @throws fixtures.urls.EnvironmentError when it does not answer in time
  void start();

  /// CPU time of all its processes from the beginning, those that ended included: nanoseconds, in
  /// steps of the kernel's clock tick (10 ms). What a crash between two calls used is lost; 0 for
  /// what is not ours.
  long cpuNanos();

  /// What its processes hold of the memory, shared pages counted once: bytes; 0 when none runs.
  long rssBytes();
}
