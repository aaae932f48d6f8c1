package server.realtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.OutgoingEntry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import server.testing.Await;

/// The queue of one socket, before a connection that writes when the test lets it.
final class OutboxTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /// Jetty's session, with a connection whose other end reads or does not.
  private static final class Connection extends CoreSession.Empty {
    private final List<String> written = new ArrayList<>(); // guarded by this
    private final List<Callback> pending = new ArrayList<>(); // guarded by this
    private int lastOfFlush; // guarded by this
    private boolean reading = true; // guarded by this
    private boolean aborted; // guarded by this

    @Override
    public void sendFrame(OutgoingEntry entry) {
      synchronized (this) {
        written.add(BufferUtil.toString(entry.getFrame().getPayload(), StandardCharsets.UTF_8));
        lastOfFlush += entry.isBatch() ? 0 : 1;
        if (!reading) {
          pending.add(entry.getCallback());
          return;
        }
      }
      entry.getCallback().succeeded();
    }

    synchronized void stall() {
      reading = false;
    }

    void readOn() {
      settle(Callback::succeeded);
    }

    void breakOff() {
      settle(callback -> callback.failed(new java.io.IOException("broken")));
    }

    private void settle(java.util.function.Consumer<Callback> how) {
      List<Callback> due;
      synchronized (this) {
        reading = true;
        due = List.copyOf(pending);
        pending.clear();
      }
      due.forEach(how);
    }

    @Override
    public synchronized void abort() {
      aborted = true;
    }

    synchronized boolean aborted() {
      return aborted;
    }

    synchronized List<String> written() {
      return List.copyOf(written);
    }

    synchronized int flushes() {
      return lastOfFlush;
    }
  }

  private final Connection connection = new Connection();
  private final Flusher flusher = new Flusher(2);
  private final AtomicInteger rooms = new AtomicInteger();
  private final Outbox outbox =
      new Outbox(connection, Encoding.JSON, flusher, rooms::incrementAndGet);

  @AfterEach
  void stop() {
    flusher.close();
  }

  @Test
  void framesLeaveInTheOrderOfTheirOffersAndSeveralToAFlush() {
    connection.stall();
    List<String> offered = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      offered.add("frame " + i);
      outbox.offer(("frame " + i).getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(offered.stream().mapToInt(f -> f.length() + 64).sum(), outbox.bytes());
    connection.readOn();
    Await.until("all is written", SOON, () -> outbox.bytes() == 0);
    assertEquals(offered, connection.written());
    assertTrue(connection.flushes() < 20, connection.flushes() + " flushes");
  }

  @Test
  void whatOneBatchHasForASocketLeavesInOneFlushWhenTheBatchIsOver() throws InterruptedException {
    flusher.hold();
    for (String each : List.of("a message", "another", "sent")) {
      outbox.offer(each.getBytes(StandardCharsets.UTF_8));
      Thread.sleep(20); // the writing threads have nothing else to do
    }
    assertEquals(List.of(), connection.written());
    flusher.release();
    Await.until("all is written", SOON, () -> outbox.bytes() == 0);
    assertEquals(List.of("a message", "another", "sent"), connection.written());
    assertEquals(1, connection.flushes());
    outbox.offer("at once again".getBytes(StandardCharsets.UTF_8));
    Await.until("all is written", SOON, () -> connection.flushes() == 2);
  }

  @Test
  void aStalledReaderHasNoRoomUntilHalfIsWrittenAndIsToldOnce() {
    connection.stall();
    byte[] frame = new byte[10_000];
    while (outbox.hasRoom()) {
      outbox.offer(frame);
    }
    assertTrue(outbox.bytes() >= Outbox.HIGH_WATER_BYTES);
    assertTrue(outbox.bytes() < Outbox.HIGH_WATER_BYTES + 11_000);
    assertEquals(0, rooms.get());
    connection.readOn();
    Await.until("there is room", SOON, () -> rooms.get() == 1);
    Await.until("all is written", SOON, () -> outbox.bytes() == 0);
    assertEquals(1, rooms.get());
    assertTrue(outbox.hasRoom());
  }

  @Test
  void aBrokenConnectionIsAbortedAndTakesNoMore() {
    connection.stall();
    outbox.offer(new byte[10]);
    Await.until("it is being written", SOON, () -> connection.written().size() == 1);
    outbox.offer(new byte[10]);
    connection.breakOff();
    assertTrue(connection.aborted());
    outbox.offer(new byte[10]);
    assertEquals(0, outbox.bytes());
    assertEquals(1, connection.written().size());
  }

  @Test
  void whatFailsBehindACloseAbortsNothing() {
    connection.stall();
    outbox.offer(new byte[10]);
    Await.until("it is being written", SOON, () -> connection.written().size() == 1);
    outbox.close(); // a close frame is on its way now
    connection.breakOff();
    assertFalse(connection.aborted(), "the close frame was cut off");
  }
}
