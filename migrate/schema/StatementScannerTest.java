package migrate.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.UserError;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StatementScannerTest {
  private static List<String> statements(String source, Dialect dialect) {
    return StatementScanner.scan(source, dialect).stream()
        .filter(Statement.class::isInstance)
        .map(piece -> ((Statement) piece).text())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT ';'",
        "SELECT 'it''s; one'",
        "SELECT E'a\\';b'",
        "SELECT e'\\\\'",
        "SELECT 'a\\'",
        "SELECT U&'\\0061;'",
        "SELECT \"a;\"\"b\"",
        "SELECT $$a;b$$",
        "SELECT $x$a;$$;b$x$",
        "SELECT $été$;$été$",
        "SELECT $1, a$b$, c$b$",
        "SELECT 1 /* ; /* nested ; */ ; */ + 1",
        "SELECT 1 -- ; not yet\n + 1",
        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN; RETURN 1; END $$",
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END;"
            + " END",
        "create or replace procedure p() begin atomic select 1; end",
        "CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b)",
        "SELECT '-- down'",
        "SELECT 1e5, 2"
      })
  void a_semicolon_inside_of_something_ends_no_statement(String statement) {
    String source = statement + ";\nSELECT 2;";
    assertEquals(List.of(statement, "SELECT 2"), statements(source, Dialect.POSTGRES));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "INSERT INTO t (a) VALUES ('it''s; one')",
        "INSERT INTO t (a) VALUES ($$a;'b$$)",
        "SELECT \"a;b\" FROM t",
        "SELECT a /* ; */ FROM t",
        "SELECT a // ;\n FROM t",
        "BEGIN BATCH INSERT INTO t (a) VALUES (1); DELETE FROM t WHERE a = 2; APPLY BATCH",
        "BEGIN UNLOGGED BATCH\nUPDATE t SET a = 1 WHERE b = 2;\nAPPLY BATCH"
      })
  void the_same_holds_for_cql(String statement) {
    String source = statement + ";\nSELECT b FROM t;";
    assertEquals(List.of(statement, "SELECT b FROM t"), statements(source, Dialect.CQL));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SELECT 'a", "SELECT \"a", "SELECT $a$ $b$", "SELECT 1 /* /* */", "/*"})
  void what_has_no_end_is_told_with_its_line(String source) {
    var error =
        assertThrows(
            UserError.class, () -> StatementScanner.scan("\n\n" + source, Dialect.POSTGRES));
    assertTrue(error.getMessage().startsWith("line 3: "), error.getMessage());
  }

  @Test
  void comments_that_begin_a_line_between_statements_are_told_with_their_lines() {
    var pieces =
        StatementScanner.scan("-- one\nSELECT 1; -- two\n  -- three\n-- four\n", Dialect.POSTGRES);
    assertEquals(
        List.of(
            new StatementScanner.Comment("one", 1),
            new Statement("SELECT 1", 2),
            new StatementScanner.Comment("four", 4)),
        pieces);
  }

  @Test
  void a_marker_inside_of_a_statement_is_refused_and_not_swallowed() {
    var error =
        assertThrows(
            UserError.class,
            () -> StatementScanner.scan("-- up\nSELECT 1\n-- down\n", Dialect.POSTGRES));
    assertTrue(error.getMessage().contains("lacks its ';'"), error.getMessage());
  }

  @Property
  void what_was_joined_by_semicolons_is_cut_into_the_same_statements(
      @ForAll("listsOfStatements") List<List<String>> written) {
    var expected = new ArrayList<String>();
    var source = new StringBuilder();
    for (var tokens : written) {
      String statement = "SELECT " + String.join(" ", tokens) + " ,1";
      expected.add(statement);
      source.append(statement).append(";\n-- between ; them\n/* and ; */");
    }
    assertEquals(expected, statements(source.toString(), Dialect.POSTGRES));
  }

  @Provide
  Arbitrary<List<List<String>>> listsOfStatements() {
    // Every character that means something to the scanner, in every kind of quote.
    var text = Arbitraries.strings().withChars("a1;'\"$-/* \n\\_eE(").ofMaxLength(12);
    var token =
        Arbitraries.oneOf(
            text.map(t -> "'" + t.replace("'", "''") + "'"),
            text.map(t -> "E'" + t.replace("\\", "\\\\").replace("'", "\\'") + "'"),
            text.map(t -> "\"" + t.replace("\"", "\"\"") + "\""),
            text.map(t -> "$q$" + t.replace("$", "") + "$q$"),
            text.map(t -> "/*" + t.replace("*", "").replace("/", "") + "*/"),
            text.map(t -> "--" + t.replace("\n", "") + "\n"),
            text.map(t -> "(" + "'" + t.replace("'", "") + "';)"));
    return token.list().ofMaxSize(6).list().ofMaxSize(5);
  }
}
