package server.http;

/// A database does not answer now. Clients are told `UNAVAILABLE`; the cause is logged only.
public abstract class Away extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final String what;

  /// @param what the database as a client may know it; no host name
  protected Away(String what, String message, Throwable cause) {
    super(message, cause, false, cause != null); // known before anything was asked: no stack needed
    this.what = what;
  }

  /// What is away.
  public String what() {
    return what;
  }
}
