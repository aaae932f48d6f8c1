package bench.load;

import bench.client.Encoding;
import bench.cluster.ClusterOptions;
import bench.cluster.DatabaseFlags;
import bench.load.LoadOptions.Profile;
import bench.load.LoadOptions.Store;
import fixtures.urls.UserError;
import java.nio.file.Path;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of a run as flags of a command.
public final class LoadFlags {
  private static final int ACKNOWLEDGE_EVERY = 16; // as clients do that have much to read…
  private static final int ACKNOWLEDGE_MILLIS = 50; // … or little
  private static final long SEED = 1;

  @Option(names = "--store", paramLabel = "S", description = "postgres or cql.")
  private Store store = Store.POSTGRES;

  @Option(names = "--profile", paramLabel = "P", description = "one-to-one or groups.")
  private Profile profile = Profile.ONE_TO_ONE;

  @Option(names = "--rate", paramLabel = "R", description = "Messages a second; 0: closed loop.")
  private double rate;

  @Option(names = "--poisson", description = "Random arrivals; else evenly spaced.")
  private boolean poisson;

  @Option(names = "--seconds", paramLabel = "S", description = "Measured time.")
  private int seconds = 20;

  @Option(names = "--warmup", paramLabel = "S", description = "Before it; not counted.")
  private int warmup = 20;

  @Option(names = "--servers", paramLabel = "N", description = "Nodes.")
  private int servers = 1;

  @Option(names = "--payload", paramLabel = "BYTES", description = "Content of a message.")
  private int payload = 256;

  @Option(names = "--cbor", description = "Frames as CBOR; else JSON.")
  private boolean cbor;

  @Option(names = "--sockets", paramLabel = "N", description = "That talk.")
  private int sockets = 200;

  @Option(names = "--group-size", paramLabel = "N", description = "Members of a group.")
  private int groupSize = 10;

  @Option(names = "--in-flight", paramLabel = "N", description = "Of a socket; closed loop.")
  private int inFlight = 8;

  @Option(names = "--loops", paramLabel = "N", description = "Threads of the loader.")
  private int loops = 1;

  @Option(names = "--stalled-readers", paramLabel = "PERCENT", description = "That stop reading.")
  private String stalled = "0%";

  @Option(
      names = "--slow-readers",
      paramLabel = "PERCENT",
      description = "That read --slow-bytes a second.")
  private String slow = "0%";

  @Option(names = "--slow-bytes", paramLabel = "BYTES", description = "Of a slow reader.")
  private int slowBytes = 4096;

  @Option(
      names = "--storm-every",
      paramLabel = "S",
      description = "So often sockets break at once and come back at once; 0: never.")
  private int stormEvery;

  @Option(names = "--storm-share", paramLabel = "PERCENT", description = "Of the sockets.")
  private String storm = "100%";

  @Option(
      names = "--ramp",
      paramLabel = "R",
      description = "The rate grows from --rate to this one over the measured time.")
  private Double ramp;

  @Option(
      names = "--zipf",
      paramLabel = "POWER",
      description = "Open loop: few conversations talk much; 1 is usual, 0: all alike.")
  private double zipf;

  @Option(
      names = "--reads",
      paramLabel = "R",
      description = "Pages of history and syncs a second, by HTTP, beside the messages.")
  private double reads;

  @Option(
      names = "--rig-seconds",
      paramLabel = "S",
      description = "What the loader can do by itself is measured first, before an echo; 0: not.")
  private int rigSeconds = 3;

  @Option(
      names = "--flame-graphs",
      description =
          "After the measured time some seconds more with a profiler in the servers: flame graphs"
              + " of CPU and of allocations, and whose they are.")
  private boolean flames;

  @Mixin private DatabaseFlags databases;

  /// How fast, and who.
  ///
  /// @throws UserError when they do not fit together
  public Pace pace(boolean rateIsLookedFor) {
    atLeast("--zipf", zipf, 0);
    if (rate == 0 && !rateIsLookedFor && (ramp != null || zipf > 0 || poisson)) {
      throw new UserError("--ramp, --zipf and --poisson need --rate: without it loops are closed");
    }
    if (ramp != null) {
      atLeast("--ramp", ramp, 1);
    }
    atLeast("--reads", reads, 0);
    return new Pace(rate, ramp == null ? rate : ramp, poisson, zipf, reads);
  }

  /// Of measuring the loader by itself.
  public int rigSeconds() {
    return rigSeconds;
  }

  /// A cluster with the databases that they name.
  public ClusterOptions on(ClusterOptions wanted) {
    return databases.on(wanted);
  }

  /// Null: they are not wanted.
  ///
  /// @param results the run's folder
  public Flames flames(Path results) {
    return flames ? new Flames(results.resolve(Flames.FOLDER)) : null;
  }

  /// Of each measurement.
  public int seconds() {
    return seconds;
  }

  /// What they ask for.
  ///
  /// @throws UserError when a number is out of its bounds
  public LoadOptions options() {
    if (profile == Profile.BARE_GROUPS) {
      throw new UserError("bare-groups needs a bare server: --against fan-out starts one");
    }
    atLeast("--rate", rate, 0);
    atLeast("--seconds", seconds, 1);
    atLeast("--warmup", warmup, 0);
    atLeast("--servers", servers, 1);
    atLeast("--payload", payload, 1);
    atLeast("--sockets", sockets, 2);
    atLeast("--group-size", groupSize, 2);
    atLeast("--in-flight", inFlight, 1);
    atLeast("--loops", loops, 1);
    return new LoadOptions(
        store,
        profile,
        rate,
        poisson,
        warmup,
        seconds,
        servers,
        payload,
        cbor ? Encoding.CBOR : Encoding.JSON,
        sockets,
        groupSize,
        inFlight,
        ACKNOWLEDGE_EVERY,
        ACKNOWLEDGE_MILLIS,
        trouble(),
        loops,
        SEED);
  }

  private static void atLeast(String flag, double value, int least) {
    if (value < least) {
      throw new UserError("%s is %s: the least is %d".formatted(flag, value, least));
    }
  }

  private Trouble trouble() {
    atLeast("--slow-bytes", slowBytes, 1);
    atLeast("--storm-every", stormEvery, 0);
    return new Trouble(
        share("--stalled-readers", stalled, 0.99),
        share("--slow-readers", slow, 0.99),
        slowBytes,
        stormEvery,
        share("--storm-share", storm, 1));
  }

  private static double share(String flag, String text, double most) {
    String number = text.endsWith("%") ? text.substring(0, text.length() - 1) : "";
    try {
      double share = Double.parseDouble(number) / 100;
      if (share >= 0 && share <= most) {
        return share;
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw new UserError("'%s' is no share: write %s 1%%".formatted(text, flag));
  }
}
