package bench.load;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// One conversation and its sockets, all of one lane. Lives on the lane's loop.
final class Room {
  private final int number;
  private final int size;
  private final UUID conversation;
  private final List<Member> members = new ArrayList<>();
  private int turn;

  Room(int number, int size, UUID conversation) {
    this.number = number;
    this.size = size;
    this.conversation = conversation;
  }

  int number() {
    return number;
  }

  int size() {
    return size;
  }

  UUID conversation() {
    return conversation;
  }

  List<Member> members() {
    return members;
  }

  /// The members take turns; those that are stalled say nothing. Null: all are stalled.
  Member next() {
    for (int tries = 0; tries < size; tries++) {
      turn = turn + 1 == size ? 0 : turn + 1;
      Member member = members.get(turn);
      if (!member.stalled()) {
        return member;
      }
    }
    return null;
  }

  /// How many have to get what `sender` says before it is settled: who is stalled is not waited
  /// for.
  int receivers(Member sender) {
    int receivers = 0;
    for (int i = 0; i < size; i++) {
      Member member = members.get(i);
      receivers += member != sender && !member.stalled() ? 1 : 0;
    }
    return receivers;
  }

  /// How many messages of others should have come to `member`.
  long expected(Member member) {
    long expected = 0;
    for (Member other : members) {
      expected += other == member ? 0 : other.answered();
    }
    return expected;
  }
}
