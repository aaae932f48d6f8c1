package migrate.command;

import java.util.Optional;
import picocli.CommandLine.Option;

/// Where steps are tried, for commands that compare.
public final class Scratch {
  @Option(
      names = "--scratch-url",
      paramLabel = "URL",
      description = {
        "The server where a scratch database is made and dropped for it; without it the",
        "database's own, where the user then needs the right to make one. Wants --only."
      })
  private String url;

  /// For picocli.
  public Scratch() {}

  Optional<String> url() {
    return Optional.ofNullable(url);
  }
}
