package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.EnvironmentError;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jooq.DSLContext;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What older and newer code make of a schema between two releases.
class ExpandContractTest {
  private ScratchDatabase scratch;
  private DSLContext dsl;

  @BeforeEach
  void open() {
    scratch = TestPostgres.scratch();
    dsl = DSL.using(scratch.dataSource(), SQLDialect.POSTGRES);
  }

  @AfterEach
  void close() {
    scratch.close();
  }

  /// 1, 2 `@expand`, 3 `@contract`, 4 `@expand`.
  private static PostgresSchema code(int head) {
    var files = new TreeMap<String, String>();
    var phases = List.of("", "-- @expand\n", "-- @contract\n", "-- @expand\n");
    for (int i = 1; i <= head; i++) {
      files.put(
          "%04d_s.sql".formatted(i),
          "-- S.\n%s-- up\nCREATE TABLE t%d ();\n-- down\nDROP TABLE t%d;\n"
              .formatted(phases.get(i - 1), i, i));
    }
    return Schema.postgres(Steps.of(Dialect.POSTGRES, files));
  }

  private List<Integer> upWithContract(int head) {
    return code(head).run(dsl, runner -> runner.up(OptionalInt.empty(), true)).stream()
        .map(Step::version)
        .toList();
  }

  @Test
  void up_stops_before_a_contract_and_says_how_to_go_on() {
    code(1).up(dsl);
    assertEquals(1, code(4).up(dsl).size());
    var state = code(4).state(dsl);
    assertEquals(2, state.version());
    assertTrue(state.sentence().contains("0003_s.sql takes away"), state.sentence());
    assertTrue(state.sentence().endsWith("`./jbang migrate@catalog up --contract`"));
    assertEquals(List.of(), code(4).up(dsl));
    assertEquals(List.of(3, 4), upWithContract(4));
  }

  @Test
  void an_empty_database_gets_all_steps_at_once() {
    assertEquals(4, code(4).up(dsl).size());
  }

  @Test
  void old_and_new_code_serve_what_is_between_them_and_nothing_else() {
    code(1).up(dsl);
    assertTrue(code(1).state(dsl).serves());
    assertFalse(code(2).state(dsl).serves(), "new code needs what the expand step adds");
    code(2).up(dsl);
    assertTrue(code(1).state(dsl).serves(), "old code does not notice what was added");
    assertTrue(code(2).state(dsl).serves());
    assertTrue(code(3).state(dsl).serves(), "new code does not need the contract step");
    upWithContract(3);
    assertFalse(code(1).state(dsl).serves(), "what old code needs is gone");
    assertFalse(code(2).state(dsl).serves(), "code that does not know the contract step");
    assertTrue(code(3).state(dsl).serves());
    assertThrows(SchemaMismatch.class, () -> code(2).state(dsl).requireServes());
  }

  @Test
  void a_contract_step_is_not_done_while_an_older_server_is_connected() throws Exception {
    code(2).up(dsl);
    try (var server = scratch.dataSource().getConnection()) {
      DSL.using(server, SQLDialect.POSTGRES).execute("SET application_name = 'pool schema 0002'");
      var error = assertThrows(EnvironmentError.class, () -> upWithContract(3));
      assertTrue(error.getMessage().contains("'pool schema 0002'"), error.getMessage());
      DSL.using(server, SQLDialect.POSTGRES).execute("SET application_name = 'pool schema 0003'");
      assertEquals(List.of(3), upWithContract(3));
    }
  }

  @Test
  void a_history_of_before_there_were_phases_is_read_and_mended() {
    code(1).up(dsl);
    dsl.execute("ALTER TABLE schema_history DROP COLUMN phase");
    assertEquals(1, code(1).state(dsl).version());
    code(2).up(dsl);
    assertTrue(code(1).state(dsl).serves());
  }
}
