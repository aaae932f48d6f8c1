package ci.lint;

import ci.run.Folders;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import javax.tools.Diagnostic;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/// Everything compiles without a warning, on the class path of the tests, which is everyone's.
public final class Compilation implements Rule {
  /// Warnings about libraries' class files and about who processes their annotations aren't ours.
  private static final List<String> OPTIONS =
      List.of(
          "-Xlint:all,-processing,-classfile,-path",
          "-Werror",
          "-proc:none",
          "-Xmaxwarns",
          "1000",
          "-Xmaxerrs",
          "1000");

  private final CommandJars jars;

  public Compilation() {
    this(CommandJars::fromJBang);
  }

  Compilation(CommandJars jars) {
    this.jars = jars;
  }

  @Override
  public String name() {
    return "compile";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) throws IOException, InterruptedException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    String libraries =
        String.join(
            File.pathSeparator,
            jars.of(tree, CommandJars.WHOLE_PROJECT).stream().map(Path::toString).toList());
    var out = Files.createTempDirectory("vyry-lint");
    try (var files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
      var options = new ArrayList<>(OPTIONS);
      options.addAll(List.of("-d", out.toString(), "-cp", libraries));
      var sources = tree.java().stream().<JavaFileObject>map(ParsedJava.InMemory::new).toList();
      compiler
          .getTask(null, files, diagnostic -> report(diagnostic, found), options, null, sources)
          .call();
    } finally {
      Folders.delete(out);
    }
  }

  private static void report(
      Diagnostic<? extends JavaFileObject> diagnostic, Consumer<Problem> found) {
    if (diagnostic.getSource() == null) {
      boolean summary = diagnostic.getMessage(Locale.ROOT).contains("-Werror");
      if (!summary && diagnostic.getKind() != Diagnostic.Kind.NOTE) {
        found.accept(
            new Problem(
                "(compiler)", 0, diagnostic.getMessage(Locale.ROOT), "see the compiler's manual"));
      }
      return;
    }
    if (diagnostic.getKind() == Diagnostic.Kind.NOTE) return;
    String message =
        String.join(" ", diagnostic.getMessage(Locale.ROOT).lines().map(String::strip).toList());
    found.accept(
        new Problem(
            ParsedJava.path(diagnostic.getSource()),
            (int) Math.max(0, diagnostic.getLineNumber()),
            message,
            "mend the code"));
  }
}
