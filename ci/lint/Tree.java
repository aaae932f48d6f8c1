package ci.lint;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// The files of the project that are meant to be in git: tracked ones and new ones that git would
/// not ignore. Read once; later changes on disk are not seen. For one thread.
public final class Tree {
  /// The folders that hold code, each importing only from those before it.
  public static final List<String> FLOORS = List.of("fixtures", "migrate", "server", "bench", "ci");

  private static final Set<String> SKIPPED = Set.of(".git", ".vyry");

  private final Path root;
  private final List<SourceFile> files;
  private final Predicate<String> writable;
  private final Map<String, List<Path>> classPaths = new HashMap<>();
  private ParsedJava parsed;

  private Tree(Path root, List<SourceFile> files, Predicate<String> writable) {
    this.root = root;
    this.writable = writable;
    this.files = List.copyOf(files);
  }

  /// Reads the project in `root`; without git there, every file but hidden state counts.
  public static Tree read(Path root) throws IOException, InterruptedException {
    return read(root, _ -> true);
  }

  /// The same; a rule that mends leaves alone what is not `writable`.
  public static Tree read(Path root, Predicate<String> writable)
      throws IOException, InterruptedException {
    var files = new ArrayList<SourceFile>();
    for (String path : Files.exists(root.resolve(".git")) ? inGit(root) : onDisk(root)) {
      var file = root.resolve(path);
      // Links are other files' names; a tracked file may have been removed from disk.
      if (!Files.isRegularFile(file) || Files.isSymbolicLink(file)) continue;
      text(file).ifPresent(text -> files.add(new SourceFile(path, text)));
    }
    files.sort(Comparator.comparing(SourceFile::path));
    return new Tree(root, files, writable);
  }

  /// The folder that holds the project.
  public Path root() {
    return root;
  }

  /// All text files, sorted by path.
  public List<SourceFile> files() {
    return files;
  }

  /// All Java sources, sorted by path.
  public List<SourceFile> java() {
    return files.stream().filter(SourceFile::isJava).toList();
  }

  /// The Java sources that people write.
  public List<SourceFile> writtenJava() {
    return java().stream().filter(file -> !file.isGenerated()).toList();
  }

  /// The file at `path`, if it is there.
  public Optional<SourceFile> file(String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  /// The syntax trees of [#java()].
  ParsedJava parsed() throws IOException {
    if (parsed == null) parsed = ParsedJava.parse(this);
    return parsed;
  }

  /// What JBang said of scripts' class paths so far.
  Map<String, List<Path>> classPaths() {
    return classPaths;
  }

  void write(String path, String text) throws IOException {
    if (writable.test(path)) Files.writeString(root.resolve(path), text);
  }

  private static List<String> inGit(Path root) throws IOException, InterruptedException {
    var git =
        new ProcessBuilder("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
            .directory(root.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    var out = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (git.waitFor() != 0) throw new IOException("git ls-files failed in " + root);
    return Stream.of(out.split("\0")).filter(path -> !path.isEmpty()).distinct().toList();
  }

  private static List<String> onDisk(Path root) throws IOException {
    try (var paths = Files.walk(root)) {
      return paths
          .filter(Files::isRegularFile)
          .map(root::relativize)
          .filter(path -> !SKIPPED.contains(path.getName(0).toString()))
          .map(path -> path.toString().replace('\\', '/'))
          .toList();
    }
  }

  private static Optional<String> text(Path file) throws IOException {
    try {
      var text = Files.readString(file);
      return text.indexOf('\0') < 0 ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }
}
