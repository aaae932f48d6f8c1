package migrate.move.postgres;

import fixtures.urls.EnvironmentError;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import migrate.move.MoveProgress;
import org.jooq.DSLContext;
import org.jooq.exception.DataAccessException;

/// Compares all rows of both sides while they are in use.
///
/// Each side sums up, in one pass over a table, two 64-bit hashes of each row for [#BUCKETS] ranges
/// of the key's hash, so that the order of rows and where they lie make no difference. The pass is
/// made some pages at a time, no faster than the pace allows. What differs is looked at row by row;
/// and since a row may just have changed, a row counts as different only when it still is after its
/// change had time to arrive, at last while it is locked at the source for that moment.
final class Comparison {
  /// Some hundred rows of a small system, some ten thousand of a large one.
  private static final int BUCKETS = 1_024;

  /// Read at once: some milliseconds.
  private static final long PAGES = 512;

  private static final int PAGE_BYTES = 8_192; // as usual; only the pace depends on it
  private static final long SEED_ONE = 0x5659525931L;
  private static final long SEED_TWO = 0x5659525932L;
  private static final int TRIES = 3; // without locks; most changes have arrived by then
  private static final int LOCKED_TRIES = 6;
  private static final Duration FOLLOW = Duration.ofMinutes(10); // behind a burst of writes
  private static final Duration FOLLOW_LOCKED = Duration.ofSeconds(2); // writers of a row may wait
  private static final int ROWS_AT_ONCE = 200; // that are locked, or asked for by their keys
  private static final int MOST_SHOWN =
      1_000; // of the differing keys; more is another kind of fault

  private final Feed feed;
  private final Session source;
  private final Session target;
  private final UUID move;
  private final Pace pace;
  private final MoveProgress progress;
  private final AtomicLong rows = new AtomicLong();

  /// @param feed by which the one follows the other
  Comparison(Feed feed, UUID move, Pace pace, MoveProgress progress) {
    this.feed = feed;
    this.pace = pace;
    this.source = feed.from();
    this.target = feed.to();
    this.move = move;
    this.progress = progress;
  }

  /// A row that differs.
  ///
  /// @param key its primary key's values as text
  /// @param kind `missing`, `extra` or `differs`, at the target
  record Difference(String table, List<String> key, String kind) {
    @Override
    public String toString() {
      return "%s (%s): %s".formatted(table, String.join(", ", key), kind);
    }
  }

  private record Sums(long count, BigInteger one, BigInteger two) {
    Sums plus(Sums other) {
      return new Sums(count + other.count, one.add(other.one), two.add(other.two));
    }
  }

  private record Hash(long one, long two) {}

  /// Rows that were compared, at the source.
  long rows() {
    return rows.get();
  }

  /// All differences that remain, at most [#MOST_SHOWN] of a table.
  List<Difference> run(List<Table> tables) {
    List<Difference> all = new ArrayList<>();
    int done = 0;
    for (Table table : tables) {
      all.addAll(compare(table));
      progress.at("verify", ++done, tables.size(), "tables");
    }
    progress.done("verify");
    return all;
  }

  private List<Difference> compare(Table table) {
    feed.pass(move, FOLLOW);
    List<Map<Integer, Sums>> both =
        Copying.inParallel(List.of(() -> sums(source, table), () -> sums(target, table)));
    both.get(0).values().forEach(sums -> rows.addAndGet(sums.count));
    int[] differing =
        IntStream.range(0, BUCKETS)
            .filter(b -> !Objects.equals(both.get(0).get(b), both.get(1).get(b)))
            .toArray();
    if (differing.length == 0) {
      return List.of();
    }
    feed.pass(move, FOLLOW);
    var here = hashes(source, table, differing);
    var there = hashes(target, table, differing);
    Set<List<String>> keys = differingKeys(here, there);
    for (int i = 0; i < TRIES && !keys.isEmpty(); i++) {
      keys = recheck(table, keys, false);
    }
    for (int i = 0; i < LOCKED_TRIES && !keys.isEmpty(); i++) {
      keys = recheck(table, keys, true);
    }
    return described(table, keys);
  }

  private static Set<List<String>> differingKeys(
      Map<List<String>, Hash> here, Map<List<String>, Hash> there) {
    Set<List<String>> keys = new LinkedHashSet<>();
    here.forEach((key, hash) -> {
      if (!hash.equals(there.get(key))) {
        keys.add(key);
      }
    });
    there.keySet().stream().filter(key -> !here.containsKey(key)).forEach(keys::add);
    return keys;
  }

  private static String prefixed(List<String> columns, String alias) {
    return columns.stream().map(c -> alias + "." + c).collect(Collectors.joining(", "));
  }

  private static String bucket(Table table) {
    String key =
        table.key().stream().map(c -> "t." + c + "::text").collect(Collectors.joining(", "));
    return "(hashtextextended(concat_ws(',', " + key + "), 0) & " + (BUCKETS - 1) + ")::integer";
  }

  private static String hash(Table table, long seed) {
    return "hash_record_extended(ROW(" + prefixed(table.columns(), "t") + "), " + seed + ")";
  }

