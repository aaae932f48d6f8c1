package migrate.schema;

import java.util.List;
import java.util.Optional;

/// One change of a schema, and how it is undone. A value; its lists can't be changed.
///
/// @param version its place in the order, from 1
/// @param name what the file is called after the number, such as `accounts`
/// @param file the file's name, such as `0001_accounts.sql`
/// @param description the sentences of the file's first line: what the change does
/// @param directives how it is to be done
/// @param up what does it
/// @param down what undoes it; empty when the file has no such part, and it can't be undone
/// @param checksum SHA-256 of the normalised file and its [JavaStep]'s source, in hexadecimal
///   digits
public record Step(
    int version,
    String name,
    String file,
    String description,
    Directives directives,
    List<Statement> up,
    Optional<List<Statement>> down,
    String checksum) {

  public Step {
    up = List.copyOf(up);
    down = down.map(List::copyOf);
  }

  /// Whether it takes away what servers of before it need.
  boolean contracts() {
    return directives.phase() == Directives.Phase.CONTRACT;
  }

  /// Whether it is the step, unchanged, that this line of the history tells of.
  boolean isSame(Applied line) {
    return line.version() == version
        && line.name().equals(name)
        && line.checksum().equals(checksum);
  }
}
