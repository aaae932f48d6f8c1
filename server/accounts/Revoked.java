package server.accounts;

import java.util.UUID;

/// A session that was ended before its time: by logout, by its device's removal or by the reuse of
/// a refresh token. Its tokens are dead and its device's socket is to be closed with 4403.
public record Revoked(UUID sessionId, UUID deviceId) {
  /// Is told once of each revocation this node makes or learns of, within 1 s of its commit.
  @FunctionalInterface
  public interface Listener {
    /// Takes note of one revocation; must not block.
    void revoked(Revoked revoked);
  }
}
