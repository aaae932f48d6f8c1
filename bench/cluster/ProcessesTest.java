package bench.cluster;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// What is read of processes that come and go.
final class ProcessesTest {
  private static final long CHILDREN_MILLIS = 1_500; // a dozen of them end
  private static final long PATIENCE_MILLIS = 30_000; // a busy machine

  /// What the kernel rounds for each process; a child that is forgotten is ten of them.
  private static final long A_FEW_TICKS_NANOS = 40_000_000;

  @Test
  void whatAChildUsedIsCountedOnceWhileItEnds() throws Exception {
    String children = "while :; do (i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done); done";
    Process parent = new ProcessBuilder("/bin/sh", "-c", children).start();
    try {
      long most = 0;
      long end = System.currentTimeMillis() + CHILDREN_MILLIS;
      while (System.currentTimeMillis() < end) {
        long now = Processes.cpuNanos(parent.pid());
        assertTrue(now > most - A_FEW_TICKS_NANOS, now + " after " + most);
        most = Math.max(most, now);
      }
      assertTrue(most > 0, "it used none");
    } finally {
      Processes.kill(Processes.tree(parent.pid()));
    }
  }

  @Test
  void whatAProcessUsedThatEndedByItselfStaysCounted() throws Exception {
    var used = new CpuUsed();
    Process busy = new ProcessBuilder("/bin/sh", "-c", "while :; do :; done").start();
    try {
      long end = System.currentTimeMillis() + PATIENCE_MILLIS;
      while (used.until(busy.pid()) == 0) {
        assertTrue(System.currentTimeMillis() < end, "it uses none");
      }
    } finally {
      busy.destroyForcibly().waitFor();
    }
    long before = used.until(0);
    assertTrue(before > 0, "" + before);
    used.another();
    assertTrue(used.until(ProcessHandle.current().pid()) > before);
  }
}
