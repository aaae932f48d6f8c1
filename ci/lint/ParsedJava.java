package ci.lint;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/// The syntax trees of a project's sources. A file that doesn't parse has what could be understood
/// of it: the compiler's own rule reports the errors.
///
/// @param units by path, in the order of the files
/// @param trees finds doc comments and positions in them
record ParsedJava(Map<String, CompilationUnitTree> units, Trees trees) {
  static ParsedJava parse(Tree tree) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    List<SimpleJavaFileObject> sources =
        tree.java().stream().<SimpleJavaFileObject>map(InMemory::new).toList();
    var task =
        (JavacTask) compiler.getTask(null, null, _ -> {}, List.of("-proc:none"), null, sources);
    var units = new LinkedHashMap<String, CompilationUnitTree>();
    for (var unit : task.parse()) {
      units.put(path(unit.getSourceFile()), unit);
    }
    return new ParsedJava(units, Trees.instance(task));
  }

  int line(CompilationUnitTree unit, com.sun.source.tree.Tree node) {
    long start = trees.getSourcePositions().getStartPosition(unit, node);
    return start < 0 ? 0 : (int) unit.getLineMap().getLineNumber(start);
  }

  /// The path in the project of a source that the compiler hands back.
  static String path(JavaFileObject source) {
    return source.getName().substring(1);
  }

  /// A source that was read already.
  static final class InMemory extends SimpleJavaFileObject {
    private final String text;

    InMemory(SourceFile file) {
      super(
          URI.create("project:///" + file.path().replace(" ", "%20")), JavaFileObject.Kind.SOURCE);
      text = file.text();
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }
}
