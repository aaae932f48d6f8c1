package bench.load;

import bench.client.Api;
import bench.client.Device;
import bench.cluster.Cluster;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The users of a run: logged in, in conversations, connected. The members of a conversation are
/// spread over the servers, so that with more than one of them messages cross.
final class Population {
  private static final long CONNECT_SECONDS = 60; // ten thousand take some seconds

  private Population() {}

  /// Makes the conversations of `options` and opens their sockets; returns when all are caught up.
  ///
  /// @param firstPhone of the users' phone numbers
  static void join(Cluster cluster, LoadOptions options, List<Lane> lanes, int firstPhone)
      throws IOException, InterruptedException {
    int size = options.roomSize();
    int rooms = Math.max(1, options.sockets() / size);
    if (options.profile() == LoadOptions.Profile.BARE_GROUPS) {
      var strangers = IntStream.range(0, rooms * size).mapToObj(i -> stranger(i / size)).toList();
      var conversations = Stream.generate(UUID::randomUUID).limit(rooms).toList();
      connect(cluster, options, lanes, strangers, conversations);
      return;
    }
    try (var api = new Api(address(cluster, 0))) {
      List<Device> devices = api.login(firstPhone, rooms * size);
      List<UUID> conversations =
          Api.inParallel(
              rooms,
              i -> {
                List<Device> members = devices.subList(i * size, (i + 1) * size);
                return size == 2 ? api.direct(members.get(0), members.get(1)) : api.group(members);
              });
      connect(cluster, options, lanes, devices, conversations);
    }
  }

  /// Where nobody logs in, the token is the room's name.
  private static Device stranger(int room) {
    return new Device("", UUID.randomUUID(), UUID.randomUUID(), UUID.randomUUID(), "room-" + room);
  }

  private static void connect(
      Cluster cluster,
      LoadOptions options,
      List<Lane> lanes,
      List<Device> devices,
      List<UUID> conversations) {
    int size = options.roomSize();
    int rooms = conversations.size();
    int stalled = every(options.trouble().stalledShare(), rooms * size);
    int slow = every(options.trouble().slowShare(), rooms * size);
    List<CompletableFuture<Void>> ready = new ArrayList<>();
    for (int i = 0; i < rooms; i++) {
      Lane lane = lanes.get(i % lanes.size());
      var room = new Room(i, size, conversations.get(i));
      lane.call(() -> lane.rooms().add(room));
      for (int place = 0; place < size; place++) {
        int index = i * size + place;
        var reading =
            index % stalled == stalled - 1
                ? Member.Reading.NOT
                : index % slow == slow / 2 ? Member.Reading.SLOWLY : Member.Reading.AT_ONCE;
        var member =
            new Member(
                lane,
                room,
                place,
                devices.get(index),
                reading,
                address(cluster, place % options.servers()));
        lane.call(() -> {
          room.members().add(member);
          ready.add(member.open());
        });
      }
    }
    CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new))
        .orTimeout(CONNECT_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  /// The distance between sockets of which there are to be this part.
  private static int every(double share, int sockets) {
    long wanted = Math.round(share * sockets);
    return wanted == 0 ? Integer.MAX_VALUE : (int) (sockets / wanted);
  }

  static InetSocketAddress address(Cluster cluster, int server) {
    return new InetSocketAddress("127.0.0.1", cluster.servers().get(server).port());
  }
}
