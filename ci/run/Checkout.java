package ci.run;

import fixtures.urls.UserError;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Finds the project's files, which a command that was started from a URL doesn't have.
public final class Checkout {
  private Checkout() {}

  /// The nearest folder, from the current one upwards, that holds the project.
  public static Optional<Path> find() {
    for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      if (isRoot(folder)) return Optional.of(folder);
    }
    return Optional.empty();
  }

  /// `given`, or what [#find()] finds.
  ///
  /// @param given a folder that the user named, or null
  /// @throws UserError when the project is not there
  public static Path require(Path given) {
    if (given != null) {
      if (isRoot(given)) return given.toAbsolutePath().normalize();
      throw new UserError(
          given + " doesn't hold the project: name the folder that has jbang-catalog.json and ci/");
    }
    return find()
        .orElseThrow(() ->
            new UserError(
                "no project in this folder or above it: start in a checkout, or give --root"));
  }

  private static boolean isRoot(Path folder) {
    return Files.exists(folder.resolve("jbang-catalog.json"))
        && Files.isDirectory(folder.resolve("ci"));
  }
}
