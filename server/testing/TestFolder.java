package server.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A folder that this process has to itself until it ends, however it ends. Folders are numbered
/// and used again, so that engines which a killed test left behind are found and ended by a later
/// one.
final class TestFolder {
  private static final int MAX_PROCESSES =
      64; // more test runs at once than any machine of ours has

  /// Keeps the locks: a channel that nobody refers to is closed by the garbage collector, and then
  /// another process would take the folder, its engine and its databases.
  private static final List<FileChannel> TAKEN = new CopyOnWriteArrayList<>();

  private TestFolder() {}

  /// Takes the first free folder under `parent`.
  static Path take(Path parent) {
    try {
      Files.createDirectories(parent);
      for (int i = 0; i < MAX_PROCESSES; i++) {
        FileChannel channel =
            FileChannel.open(
                parent.resolve(i + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (channel.tryLock() != null) { // the kernel frees it when this process is gone
          TAKEN.add(channel);
          return parent.resolve("" + i);
        }
        channel.close();
      }
      throw new IllegalStateException(
          "all " + MAX_PROCESSES + " folders under " + parent + " are in use; end other test runs");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
