package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JavaStepTest {
  private ScratchDatabase scratch;
  private DSLContext database;

  @BeforeEach
  void open() {
    scratch = TestPostgres.scratch();
    database = DSL.using(scratch.dataSource(), SQLDialect.POSTGRES);
    database.execute("CREATE TABLE t (a int)");
  }

  @AfterEach
  void close() {
    scratch.close();
  }

  private static PostgresSchema schema(String className, String up) {
    String file =
        "-- A.\n-- @java %s\n-- up\n%s\n-- down\nDELETE FROM t;\n".formatted(className, up);
    String name = className.substring(className.lastIndexOf('.') + 1) + ".java";
    return Schema.postgres(
        Steps.of(Dialect.POSTGRES, Map.of("0001_a.sql", file, name, "its source")));
  }

  private List<Integer> rows() {
    return database.fetch("SELECT a FROM t ORDER BY a").getValues(0, Integer.class);
  }

  @Test
  void java_comes_after_the_statements_on_the_way_up_and_before_them_on_the_way_down() {
    var schema = schema("migrate.schema.TestStep", "INSERT INTO t VALUES (1), (2);");
    assertEquals(1, schema.up(database).size());
    assertEquals(List.of(1, 2, 102), rows());
    assertEquals(1, schema.down(database, 1).size());
    assertEquals(List.of(), rows());
  }

  @Test
  void a_java_step_that_fails_leaves_nothing_of_its_statements() {
    var schema = schema("migrate.schema.TestStep", "DROP TABLE t; CREATE TABLE other ();");
    assertThrows(RuntimeException.class, () -> schema.up(database));
    assertEquals(List.of(), rows());
    assertEquals(0, schema.state(database).version());
  }

  @Test
  void a_class_that_is_none_is_told_with_what_it_has_to_be() {
    for (String name : List.of("migrate.schema.Missing", "migrate.schema.Dialect")) {
      var schema = schema(name, "INSERT INTO t VALUES (1);");
      var error = assertThrows(UserError.class, () -> schema.up(database));
      assertTrue(error.getMessage().contains(name + " can't be made"), error.getMessage());
      assertEquals(List.of(), rows());
    }
  }

  @Test
  void a_half_done_step_that_was_mended_goes_on_after_a_repair() {
    String file = "-- A.\n-- @no-transaction\n-- up\nINSERT INTO t VALUES (1);\nSELECT %s;\n";
    var faulty = Schema.postgres(steps(file.formatted("1 / 0")));
    var mended = Schema.postgres(steps(file.formatted("1 / 1")));
    assertThrows(UserError.class, () -> faulty.up(database));
    assertThrows(SchemaMismatch.class, () -> mended.up(database));
    var repairs = mended.run(database, runner -> runner.repair(Set.of()));
    assertEquals(List.of(new Repair(1, "0001_a.sql", Repair.Kind.RESUME)), repairs);
    assertEquals(1, mended.up(database).size());
    assertEquals(List.of(1), rows());
    mended.state(database).require();
  }

  private static Steps steps(String file) {
    return Steps.of(Dialect.POSTGRES, Map.of("0001_a.sql", file));
  }
}
