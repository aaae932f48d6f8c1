package ci.lint;

import java.util.HashMap;
import java.util.function.Consumer;

/// One version of each artifact, and one Netty.
///
/// Lettuce needs Netty 4.2 while the CQL driver declares 4.1; left alone the class path mixes both
/// and fails in the first request. Netty's list of versions, read before all else, settles it.
public final class ArtifactVersions implements Rule {
  private record Use(String version, String place) {}

  @Override
  public String name() {
    return "artifact-versions";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) {
    var first = new HashMap<String, Use>();
    for (var file : tree.java()) {
      for (var directive : file.directives()) {
        if (!directive.is("DEPS")) continue;
        var artifact = Artifact.parse(directive.value());
        if (artifact.isEmpty()) continue;
        var use = new Use(artifact.get().version(), file.path() + ":" + directive.line());
        var earlier = first.putIfAbsent(artifact.get().key(), use);
        if (earlier != null && !earlier.version.equals(use.version)) {
          found.accept(
              new Problem(
                  file.path(),
                  directive.line(),
                  "%s %s, but %s in %s"
                      .formatted(artifact.get().key(), use.version, earlier.version, earlier.place),
                  "use one version"));
        }
      }
      checkNetty(tree, file, found);
    }
  }

  private static void checkNetty(Tree tree, SourceFile file, Consumer<Problem> found) {
    var own = file.directives().stream().filter(d -> d.is("DEPS")).findFirst();
    if (own.isEmpty() || own.get().value().startsWith(Artifact.NETTY_BOM + ":")) return;
    if (file.isIndex() || file.isScript()) {
      boolean netty =
          Sources.reachable(tree, file).stream()
              .flatMap(source -> source.values("DEPS").stream())
              .flatMap(value -> Artifact.parse(value).stream())
              .anyMatch(Artifact::usesNetty);
      if (netty) {
        found.accept(
            new Problem(
                file.path(),
                own.get().line(),
                "Netty is used here or in a listed file, and the first artifact is "
                    + own.get().value(),
                "begin with //" + "DEPS " + Artifact.NETTY_BOM + ":VERSION@pom"));
      }
    }
  }
}
