package migrate.command;

import fixtures.urls.EnvironmentError;
import fixtures.urls.UserError;
import java.io.PrintStream;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import migrate.move.Mover;
import migrate.move.Obstacle;
import org.jooq.exception.DataAccessException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// What a move is told to do: one of the verbs, or to begin when there is none.
public final class MoveVerb {
  @ArgGroup(exclusive = true, multiplicity = "0..1", heading = "What to do, if not to begin:%n")
  private Verb verb = new Verb();

  @Option(names = "--json", description = "Print what there is to tell as JSON.")
  private boolean json;

  @Option(
      names = "--mend",
      description = "With --verify: copy again what differs, row by row, and compare once more.")
  private boolean mend;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Also write what it was like, as HTML and, beside it, as JSON.")
  private Path report;

  /// The verbs.
  static final class Verb {
    @Option(names = "--preflight", description = "Only tell what stands in the way.")
    boolean preflight;

    @Option(names = "--resume", description = "Go on with a move that was broken off.")
    boolean resume;

    @Option(names = "--status", description = "Tell how far it is.")
    boolean status;

    @Option(names = "--verify", description = "Compare both sides; exit code 1 if they differ.")
    boolean verify;

    @Option(names = "--abort", description = "Before the cut-over: leave the source as it was.")
    boolean abort;

    @Option(names = "--rollback", description = "After the cut-over: go back to the source.")
    boolean rollback;

    @Option(names = "--finish", description = "After the cut-over: let go of the source.")
    boolean finish;
  }

  /// For picocli.
  public MoveVerb() {}

  /// Does it, and tells of it on `out`.
  ///
  /// @return the exit code
  public int tell(Mover mover, PrintStream out) {
    try {
      return told(mover, out);
    } catch (DataAccessException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      String what = e.getCause() instanceof SQLException ? e.getMessage() : cause.getMessage();
      throw new EnvironmentError(
          (what == null || what.startsWith("SQL [") ? cause.getMessage() : what)
              + "; --status tells how far the move is, --resume goes on with it",
          e);
    }
  }

  private int told(Mover mover, PrintStream out) {
    if (mend && !verb.verify) {
      throw new UserError("--mend goes with --verify");
    }
    boolean good = true;
    if (verb.preflight) {
      List<Obstacle> found = mover.preflight();
      good = found.stream().noneMatch(Obstacle::fatal);
      print(found, out);
      return good ? 0 : 1;
    }
    if (verb.resume) {
      mover.resume();
    } else if (verb.verify) {
      good = mover.verify(mend);
    } else if (verb.abort) {
      mover.abort();
    } else if (verb.rollback) {
      mover.rollback();
    } else if (verb.finish) {
      mover.finish();
    } else if (!verb.status) {
      mover.start();
    }
    print(mover.status(), out);
    if (report != null) {
      new MoveReport("a small commit", mover.status(), mover.events(), mover.samples())
          .write(report);
    }
    return good ? 0 : 1;
  }

  private void print(List<Obstacle> found, PrintStream out) {
    if (json) {
      out.println(
          new JsonMapper()
              .writeValueAsString(
                  found.stream()
                      .map(o -> Map.of("fatal", o.fatal(), "what", o.what(), "way_out", o.wayOut()))
                      .toList()));
    } else if (found.isEmpty()) {
      out.println("nothing stands in the way");
    } else {
      found.forEach(o -> out.printf("%s %s%n", o.fatal() ? "stop" : "note", o));
    }
  }

  private void print(Map<String, Object> status, PrintStream out) {
    if (json) {
      out.println(new JsonMapper().writeValueAsString(status));
    } else {
      status.forEach((name, value) -> {
        String first = value instanceof List<?> list && !list.isEmpty() ? "" + list.getFirst() : "";
        out.printf("%-10s %s%n", name, value instanceof List<?> ? first : value);
        if (value instanceof List<?> list) {
          list.stream().skip(1).forEach(line -> out.printf("%-10s %s%n", "", line));
        }
      });
    }
  }
}
