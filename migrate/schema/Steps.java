package migrate.schema;

import fixtures.urls.UserError;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// All steps of one database in the order of their versions, read and checked. A value.
public final class Steps {
  /// Holds the names of the steps, one a line: a class path can't be listed.
  static final String INDEX = "index.txt";

  private static final String JAVA = ".java";

  private static final Comparator<Step> BY_VERSION =
      Comparator.comparingInt(Step::version).thenComparing(Step::file);

  private final Dialect dialect;
  private final List<Step> list;

  private Steps(Dialect dialect, List<Step> steps) {
    this.dialect = dialect;
    this.list = steps.stream().sorted(BY_VERSION).toList();
    for (int i = 1; i < list.size(); i++) {
      if (list.get(i).version() == list.get(i - 1).version()) {
        throw new UserError(
            "%s and %s have one version: give the later one the next free number"
                .formatted(list.get(i - 1).file(), list.get(i).file()));
      }
    }
  }

  /// Those that come with this code: `migrate/steps/<dialect>/` on the class path.
  ///
  /// @throws UserError when one is not well formed
  public static Steps bundled(Dialect dialect) {
    return of(dialect, BundledFiles.of(dialect));
  }

  /// Those in a folder: every file in it with the dialect's extension.
  ///
  /// @throws UserError when one is not well formed or the folder can't be read
  public static Steps in(Path folder, Dialect dialect) {
    var files = new TreeMap<String, String>();
    try (var found =
        Files.newDirectoryStream(folder, "*.{%s,java}".formatted(dialect.extension()))) {
      for (var path : found) {
        files.put(path.getFileName().toString(), Files.readString(path));
      }
    } catch (NotDirectoryException | NoSuchFileException e) {
      throw new UserError("%s is no folder: give one that holds steps".formatted(folder));
    } catch (IOException e) {
      throw new UserError("the steps in %s can't be read: %s".formatted(folder, e));
    }
    return of(dialect, files);
  }

  /// Those given, by the names of their files, and the sources of their [JavaStep]s.
  ///
  /// @throws UserError when one is not well formed
  public static Steps of(Dialect dialect, Map<String, String> sources) {
    var steps =
        sources.entrySet().stream()
            .filter(file -> !file.getKey().endsWith(JAVA))
            .map(file -> StepFile.parse(file.getKey(), file.getValue(), dialect, sources))
            .toList();
    return new Steps(dialect, steps);
  }

  public Dialect dialect() {
    return dialect;
  }

  /// In ascending order of versions.
  public List<Step> list() {
    return list;
  }

  /// The newest version, 0 when there is none.
  public int head() {
    return list.isEmpty() ? 0 : list.getLast().version();
  }

  public Optional<Step> find(int version) {
    return list.stream().filter(step -> step.version() == version).findFirst();
  }

  private static final class BundledFiles {
    static Map<String, String> of(Dialect dialect) {
      String folder = "/migrate/steps/" + dialect.folder() + "/";
      var files = new TreeMap<String, String>();
      for (String name : read(folder + INDEX).lines().filter(l -> !l.isBlank()).toList()) {
        files.put(name, read(folder + name));
      }
      return files;
    }

    private static String read(String resource) {
      try (InputStream in = Steps.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new UserError(
              resource
                  + " is not on the class path: //FILES of migrate/package-info.java lists it,"
                  + " and without JBang the root of the checkout belongs on the class path");
        }
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
