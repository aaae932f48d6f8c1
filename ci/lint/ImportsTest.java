package ci.lint;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImportsTest {
  @TempDir Path folder;

  private Path jar() throws Exception {
    var jar = folder.resolve("bars.jar");
    try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new ZipEntry("org/bars/Bar.class"));
      out.putNextEntry(new ZipEntry("org/bars/Bar$Part.class"));
    }
    return jar;
  }

  private TestTree tree() throws Exception {
    return new TestTree(folder.resolve("project"))
        .with(
            "fixtures/package-info.java",
            "/// Engines.\npackage fixtures;\n\n//SOURCES terminal/Bars.java\n")
        .with(
            "fixtures/terminal/Bars.java",
            """
            package fixtures.terminal;

            import static org.bars.Bar.*;
            import static org.bars.Bar.wide;

            import com.sun.source.tree.Tree;
            import java.util.Map.Entry;
            import module java.base;
            import org.bars.*;
            import org.bars.Bar.Part;

            class Bars {}
            """)
        .with("server/Alone.java", script("import fixtures.terminal.Bars;\n"))
        .with("server/Both.java", script("//SOURCES ../fixtures/package-info.java\n"))
        .with("server/WithJar.java", script("//SOURCES ../fixtures/package-info.java\n"));
  }

  private static String script(String line) {
    return SourceFile.SCRIPT_LINE + "\n" + line + "class Script {}\n";
  }

  @Test
  void aNameThatACommandHasNoJarAndNoSourceForIsFoundThoughAnotherCommandHasIt() throws Exception {
    var jar = jar();
    var rule = new Imports((_, path) -> path.contains("WithJar") ? List.of(jar) : List.of());
    assertEquals(
        List.of(
            "server/Alone.java:2 imports fixtures.terminal.Bars, which server/Alone.java can't"
                + " find",
            "fixtures/terminal/Bars.java:3 imports org.bars.Bar.*, which server/Both.java can't"
                + " find",
            "fixtures/terminal/Bars.java:4 imports org.bars.Bar.wide, which server/Both.java can't"
                + " find",
            "fixtures/terminal/Bars.java:9 imports org.bars.*, which server/Both.java can't find",
            "fixtures/terminal/Bars.java:10 imports org.bars.Bar.Part, which server/Both.java can't"
                + " find"),
        tree().problems(rule));
  }

  @Test
  void whatIsThereIsNotTold() throws Exception {
    var jar = jar();
    var tree = tree().with("server/Alone.java", script("import java.util.List;\n"));
    assertEquals(List.of(), tree.problems(new Imports((_, _) -> List.of(jar))));
  }
}
