package server.limits;

import java.time.Duration;

/// Everything that is limited: how much at once, and how often in the long run.
///
/// The second rate of each counts instead for a client on this machine while the server runs in
/// development mode, where a load test logs in thousands of users from one address. What protects a
/// person rather than the machine (guesses, codes sent to one phone) stays limited there too.
public enum Limit {
  /// Codes sent to one phone number: each costs money and disturbs its owner.
  OTP_REQUEST_PHONE(rate(5, 60_000), rate(20, 3_000), "codes were asked for this phone number"),

  /// Codes asked for from one address. Offices and mobile carriers put many people behind one.
  OTP_REQUEST_ADDRESS(rate(30, 10_000), rate(20_000, 1), "codes were asked for from your address"),

  /// Wrong codes for one phone number, over all its codes: with 6 digits, 154 guesses a day find
  /// one in 6,500.
  OTP_GUESS_PHONE(
      rate(10, 600_000), rate(50, 1_000), "wrong codes were given for this phone number"),

  /// Wrong codes from one address, for whatever phone number.
  OTP_GUESS_ADDRESS(rate(30, 60_000), rate(20_000, 1), "wrong codes were given from your address"),

  /// Requests without a token from one address: a bound for what costs queries before anyone is
  /// known.
  OPEN_ADDRESS(rate(200, 100), rate(50_000, 1), "requests without a token came from your address"),

  /// Looking people up: enough for a person, not for reading out the directory.
  USER_LOOKUP(rate(30, 2_000), rate(120, 250), "people were looked up"),

  /// Fetching keys uses up other people's one-time prekeys.
  KEYS_FETCH(rate(60, 1_000), rate(5_000, 2), "keys were fetched"),

  /// Any request of one user.
  API(rate(300, 50), rate(50_000, 1), "requests were made"),

  /// Messages of one user. Counted by each node for itself: a send must not wait for Redis.
  SEND(rate(200, 20), rate(200_000, 0.01), Scope.NODE, "messages were sent");

  /// Who counts.
  enum Scope {
    /// All nodes together, in Redis.
    SYSTEM,
    /// Each node for itself.
    NODE
  }

  /// A bucket of `burst` tokens, one of which comes back after each `intervalNanos`.
  record Rate(int burst, long intervalNanos) {
    /// How long a bucket takes to fill.
    long fillNanos() {
      return burst * intervalNanos;
    }
  }

  private final Rate rate;
  private final Rate generous;
  private final Scope scope;
  private final String what;

  Limit(Rate rate, Rate generous, String what) {
    this(rate, generous, Scope.SYSTEM, what);
  }

  Limit(Rate rate, Rate generous, Scope scope, String what) {
    this.rate = rate;
    this.generous = generous;
    this.scope = scope;
    this.what = what;
  }

  private static Rate rate(int burst, double intervalMillis) {
    return new Rate(burst, (long) (intervalMillis * Duration.ofMillis(1).toNanos()));
  }

  Rate rate(boolean toBeGenerous) {
    return toBeGenerous ? generous : rate;
  }

  Scope scope() {
    return scope;
  }

  String refusal(long retryAfterSeconds) {
    return "too many " + what + "; try again in " + retryAfterSeconds + " s";
  }
}
