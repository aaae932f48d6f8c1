package server.messages.relay;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import server.messages.Appended;
import server.messages.Appends;
import server.messages.Draft;
import server.messages.StoreUnavailable;
import server.redis.Redis;

/// Lets one node write what belongs together, for a store where writers of one place get into each
/// other's way: drafts whose share another node writes are sent there, and its answer is the
/// store's answer.
///
/// It only saves the writers from competing. The store is right with any number of them, and a key
/// is stored once however often it is tried; so a node that is silent, slow or does not answer is
/// passed over and the drafts are written here. The one thing that this alone would get wrong: what
/// is refused here may yet be stored by the node that was asked before, when it wakes up. So a
/// refusal after an ask without an answer is told as [StoreUnavailable]: not known.
///
/// Thread-safe. Letters go by Redis and may be lost; while Redis is away every node writes for
/// itself.
public final class Relay implements Appends, AutoCloseable {
  private static final long ANNOUNCE_MILLIS = 250;

  /// An answer usually takes some milliseconds; when the store has more to do than it can, some
  /// seconds, and to write here as well would only give it more. A node that is silent is not
  /// waited for, so this is for a letter that got lost; by then senders are about to give up.
  private static final long ANSWER_NANOS = 8_000_000_000L;

  /// How often the silence of the one that is waited for is noticed.
  private static final long LOOK_MILLIS = 50;

  /// Larger parts are written here: Redis drops a subscriber that has 32 MB waiting.
  private static final long MAX_ASK_BYTES = 512 * 1024;

