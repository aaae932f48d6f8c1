package bench.load;

import bench.client.Encoding;
import java.util.Locale;

/// What a run is to be. Immutable.
///
/// @param store where messages live
/// @param profile who talks to whom
/// @param rate messages a second, whatever the answers (open loop); 0: as fast as the answers allow
///   (closed loop)
/// @param poisson whether arrivals are random; else evenly spaced
/// @param payloadBytes content of each message
/// @param sockets that talk
/// @param groupSize members of a group
/// @param inFlight closed loop: messages of one socket that are not with all receivers yet
/// @param acknowledgeEvery a receiver acknowledges after so many messages…
/// @param acknowledgeMillis … or after this time, whichever comes first
/// @param trouble what some sockets do to others
/// @param loops threads of the loader
/// @param seed of whatever is random
public record LoadOptions(
    Store store,
    Profile profile,
    double rate,
    boolean poisson,
    int warmupSeconds,
    int seconds,
    int servers,
    int payloadBytes,
    Encoding encoding,
    int sockets,
    int groupSize,
    int inFlight,
    int acknowledgeEvery,
    int acknowledgeMillis,
    Trouble trouble,
    int loops,
    long seed) {

  /// Where messages live.
  public enum Store {
    POSTGRES,
    CQL;

    @Override
    public String toString() {
      return asOption(this);
    }
  }

  /// Who talks to whom.
  public enum Profile {
    /// Pairs; both talk.
    ONE_TO_ONE,
    /// Groups in which everyone talks in turn.
    GROUPS,
    /// Groups on a server that hands frames on and does nothing else ([bench.bare.BareServer]): no
    /// users, no answers.
    BARE_GROUPS;

    @Override
    public String toString() {
      return asOption(this);
    }
  }

  /// What figures are compared at: two hundred sockets on one server, eight messages of 256 bytes
  /// of each under way in a closed loop, groups of ten, JSON, nobody in trouble.
  public static LoadOptions standard(Store store, Profile profile, double rate) {
    return new LoadOptions(
        store,
        profile,
        rate,
        false,
        0,
        0,
        1,
        256,
        Encoding.JSON,
        200,
        10,
        8,
        16,
        50,
        Trouble.NONE,
        1,
        1);
  }

  /// As it is written on a command line and in results.
  static String asOption(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The same at another rate.
  LoadOptions withPace(Pace pace) {
    return with(pace.rate(), pace.poisson(), groupSize, trouble);
  }

  private LoadOptions with(
      double newRate, boolean newPoisson, int newGroupSize, Trouble newTrouble) {
    return new LoadOptions(
        store,
        profile,
        newRate,
        newPoisson,
        warmupSeconds,
        seconds,
        servers,
        payloadBytes,
        encoding,
        sockets,
        newGroupSize,
        inFlight,
        acknowledgeEvery,
        acknowledgeMillis,
        newTrouble,
        loops,
        seed);
  }

  /// The same with groups of so many.
  public LoadOptions withGroupSize(int members) {
    return with(rate, poisson, members, trouble);
  }

  /// The same with this part of the sockets stalled.
  public LoadOptions withStalled(double share) {
    return with(rate, poisson, groupSize, Trouble.stalled(share));
  }

  /// Members of a conversation.
  public int roomSize() {
    return profile == Profile.ONE_TO_ONE ? 2 : groupSize;
  }

  /// Whether the next message waits for the answers.
  public boolean closedLoop() {
    return rate == 0;
  }
}
