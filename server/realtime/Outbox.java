package server.realtime;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;

/// What one socket has yet to be sent: a queue of encoded frames, written several to a flush, one
/// flush at a time, so that a slow reader costs its queue and nothing else.
///
/// [#offer] may be called by any thread and never blocks; the queue is guarded by `lock`; the
/// writing runs on the flusher's threads. Bytes count until Jetty has written them. Frames leave in
/// the order of their offers.
final class Outbox {
  /// Beyond this a live subscription turns from push to pull, and the client's next frame waits.
  static final long HIGH_WATER_BYTES = 256 * 1024;

  /// Below this pulling and reading go on: half, so that a slow reader gets work in useful pieces.
  static final long LOW_WATER_BYTES = HIGH_WATER_BYTES / 2;

  /// One flush; a socket's send buffer is of this order.
  private static final int MAX_FLUSH_BYTES = 64 * 1024;

  private static final int FRAME_OVERHEAD_BYTES = 64; // queue slot and header, per frame

  private final CoreSession session;
  private final byte opCode;
  private final Flusher flusher;
  private final Runnable onRoom;

  private final ReentrantLock lock = new ReentrantLock();
  private final ArrayDeque<byte[]> queue = new ArrayDeque<>(); // guarded by lock
  private volatile long bytes; // written under lock
  private boolean scheduled; // guarded by lock: queued at the flusher, or writing
  private boolean full; // guarded by lock: the high-water mark was passed, the low one not yet
  private boolean closed; // guarded by lock

  /// @param onRoom called when the queue has fallen below the low-water mark after it was full
  Outbox(CoreSession session, Encoding encoding, Flusher flusher, Runnable onRoom) {
    this.session = session;
    this.opCode = encoding.opCode();
    this.flusher = flusher;
    this.onRoom = onRoom;
  }

  /// Queues a payload. Callers that can do without look at [#hasRoom] first.
  void offer(byte[] payload) {
    boolean schedule;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      queue.addLast(payload);
      bytes += weight(payload);
      full |= bytes >= HIGH_WATER_BYTES;
      schedule = !scheduled;
      scheduled = true;
    } finally {
      lock.unlock();
    }
    if (schedule) {
      flusher.schedule(this);
    }
  }

  /// Whether more may be pushed. A hint: another thread may take the room.
  boolean hasRoom() {
    return bytes < HIGH_WATER_BYTES;
  }

  /// What is held for this socket: bytes.
  long bytes() {
    return bytes;
  }

  /// Drops what is queued and takes no more.
  void close() {
    lock.lock();
    try {
      closed = true;
      queue.clear();
      bytes = 0;
    } finally {
      lock.unlock();
    }
  }

  /// Writes what is queued, up to one flush. Called by the flusher, never by two threads at once.
  void flush() {
    List<byte[]> frames = new ArrayList<>();
    long taken = 0;
    lock.lock();
    try {
      while (!queue.isEmpty() && taken < MAX_FLUSH_BYTES) {
        byte[] payload = queue.removeFirst();
        frames.add(payload);
        taken += weight(payload);
      }
      if (frames.isEmpty()) {
        scheduled = false;
        return;
      }
    } finally {
      lock.unlock();
    }
    long written = taken;
    Callback last = Callback.from(() -> written(written), _ -> failed());
    try {
      for (int i = 0; i < frames.size(); i++) {
        boolean batch = i < frames.size() - 1;
        session.sendFrame(
            new Frame(opCode, ByteBuffer.wrap(frames.get(i))), batch ? Callback.NOOP : last, batch);
      }
    } catch (RuntimeException e) {
      failed(); // the socket would wait for ever for a write that nobody completes
      throw e;
    }
  }

  private void written(long taken) {
    boolean more;
    boolean room = false;
    lock.lock();
    try {
      if (closed) {
        return;
      }
      bytes -= taken;
      more = !queue.isEmpty();
      scheduled = more;
      if (full && bytes < LOW_WATER_BYTES) {
        full = false;
        room = true;
      }
    } finally {
      lock.unlock();
    }
    if (more) {
      flusher.schedule(this);
    }
    if (room) {
      onRoom.run();
    }
  }

  private void failed() {
    lock.lock();
    try {
      if (closed) {
        return; // it is being closed: behind the close frame nothing can be written
      }
    } finally {
      lock.unlock();
    }
    close();
    session.abort(); // its listener hears of the close and cleans up
  }

  private static long weight(byte[] payload) {
    return payload.length + (long) FRAME_OVERHEAD_BYTES;
  }
}
