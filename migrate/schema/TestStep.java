package migrate.schema;

import org.jooq.DSLContext;
import org.jooq.impl.DSL;

/// A [JavaStep] for tests: notes in table `t` how many rows it had, and takes the note away.
public final class TestStep implements JavaStep {
  @Override
  public void up(DSLContext in) {
    int rows = in.fetchCount(DSL.table("t"));
    in.execute("INSERT INTO t VALUES (?)", 100 + rows);
  }

  @Override
  public void down(DSLContext in) {
    in.execute("DELETE FROM t WHERE a >= 100");
  }
}
