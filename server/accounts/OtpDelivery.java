package server.accounts;

import java.util.Optional;

/// Brings a code to a phone. Blocks, for a bounded time; thread-safe. A code is never logged.
@FunctionalInterface
public interface OtpDelivery {
  /// Hands the code over.
  ///
  /// @return what the response may show as `dev_otp`: nothing outside development
  /// @throws server.http.ApiError `UNAVAILABLE` when it can't be delivered now
  Optional<String> deliver(PhoneNumber phone, String otp);

  /// For development: no message is sent, the response shows the code.
  static OtpDelivery shown() {
    return (_, otp) -> Optional.of(otp);
  }
}