  /// Asks of others that are served at once: sixteen nodes' sixteen lanes.
  private static final int MAX_SERVED = 256;

  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  private final UUID node = UUID.randomUUID();
  private final Appends store;
  private final ToIntFunction<UUID> share;
  private final long answerNanos;
  private final Post post;
  private final Neighbours neighbours = new Neighbours(node, System::nanoTime);
  private final AtomicLong numbers = new AtomicLong();
  private final Map<Long, CompletableFuture<List<Appended>>> open = new ConcurrentHashMap<>();
  private final Semaphore serving = new Semaphore(MAX_SERVED);
  private final LongAdder relayed = new LongAdder();
  private final LongAdder passedOver = new LongAdder();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("relay-timer").daemon().factory());

  /// Joins the nodes on this Redis.
  ///
  /// @param namespace first part of every Redis channel's name
  /// @param store where drafts end up
  /// @param share which conversations belong together: the same on all nodes
  public Relay(Redis redis, String namespace, Appends store, ToIntFunction<UUID> share) {
    this(redis, namespace, store, share, ANSWER_NANOS);
  }

  /// @param answerNanos how long a node that is heard is waited for
  Relay(Redis redis, String namespace, Appends store, ToIntFunction<UUID> share, long answerNanos) {
    this.store = store;
    this.answerNanos = answerNanos;
    this.share = share;
    this.post = new Post(redis, namespace, node);
    post.listen(this::hear);
    timer.scheduleAtFixedRate(this::announce, 0, ANNOUNCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Nodes that are heard, this one included; 0 while Redis is away.
  public int nodes() {
    return neighbours.count();
  }

  /// Drafts that another node wrote for this one.
  public long relayed() {
    return relayed.sum();
  }

  /// Asks that went without an answer.
  public long passedOver() {
    return passedOver.sum();
  }

  private void announce() {
    try {
      if (!neighbours.hears(node)) {
        post.renew();
      }
      neighbours.forget();
      post.tellAll(new Letter.Here(node));
    } catch (RuntimeException e) {
      log.warn("an announcement failed: {}", e.toString()); // the next one comes
    }
  }

  private void hear(Letter letter) {
    switch (letter) {
      case Letter.Here(UUID from) -> neighbours.heard(from);
      case Letter.Leaving(UUID from) -> neighbours.left(from);
      case Letter.Ask ask -> {
        if (serving.tryAcquire()) { // else the asking node passes this one over
          Thread.ofVirtual().name("relay-" + ask.number()).start(() -> serve(ask));
        }
      }
      case Letter.Answer(_, long number, List<Appended> answers) -> {
        CompletableFuture<List<Appended>> waiting = open.remove(number);
        if (waiting != null) {
          waiting.complete(answers);
        }
      }
    }
  }

  private void serve(Letter.Ask ask) {
    try {
      List<Appended> answers = List.of();
      try {
        answers = store.append(ask.drafts());
      } catch (RuntimeException e) {
        log.debug("an ask of another node failed", e);
      }
      post.tell(ask.from(), new Letter.Answer(node, ask.number(), answers));
    } finally {
      serving.release();
    }
  }

  /// A part of a batch that one node writes.
  private record Part(List<Draft> drafts, List<Integer> places) {
    Part() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    boolean isSmall() {
      return drafts.stream().mapToLong(Draft::weightBytes).sum() <= MAX_ASK_BYTES;
    }
  }

  /// An ask under way.
  private record Asked(
      UUID of, long number, Part part, CompletableFuture<List<Appended>> answers) {}

  @Override
  public List<Appended> append(List<Draft> batch) {
    Map<UUID, Part> parts = new LinkedHashMap<>();
    for (int i = 0; i < batch.size(); i++) {
      UUID writer = neighbours.writer(share.applyAsInt(batch.get(i).conversationId()));
      Part part = parts.computeIfAbsent(writer, _ -> new Part());
      part.drafts.add(batch.get(i));
      part.places.add(i);
    }
    if (parts.size() == 1 && parts.containsKey(node)) {
      return store.append(batch); // the usual case on one node: nothing to put together
    }
    Appended[] answers = new Appended[batch.size()];
    List<Asked> asked = new ArrayList<>();
    List<Part> own = new ArrayList<>();
    parts.forEach((writer, part) -> {
      Asked ask = writer.equals(node) || !part.isSmall() ? null : ask(writer, part);
      if (ask == null) {
        own.add(part);
      } else {
        asked.add(ask);
      }
    });
    try {
      own.forEach(part -> put(part, store.append(part.drafts), answers));
      asked.forEach(ask -> put(ask.part, await(ask), answers));
    } finally {
      asked.forEach(ask -> open.remove(ask.number));
    }
    return Arrays.asList(answers);
  }

  private static void put(Part part, List<Appended> from, Appended[] answers) {
    for (int i = 0; i < from.size(); i++) {
      answers[part.places.get(i)] = from.get(i);
    }
  }

  /// Null when the letter did not go out.
  private Asked ask(UUID writer, Part part) {
    var ask =
        new Asked(writer, numbers.incrementAndGet(), part, new CompletableFuture<List<Appended>>());
    open.put(ask.number, ask.answers);
    if (!post.tell(writer, new Letter.Ask(node, ask.number, part.drafts))) {
      open.remove(ask.number);
      return null;
    }
    return ask;
  }

  private List<Appended> await(Asked ask) {
    long since = System.nanoTime();
    while (neighbours.hears(ask.of) && System.nanoTime() - since < answerNanos) {
      try {
        List<Appended> answers = ask.answers.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
        if (answers.size() == ask.part.drafts.size()) {
          relayed.add(answers.size());
          return answers;
        }
        neighbours.avoid(ask.of);
        throw new StoreUnavailable(
            new IllegalStateException("the node that writes this share did not get it stored"));
      } catch (TimeoutException _) {
        // Look again.
      } catch (ExecutionException e) {
        throw new IllegalStateException(e); // nobody completes it so
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StoreUnavailable(e);
      }
    }
    neighbours.avoid(ask.of);
    passedOver.increment();
    List<Appended> answers = store.append(ask.part.drafts);
    if (answers.stream().anyMatch(Appended.Refused.class::isInstance)) {
      throw new StoreUnavailable(
          new IllegalStateException("refused here, but a silent node may yet store it"));
    }
    return answers;
  }

  /// Tells the others not to ask any more. What is asked already is still answered while the store
  /// is there.
  @Override
  public void close() {
    timer.shutdownNow();
    post.tellAll(new Letter.Leaving(node));
    post.close();
  }
}
