package ci.check;

import bench.client.Api;
import bench.client.Device;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/// Who talks to whom: users with two devices each, direct conversations and groups. Some groups
/// have a guest, the last of their members, who will be removed. Immutable.
///
/// @param devices two of each user, one after the other
/// @param conversations their ids
/// @param members of each conversation: users
/// @param guests of each conversation: the user to be removed, or [#NOBODY]
record Population(List<Device> devices, List<UUID> conversations, int[][] members, int[] guests) {
  static final int DEVICES_EACH = 2;
  static final int NOBODY = -1;

  private static final int FEWEST_USERS = 20;
  private static final int MOST_USERS = 80; // 160 sockets: more cost the clients' machine too much
  private static final int SEEDS = 100_000; // with users of their own
  private static final int MESSAGES_TO_A_USER = 20_000;
  private static final int SMALLEST_GROUP = 3;
  private static final int LARGEST_GROUP = 6;
  private static final int GROUP_WITH_GUEST = 4; // from this size on
  private static final long DEVICE_UUIDS = 0x6368_6563_6B00_4000L;

  /// Makes them on a system, by its HTTP interface. Another seed has other users, so that several
  /// runs may have one database.
  static Population make(Api api, int messages, long seed)
      throws IOException, InterruptedException {
    var random = new Random(seed);
    int first = (int) Math.floorMod(seed, (long) SEEDS) * MOST_USERS;
    int users = Math.clamp(messages / MESSAGES_TO_A_USER, FEWEST_USERS, MOST_USERS);
    List<List<Device>> byUser = Api.inParallel(users, user -> logIn(api, first + user));
    List<Device> devices = byUser.stream().flatMap(List::stream).toList();
    List<int[]> members = members(users, random);
    int[] guests = new int[members.size()];
    for (int c = 0; c < guests.length; c++) {
      int[] who = members.get(c);
      guests[c] = who.length >= GROUP_WITH_GUEST ? who[who.length - 1] : NOBODY;
    }
    List<UUID> conversations =
        Api.inParallel(
            members.size(),
            c -> {
              List<Device> group = new ArrayList<>();
              for (int user : members.get(c)) {
                group.add(devices.get(user * DEVICES_EACH));
              }
              return Patient.ask(() ->
                  group.size() == 2 ? api.direct(group.get(0), group.get(1)) : api.group(group));
            });
    return new Population(devices, conversations, members.toArray(new int[0][]), guests);
  }

  /// One after the other: a newer one-time password of a phone makes the older one void.
  private static List<Device> logIn(Api api, int user) throws IOException, InterruptedException {
    List<Device> devices = new ArrayList<>();
    for (int i = 0; i < DEVICES_EACH; i++) {
      UUID device = new UUID(DEVICE_UUIDS, (long) user * DEVICES_EACH + i);
      devices.add(Patient.ask(() -> api.login(Api.phone(user), device)));
    }
    return devices;
  }

  /// Each user talks to the next one; besides, pairs and groups by chance.
  private static List<int[]> members(int users, Random random) {
    List<int[]> members = new ArrayList<>();
    var pairs = new HashSet<Long>();
    for (int user = 0; user < users; user++) {
      pairs.add(
          History.pair(Math.min(user, (user + 1) % users), Math.max(user, (user + 1) % users)));
      int one = random.nextInt(users);
      int other = random.nextInt(users);
      if (one != other) {
        pairs.add(History.pair(Math.min(one, other), Math.max(one, other)));
      }
    }
    pairs.forEach(pair -> members.add(new int[] {History.first(pair), History.second(pair)}));
    List<Integer> everyone = new ArrayList<>();
    for (int user = 0; user < users; user++) {
      everyone.add(user);
    }
    for (int group = 0; group < users / 2; group++) {
      Collections.shuffle(everyone, random);
      int size = random.nextInt(SMALLEST_GROUP, LARGEST_GROUP + 1);
      members.add(everyone.subList(0, size).stream().mapToInt(Integer::intValue).toArray());
    }
    return members;
  }

  int[] userOfDevice() {
    int[] users = new int[devices.size()];
    for (int d = 0; d < users.length; d++) {
      users[d] = d / DEVICES_EACH;
    }
    return users;
  }

  /// The conversations of a device's user.
  int[] conversationsOf(int device) {
    List<Integer> found = new ArrayList<>();
    for (int c = 0; c < members.length; c++) {
      for (int user : members[c]) {
        if (user == device / DEVICES_EACH) {
          found.add(c);
        }
      }
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }
}