  /// In one snapshot, so that a row that is written anew, elsewhere, while this goes on is seen
  /// once all the same.
  private Map<Integer, Sums> sums(Session side, Table table) {
    try (var session = side.another()) {
      session.dsl().execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      Map<Integer, Sums> sums = new HashMap<>();
      long pages =
          session.number("SELECT pg_relation_size(?::regclass) / ?", table.name(), PAGE_BYTES);
      for (long from = 0; from == 0 || from < pages; from += PAGES) {
        String upper = from + PAGES < pages ? " AND t.ctid < '(" + (from + PAGES) + ",0)'" : "";
        session
            .dsl()
            .fetch(
                ("SELECT %s AS b, count(*), sum(%s), sum(%s) FROM %s t"
                        + " WHERE t.ctid >= '(%d,0)'%s GROUP BY 1")
                    .formatted(
                        bucket(table),
                        hash(table, SEED_ONE),
                        hash(table, SEED_TWO),
                        table.name(),
                        from,
                        upper))
            .forEach(row ->
                sums.merge(
                    row.get(0, int.class),
                    new Sums(
                        row.get(1, long.class),
                        row.get(2, BigInteger.class),
                        row.get(3, BigInteger.class)),
                    Sums::plus));
        pace.spent((int) (Math.min(PAGES, pages - from) * PAGE_BYTES)); // 0 of an empty table
      }
      return sums;
    }
  }

  private Map<List<String>, Hash> hashes(Session side, Table table, int[] buckets) {
    String list =
        IntStream.of(buckets).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    return read(
        side.dsl(),
        table,
        "FROM " + table.name() + " t WHERE " + bucket(table) + " IN (" + list + ")");
  }

  private Map<List<String>, Hash> read(DSLContext dsl, Table table, String from, Object... values) {
    String key =
        table.key().stream().map(c -> "t." + c + "::text").collect(Collectors.joining(", "));
    Map<List<String>, Hash> found = new LinkedHashMap<>();
    int n = table.key().size();
    dsl.fetch(
            "SELECT %s, %s, %s %s"
                .formatted(key, hash(table, SEED_ONE), hash(table, SEED_TWO), from),
            values)
        .forEach(row -> {
          List<String> names = new ArrayList<>();
          for (int i = 0; i < n; i++) {
            names.add(row.get(i, String.class));
          }
          found.put(names, new Hash(row.get(n, long.class), row.get(n + 1, long.class)));
        });
    return found;
  }

  /// Those rows, by their keys.
  private static String byKey(Table table) {
    int n = table.key().size();
    String arrays =
        IntStream.range(0, n).mapToObj(_ -> "?::text[]").collect(Collectors.joining(", "));
    String names = IntStream.range(0, n).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
    String same =
        IntStream.range(0, n)
            .mapToObj(
                i -> "t." + table.key().get(i) + " = k.k" + i + "::" + table.keyTypes().get(i))
            .collect(Collectors.joining(" AND "));
    return "FROM unnest(%s) AS k (%s) JOIN %s t ON %s".formatted(arrays, names, table.name(), same);
  }

  private static Object[] arrays(Table table, List<List<String>> keys) {
    Object[] arrays = new Object[table.key().size()];
    for (int i = 0; i < arrays.length; i++) {
      int column = i;
      arrays[i] = keys.stream().map(key -> key.get(column)).toArray(String[]::new);
    }
    return arrays;
  }

  /// @return the keys whose rows still differ
  private Set<List<String>> recheck(Table table, Set<List<String>> keys, boolean locked) {
    Set<List<String>> left = new LinkedHashSet<>();
    List<List<String>> all = List.copyOf(keys);
    for (int at = 0; at < all.size(); at += ROWS_AT_ONCE) {
      List<List<String>> some = all.subList(at, Math.min(all.size(), at + ROWS_AT_ONCE));
      left.addAll(locked ? recheckLocked(table, some) : recheck(source.dsl(), table, some));
    }
    return left;
  }

  private Set<List<String>> recheck(DSLContext here, Table table, List<List<String>> keys) {
    var first = read(here, table, byKey(table), arrays(table, keys));
    feed.pass(move, here == source.dsl() ? FOLLOW : FOLLOW_LOCKED);
    var second = read(target.dsl(), table, byKey(table), arrays(table, keys));
    return differingKeys(first, second);
  }

  private Set<List<String>> recheckLocked(Table table, List<List<String>> keys) {
    feed.pass(move, FOLLOW); // so that little is left to be waited for
    try {
      return source
          .dsl()
          .transactionResult(configuration -> {
            DSLContext dsl = configuration.dsl();
            dsl.execute("SET LOCAL lock_timeout = '1s'");
            dsl.fetch(
                "SELECT 1 " + byKey(table) + " ORDER BY k.k0 FOR NO KEY UPDATE OF t",
                arrays(table, keys));
            return recheck(dsl, table, keys);
          });
    } catch (DataAccessException | EnvironmentError _) {
      return new LinkedHashSet<>(keys); // no locks now: tried again, or told as different
    }
  }

  private List<Difference> described(Table table, Set<List<String>> keys) {
    if (keys.isEmpty()) {
      return List.of();
    }
    List<List<String>> some = keys.stream().limit(MOST_SHOWN).toList();
    var here = read(source.dsl(), table, byKey(table), arrays(table, some)).keySet();
    var there = read(target.dsl(), table, byKey(table), arrays(table, some)).keySet();
    return some.stream()
        .map(key ->
            new Difference(
                table.name(),
                key,
                !there.contains(key) ? "missing" : !here.contains(key) ? "extra" : "differs"))
        .toList();
  }
}
