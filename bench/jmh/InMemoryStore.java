package bench.jmh;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import server.messages.Acknowledgement;
import server.messages.Advance;
import server.messages.Appended;
import server.messages.Cursor;
import server.messages.Draft;
import server.messages.Message;
import server.messages.MessageStore;
import server.messages.Receipt;

/// Numbers messages and forgets them: what is before and behind it is what is measured. Several
/// committers may call it, each for conversations of its own.
final class InMemoryStore implements MessageStore {
  private static final Instant NOW = Instant.EPOCH;
  private final Map<UUID, Long> heads = new HashMap<>(); // guarded by this

  @Override
  public synchronized List<Appended> append(List<Draft> batch) {
    List<Appended> answers = new ArrayList<>(batch.size());
    for (Draft draft : batch) {
      long seq = heads.merge(draft.conversationId(), 1L, Long::sum);
      answers.add(new Appended.Stored(seq, NOW, false, 1));
    }
    return answers;
  }

  private static UnsupportedOperationException forgotten() {
    return new UnsupportedOperationException("this store keeps no message");
  }

  @Override
  public List<Message> readForward(UUID conversation, long afterSeq, long toSeq, int limit) {
    throw forgotten();
  }

  @Override
  public List<Message> readBackward(UUID conversation, long beforeSeq, int limit) {
    throw forgotten();
  }

  @Override
  public Map<UUID, Long> heads(Collection<UUID> conversations) {
    throw forgotten();
  }

  @Override
  public int countOthers(UUID conversation, UUID user, long afterSeq, long toSeq, int cap) {
    throw forgotten();
  }

  @Override
  public Map<UUID, Integer> countOthers(UUID user, Collection<Span> spans, int cap) {
    throw forgotten();
  }

  @Override
  public List<Advance> acknowledge(Collection<Acknowledgement> acknowledgements) {
    throw forgotten();
  }

  @Override
  public List<Cursor> cursorsOfUser(UUID user, Collection<UUID> conversations) {
    throw forgotten();
  }

  @Override
  public List<Receipt> receipts(UUID conversation, Cursor after, long atSeq, int limit) {
    throw forgotten();
  }

  @Override
  public void startDevice(UUID user, UUID device, Collection<UUID> conversations) {
    throw forgotten();
  }

  @Override
  public void close() {}
}
