package ci.check;

import bench.client.Api;
import ci.check.History.Removal;
import fixtures.urls.EnvironmentError;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/// Removes each group's guest once, in the middle of the run, and asks until it is answered. Lives
/// on a thread of its own.
final class Removals {
  private static final int MOST_TRIES = 200; // a fault lasts some 10 s
  private static final long AGAIN_MILLIS = 200;
  private static final long POLL_MILLIS = 5;
  private static final int DONE_BEFORE = 404; // by an earlier try whose answer was lost
  private static final double EARLIEST = 0.1; // of the messages
  private static final double LATEST = 0.9;

  private final Fleet fleet;
  private final Random random;
  private final Map<Long, Removal> done = new HashMap<>();

  Removals(Fleet fleet, long seed) {
    this.fleet = fleet;
    this.random = new Random(seed + 1);
  }

  /// By pair(conversation, user), without their left_seq; to be read after [#run].
  Map<Long, Removal> done() {
    return done;
  }

  void run() throws InterruptedException {
    int[] guests = fleet.population.guests();
    var places = new java.util.TreeMap<Integer, Integer>();
    for (int c = 0; c < guests.length; c++) {
      if (guests[c] != Population.NOBODY) {
        double share = EARLIEST + random.nextDouble() * (LATEST - EARLIEST);
        places.put((int) (fleet.history.messages * share), c);
      }
    }
    for (var place : places.entrySet()) {
      while (fleet.begun() < place.getKey()) { // the nemesis gives up when there is no progress
        if (fleet.closed()) {
          return;
        }
        Thread.sleep(POLL_MILLIS);
      }
      remove(place.getValue(), guests[place.getValue()]);
    }
  }

  private void remove(int conversation, int user) throws InterruptedException {
    int admin = fleet.population.members()[conversation][0] * Population.DEVICES_EACH;
    UUID id = fleet.population.conversations().get(conversation);
    UUID who = fleet.device(user * Population.DEVICES_EACH).userId();
    long asked = fleet.micros();
    for (int attempt = 1; ; attempt++) {
      int server = random.nextInt(fleet.servers.size());
      try (var api = new Api(fleet.servers.get(server))) {
        String token = fleet.ask(Client::token).get(admin);
        api.call("DELETE", "/conversations/" + id + "/members/" + who, token, null);
        break;
      } catch (Api.Refused e) {
        if (e.status() == DONE_BEFORE && attempt > 1) {
          break;
        }
        if (attempt == MOST_TRIES) {
          throw new EnvironmentError("a member can't be removed: " + e.getMessage());
        }
      } catch (IOException e) {
        if (attempt == MOST_TRIES) {
          throw new EnvironmentError("a member can't be removed: " + e.getMessage());
        }
      }
      Thread.sleep(AGAIN_MILLIS);
    }
    done.put(History.pair(conversation, user), new Removal(asked, fleet.micros(), 0));
    fleet.ask(client -> {
      if (client.index / Population.DEVICES_EACH == user) {
        client.removedFrom(conversation);
      }
      return null;
    });
  }
}
