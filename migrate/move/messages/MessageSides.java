package migrate.move.messages;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;

/// Opens the two stores of a move. Its implementation stands beside the stores, in a folder that
/// this one does not know: [#find] looks it up by name.
public interface MessageSides {
  /// For the stores' own implementation.
  String IMPLEMENTATION = "server.messages.ServerMessageSides";

  MessageSide postgres(PostgresUrl url);

  /// @throws fixtures.urls.EnvironmentError when no node of the CQL database answers
  MessageSide cql(CqlUrl url);

  /// The stores' own.
  static MessageSides find() {
    try {
      return Class.forName(IMPLEMENTATION)
          .asSubclass(MessageSides.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          IMPLEMENTATION + " is not on the class path: run migrate@catalog from a whole checkout",
          e);
    }
  }
}
