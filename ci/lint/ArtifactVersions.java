package ci.lint;

import java.util.HashMap;
import java.util.function.Consumer;

/// One version of each artifact, and one Netty.
///
/// Lettuce needs Netty 4.2 while the CQL driver declares 4.1; left alone the class path mixes both
/// and fails in the first request. Netty's list of versions settles it; it stands before the first
/// artifact that needs it.
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
    var own = file.directives().stream().filter(d -> d.is("DEPS")).toList();
    boolean uses = own.stream().anyMatch(ArtifactVersions::usesNetty);
    if (uses && !isNettyBom(own.getFirst())) {
      found.accept(
          new Problem(
              file.path(),
              own.getFirst().line(),
              "Netty is used here, and the first artifact is " + own.getFirst().value(),
              "begin with //" + "DEPS " + Artifact.NETTY_BOM + ":VERSION@pom"));
    }
    if (!file.isIndex() && !file.isScript()) return;
    var reached =
        Sources.reachable(tree, file).stream().flatMap(f -> f.directives().stream()).toList();
    if (reached.stream().anyMatch(ArtifactVersions::usesNetty)
        && reached.stream().noneMatch(ArtifactVersions::isNettyBom)) {
      found.accept(
          new Problem(
              file.path(),
              0,
              "reaches Netty without its list of versions",
              "list the index that has //" + "DEPS " + Artifact.NETTY_BOM));
    }
  }

  private static boolean usesNetty(Directive directive) {
    return directive.is("DEPS")
        && Artifact.parse(directive.value()).filter(Artifact::usesNetty).isPresent();
  }

  private static boolean isNettyBom(Directive directive) {
    return directive.is("DEPS") && directive.value().startsWith(Artifact.NETTY_BOM + ":");
  }
}
