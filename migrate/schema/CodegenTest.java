package migrate.schema;

//SOURCES Codegen.java

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class CodegenTest {
  @Test
  void the_committed_classes_are_those_of_the_migrated_schema() {
    assertEquals(List.of(), Codegen.stale(TestPostgres.url(), Path.of("")));
  }
}
