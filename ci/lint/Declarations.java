package ci.lint;

import com.sun.source.tree.ClassTree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;

/// Public types say what they are for, and no type hides that behind a word that fits any type.
public final class Declarations implements Rule {
  private static final Pattern EMPTY_WORD =
      Pattern.compile("(Manager|Helpers?|Utils?|Utilities|Impl)(?![a-z])");

  @Override
  public String name() {
    return "declarations";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) throws IOException {
    var parsed = tree.parsed();
    for (var file : tree.writtenJava()) {
      var unit = parsed.units().get(file.path());
      if (unit == null) continue;
      new TreePathScanner<Void, Void>() {
        @Override
        public Void visitClass(ClassTree type, Void unused) {
          String name = type.getSimpleName().toString();
          int line = parsed.line(unit, type);
          var empty = EMPTY_WORD.matcher(name);
          if (empty.find()) {
            found.accept(
                new Problem(
                    file.path(),
                    line,
                    "the name %s says '%s', which fits any type".formatted(name, empty.group(1)),
                    "name what it does"));
          }
          if (isTop(getCurrentPath())
              && type.getModifiers().getFlags().contains(Modifier.PUBLIC)
              && !file.isTest()
              && parsed.trees().getDocComment(getCurrentPath()) == null) {
            found.accept(
                new Problem(
                    file.path(),
                    line,
                    "the public type %s has no doc comment".formatted(name),
                    "say what it is for, then its contract"));
          }
          return super.visitClass(type, unused);
        }
      }.scan(new TreePath(unit), null);
    }
  }

  private static boolean isTop(TreePath path) {
    return path.getParentPath().getParentPath() == null;
  }
}
