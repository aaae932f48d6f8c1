package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.EnvironmentError;
import java.io.IOException;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PoolerTest {
  private ScratchDatabase scratch;

  @BeforeEach
  void open() {
    scratch = TestPostgres.scratch();
  }

  @AfterEach
  void close() {
    scratch.close();
  }

  @Test
  void behind_a_pooler_that_gives_each_transaction_another_session_nothing_is_changed()
      throws IOException {
    var dsl = DSL.using(scratch.dataSource(), SQLDialect.POSTGRES);
    var before = PostgresFingerprint.lines(dsl);
    try (var pooler = TestPooler.byTransaction(scratch.url())) {
      var source = PostgresSource.of(pooler.url());
      var error = assertThrows(EnvironmentError.class, () -> Schema.postgres().up(source));
      assertTrue(
          error.getMessage().contains("a pooler that gives each transaction another session"),
          error.getMessage());
      assertTrue(error.getMessage().contains("session mode"), error.getMessage());
      assertEquals(0, Schema.postgres().state(source).version()); // which is read all the same
    }
    assertEquals(before, PostgresFingerprint.lines(dsl));
  }

  @Test
  void a_pooler_that_gives_each_client_a_session_is_as_good_as_none() throws IOException {
    try (var pooler = TestPooler.bySession(scratch.url())) {
      var schema = Schema.postgres();
      var source = PostgresSource.of(pooler.url());
      assertEquals(schema.steps().list(), schema.up(source));
      assertEquals(new SchemaState.Current(schema.steps().head()), schema.state(source));
    }
  }
}
