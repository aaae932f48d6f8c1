package bench.jmh;

import java.util.List;
import java.util.Map;

/// A benchmark: what it needs, and the values of its parameters in a full run. The smoke values
/// stand at the parameters themselves.
///
/// @param about what ours is, and what the twin is
/// @param full values by parameter
enum Depth {
  DECODE(
      Decode.class,
      Need.NOTHING,
      "a send frame read; Jackson binding a record",
      Map.of("payload", List.of("16", "256", "4096"))),
  ENCODE(
      Encode.class,
      Need.NOTHING,
      "a message frame written; Jackson writing a record",
      Map.of("payload", List.of("16", "256", "4096"))),
  BATCH(
      Batch.class,
      Need.NOTHING,
      "the batcher before a store that takes no time; a queue and a thread",
      Map.of("committers", List.of("1", "2"))),
  MEMBERSHIP(
      Membership.class,
      Need.DATABASES,
      "is it a member, from memory; PostgreSQL asked",
      Map.of("members", List.of("10", "100"))),
  FAN_OUT(
      FanOut.class,
      Need.DATABASES,
      "a message to its sockets, in memory; a queue for each receiver",
      Map.of("recipients", List.of("1", "10", "100"))),
  APPEND(
      Append.class,
      Need.DATABASES,
      "a batch committed, durably; rows written, durably, and nothing checked",
      Map.of("engine", List.of("postgres", "cql"), "batch", List.of("1", "16", "128"))),
  HISTORY(
      History.class,
      Need.DATABASES,
      "a page of history; the rows selected",
      Map.of("engine", List.of("postgres", "cql"), "page", List.of("50", "200"))),
  SYNC(
      Sync.class,
      Need.DATABASES,
      "what a device lacks; a query for each conversation",
      Map.of("engine", List.of("postgres", "cql"))),
  PUBLISH(
      Publish.class,
      Need.DATABASES,
      "publish to receive, five ways; a queue between two threads",
      Map.of("payload", List.of("256", "4096"))),
  OTP(Otp.class, Need.DATABASES, "a one-time password made and used; SET and GETDEL", Map.of()),
  RATE_LIMIT(
      RateLimit.class,
      Need.DATABASES,
      "a use counted by a token bucket; INCR and PEXPIRE",
      Map.of()),
  BACKFILL(
      Backfill.class,
      Need.DATABASES,
      "a migration's back-fill, down and up; two UPDATEs of the whole table",
      Map.of("rows", List.of("5000", "50000")));

  /// What has to be started.
  enum Need {
    NOTHING,
    DATABASES
  }

  final Class<?> benchmark;
  final Need need;
  final String about;
  final Map<String, List<String>> full;

  Depth(Class<?> benchmark, Need need, String about, Map<String, List<String>> full) {
    this.benchmark = benchmark;
    this.need = need;
    this.about = about;
    this.full = full;
  }

  /// As it is written on the command line.
  String label() {
    return benchmark.getSimpleName();
  }
}
