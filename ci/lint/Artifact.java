package ci.lint;

import java.util.Optional;

/// Something in a Maven repository, as a `//DEPS` line names it.
///
/// @param key group, artifact and classifier: what may be there in one version only
/// @param version "" when none is given
/// @param type such as `jar` or `pom`
record Artifact(String key, String version, String type) {
  static final String NETTY_BOM = "io.netty:netty-bom";

  /// Reads `group:artifact:version[:classifier][@type]`.
  static Optional<Artifact> parse(String text) {
    String[] typed = text.split("@", 2);
    String[] parts = typed[0].split(":", -1);
    if (parts.length < 2 || parts.length > 4) return Optional.empty();
    String classifier = parts.length == 4 ? ":" + parts[3] : "";
    return Optional.of(
        new Artifact(
            parts[0] + ":" + parts[1] + classifier,
            parts.length > 2 ? parts[2] : "",
            typed.length == 2 ? typed[1] : "jar"));
  }

  /// Brings Netty along, by itself or in what it depends on.
  boolean usesNetty() {
    return key.matches("(io\\.netty:(?!netty-bom).*|io\\.lettuce:.*|.*:java-driver-core)");
  }
}
