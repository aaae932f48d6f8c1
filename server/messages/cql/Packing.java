package server.messages.cql;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.BatchStatement;
import com.datastax.oss.driver.api.core.cql.BatchStatementBuilder;
import com.datastax.oss.driver.api.core.cql.BatchType;
import com.datastax.oss.driver.api.core.cql.BatchableStatement;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.Statement;
import com.datastax.oss.driver.api.core.metadata.Node;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// Puts plain idempotent writes together into fewer requests: half of a small write's cost is the
/// request around it. Each request is an unlogged batch whose rows all live on the same replicas,
/// so that its coordinator, one of them, does nothing that it would not do for single writes.
/// Thread-safe.
///
/// Rows of one partition are one mutation however many they are. Across partitions Cassandra warns
/// beyond 10 of them and beyond 5 KiB (`unlogged_batch_across_partitions_warn_threshold`,
/// `batch_size_warn_threshold`), so these stay below.
final class Packing {
  private static final int MAX_PARTITIONS = 10;
  private static final int MAX_BYTES_ACROSS = 4 * 1024;
  private static final int MAX_BYTES_OF_ONE = 64 * 1024;
  private static final int MAX_ROWS = 128;

  private final CqlSession session;

  Packing(CqlSession session) {
    this.session = session;
  }

  /// A write, and about how many bytes it has.
  record Write(BoundStatement statement, int bytes) {}

  private record Partition(List<Write> writes, int[] bytes) {
    Partition() {
      this(new ArrayList<>(), new int[1]);
    }

    void add(Write write) {
      writes.add(write);
      bytes[0] += write.bytes;
    }
  }

  List<Statement<?>> pack(List<Write> writes) {
    Map<ByteBuffer, Partition> partitions = new LinkedHashMap<>();
    for (Write write : writes) {
      // Two tables' partitions may share a key; then they share replicas too.
      ByteBuffer key = Objects.requireNonNull(write.statement.getRoutingKey(), "no bound key");
      partitions.computeIfAbsent(key, _ -> new Partition()).add(write);
    }
    Map<Set<Node>, List<Partition>> small = new LinkedHashMap<>();
    List<Statement<?>> packed = new ArrayList<>();
    partitions.forEach((key, partition) -> {
      if (partition.bytes[0] > MAX_BYTES_ACROSS) {
        alone(partition, packed);
      } else {
        small.computeIfAbsent(replicas(key), _ -> new ArrayList<>()).add(partition);
      }
    });
    small.values().forEach(together -> across(together, packed));
    return packed;
  }

  /// Who has a partition of this keyspace; empty when the driver does not know.
  Set<Node> replicas(ByteBuffer key) {
    var keyspace = session.getKeyspace().orElseThrow();
    return session
        .getMetadata()
        .getTokenMap()
        .map(tokens -> tokens.getReplicas(keyspace, key))
        .orElse(Set.of());
  }

  private static void alone(Partition partition, List<Statement<?>> packed) {
    List<BatchableStatement<?>> batch = new ArrayList<>();
    int bytes = 0;
    for (Write write : partition.writes) {
      if (bytes + write.bytes > MAX_BYTES_OF_ONE && !batch.isEmpty() || batch.size() == MAX_ROWS) {
        close(batch, packed);
        bytes = 0;
      }
      batch.add(write.statement);
      bytes += write.bytes;
    }
    close(batch, packed);
  }

  private static void across(List<Partition> partitions, List<Statement<?>> packed) {
    List<BatchableStatement<?>> batch = new ArrayList<>();
    int bytes = 0;
    int count = 0;
    for (Partition partition : partitions) {
      if (count == MAX_PARTITIONS || bytes + partition.bytes[0] > MAX_BYTES_ACROSS) {
        close(batch, packed);
        bytes = 0;
        count = 0;
      }
      partition.writes.forEach(write -> batch.add(write.statement));
      bytes += partition.bytes[0];
      count++;
    }
    close(batch, packed);
  }

  private static void close(List<BatchableStatement<?>> batch, List<Statement<?>> packed) {
    if (batch.size() == 1) {
      packed.add((Statement<?>) batch.getFirst());
    } else if (!batch.isEmpty()) {
      BatchStatementBuilder builder = BatchStatement.builder(BatchType.UNLOGGED);
      builder.addStatements(batch);
      packed.add(builder.setIdempotence(true).build());
    }
    batch.clear();
  }
}
