package migrate.schema;

/// The history of a database and the steps at hand do not fit together.
///
/// The message is one line: what is the matter, and the command that mends it.
public final class SchemaMismatch extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// The exit code of a command that ends with this error.
  public static final int EXIT_CODE = 1;

  public SchemaMismatch(String message) {
    super(message);
  }
}
