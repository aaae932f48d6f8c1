package bench.jmh;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Counts the bytes that each depth allocates for an operation, and prints them as JSON: a program
/// of its own, run with `-XX:TieredStopAtLevel=1`. That compiler leaves every allocation where it
/// stands in the code, so that the count is the same on any machine and however warm it is; what
/// the other compiler saves comes on top, and is JMH's to measure.
public final class Allocations {
  private static final int WARM_UP = 200; // calls: classes, caches, pools
  private static final int CALLS = 200; // that share what happens once in a while
  private static final int TIMES = 2; // so that it shows whether they are equal
  private static final int PAYLOAD = 256;
  private static final ThreadMXBean THREADS =
      (ThreadMXBean) ManagementFactory.getThreadMXBean(); // every JDK's is one

  private final Map<String, double[]> found = new LinkedHashMap<>();

  private Allocations() {}

  /// Prints `{"Encode json": [bytes, …], …}`; needs the databases of [EngineUrls].
  public static void main(String[] arguments) {
    var counting = new Allocations();
    counting.codecs();
    counting.fanOut(1);
    counting.fanOut(10);
    counting.append(1);
    counting.append(128);
    System.out.println(new JsonMapper().writeValueAsString(counting.found));
  }

  private void codecs() {
    for (String encoding : List.of("json", "cbor")) {
      var decode = new Decode();
      decode.encoding = encoding;
      decode.payload = PAYLOAD;
      decode.prove();
      count("Decode " + encoding, 1, decode::ours);
      var encode = new Encode();
      encode.encoding = encoding;
      encode.payload = PAYLOAD;
      encode.prove();
      count("Encode " + encoding, 1, encode::ours);
    }
  }

  private void fanOut(int recipients) {
    var fanOut = new FanOut();
    fanOut.recipients = recipients;
    fanOut.payload = PAYLOAD;
    fanOut.prove();
    count("FanOut to " + recipients, 1, fanOut::ours);
    fanOut.stop();
  }

  private void append(int batch) {
    var append = new Append();
    append.engine = "postgres";
    append.batch = batch;
    append.payload = PAYLOAD;
    append.prove();
    count("Append in batches of " + batch, batch, append::ours);
    append.stop();
  }

  private void count(String what, int messages, Runnable operation) {
    repeat(WARM_UP, operation);
    double[] bytes = new double[TIMES];
    for (int i = 0; i < TIMES; i++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      repeat(CALLS, operation);
      long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
      bytes[i] = Math.rint(allocated / (double) CALLS / messages);
    }
    found.put(what + ", bytes a message", bytes);
  }

  private static void repeat(int times, Runnable operation) {
    for (int i = 0; i < times; i++) {
      operation.run();
    }
  }
}
