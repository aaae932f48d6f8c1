package ci.lint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;

/// The jars that the commands run on are those that were looked at: a committed list holds each
/// one's SHA-256, since JBang has no such file itself.
///
/// Engines that are fetched while a program runs are pinned where they are fetched.
public final class ArtifactLock implements Rule.Mending {
  static final String PATH = "ci/artifacts.lock";

  private static final String SERVER = "server/Server.java";
  private static final String HEADER =
      "# SHA-256 of every jar on a command's class path. Written by: lint --fix --rule artifacts\n";
  private static final Pattern SCRIPT = Pattern.compile("\"script-ref\": \"([^\"]+)\"");

  private final CommandJars jars;
  private final Function<Path, String> digest;

  public ArtifactLock() {
    this(CommandJars::fromJBang, ArtifactLock::sha256);
  }

  ArtifactLock(CommandJars jars, Function<Path, String> digest) {
    this.jars = jars;
    this.digest = digest;
  }

  @Override
  public String name() {
    return "artifacts";
  }

  @Override
  public void check(Tree tree, Consumer<Problem> found) throws IOException, InterruptedException {
    var locked = locked(tree);
    var resolved = resolved(tree);
    resolved.forEach((artifact, sha256) -> {
      String expected = locked.get(artifact);
      if (expected == null) {
        found.accept(
            new Problem(
                PATH,
                0,
                "has no line for " + artifact,
                "see where it comes from, then run lint --fix"));
      } else if (!expected.equals(sha256)) {
        found.accept(
            new Problem(
                PATH,
                0,
                "%s has SHA-256 %s instead of %s".formatted(artifact, sha256, expected),
                "remove it from the local repository and fetch it again"));
      }
    });
    for (String artifact : locked.keySet()) {
      if (!resolved.containsKey(artifact)) {
        found.accept(
            new Problem(PATH, 0, artifact + " is on no command's class path", "run lint --fix"));
      }
    }
    checkNetty(resolved.keySet(), found);
    checkSameAsServer(tree, found);
  }

  /// Netty's jars call each other, so all are there in one version.
  private static void checkNetty(Set<String> resolved, Consumer<Problem> found) {
    var versions = new TreeSet<String>();
    for (String artifact : resolved) {
      if (artifact.matches("io\\.netty:netty-(?!tcnative).*")) versions.add(artifact.split(":")[2]);
    }
    if (versions.size() > 1) {
      found.accept(
          new Problem(
              PATH,
              0,
              "Netty is there in versions " + String.join(" and ", versions),
              "list " + Artifact.NETTY_BOM + " where the other comes from"));
    }
  }

  /// What tests prove of other versions than the server's is not proved.
  private void checkSameAsServer(Tree tree, Consumer<Problem> found)
      throws IOException, InterruptedException {
    if (tree.file(SERVER).isEmpty() || tree.file(CommandJars.WHOLE_PROJECT).isEmpty()) return;
    var tested = new TreeMap<String, String>();
    for (var jar : jars.of(tree, CommandJars.WHOLE_PROJECT)) {
      tested.put(withoutVersion(coordinates(jar)), coordinates(jar));
    }
    for (var jar : jars.of(tree, SERVER)) {
      String artifact = coordinates(jar);
      String other = tested.get(withoutVersion(artifact));
      if (!artifact.equals(other)) {
        found.accept(
            new Problem(
                PATH,
                0,
                "the server runs on %s, the tests on %s".formatted(artifact, other),
                "name the version in a //" + "DEPS line"));
      }
    }
  }

  @Override
  public void mend(Tree tree) throws IOException, InterruptedException {
    var text = new StringBuilder(HEADER);
    resolved(tree)
        .forEach(
            (artifact, sha256) -> text.append(sha256).append("  ").append(artifact).append('\n'));
    tree.write(PATH, text.toString());
  }

  private static Map<String, String> locked(Tree tree) {
    var locked = new TreeMap<String, String>();
    for (String line : tree.file(PATH).map(SourceFile::lines).orElse(List.of())) {
      if (line.startsWith("#")) continue;
      String[] parts = line.split(" +", 2);
      locked.put(parts[1], parts[0]);
    }
    return locked;
  }

  private Map<String, String> resolved(Tree tree) throws IOException, InterruptedException {
    var resolved = new TreeMap<String, String>();
    String catalog = tree.file("jbang-catalog.json").map(SourceFile::text).orElse("");
    for (var script : SCRIPT.matcher(catalog).results().toList()) {
      if (tree.file(script.group(1)).isEmpty()) continue; // another rule's finding
      for (var jar : jars.of(tree, script.group(1))) {
        resolved.computeIfAbsent(coordinates(jar), _ -> digest.apply(jar));
      }
    }
    return resolved;
  }

  /// `group:artifact:version`, with `:classifier` if any, of a jar in a local Maven repository.
  static String coordinates(Path jar) {
    var inRepository = repository().relativize(jar);
    if (inRepository.startsWith("..") || inRepository.getNameCount() < 4) {
      throw new IllegalStateException(jar + " is not in the local repository " + repository());
    }
    int names = inRepository.getNameCount();
    String version = inRepository.getName(names - 2).toString();
    String artifact = inRepository.getName(names - 3).toString();
    var group = new ArrayList<String>();
    inRepository.subpath(0, names - 3).forEach(name -> group.add(name.toString()));
    String file = inRepository.getName(names - 1).toString();
    String rest = file.substring(artifact.length() + 1 + version.length(), file.lastIndexOf('.'));
    return String.join(".", group) + ":" + artifact + ":" + version + rest.replaceFirst("^-", ":");
  }

  private static Path repository() {
    String set = System.getenv("JBANG_REPO");
    return set == null || set.isBlank()
        ? Path.of(System.getProperty("user.home"), ".m2", "repository")
        : Path.of(set);
  }

  private static String withoutVersion(String coordinates) {
    String[] parts = coordinates.split(":");
    return parts[0] + ":" + parts[1] + (parts.length > 3 ? ":" + parts[3] : "");
  }

  static String sha256(Path jar) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(jar)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
