package server.messages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import fixtures.urls.CqlUrl;
import fixtures.urls.PostgresUrl;
import fixtures.urls.UserError;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import migrate.backup.Backup;
import migrate.move.MoveProgress;
import migrate.move.messages.MessageSide;
import migrate.move.messages.StoresDiffer;
import migrate.schema.ScratchDatabase;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import server.messages.cql.CqlMessageStore;
import server.messages.cql.CqlSide;
import server.testing.TestApi.User;
import server.testing.TestConversations;
import server.testing.TestCql;

class BackupTest {
  private static final CqlUrl KEYSPACE = TestCql.newKeyspace();
  private static TestConversations people;
  private static UUID group;
  private static User admin;
  private static Path folder;

  @BeforeAll
  static void backUp(@TempDir Path temporary) throws Exception {
    people =
        new TestConversations(engines -> {
          var store = CqlMessageStore.open(KEYSPACE, engines.dsl());
          return new TestConversations.Messages(store, (_, id) -> store.fence(id));
        });
    admin = people.api().user();
    group = UUID.fromString(people.group(admin, people.api().user()));
    people.send(admin, group.toString(), 1_500, 40);
    people
        .messages()
        .append(
            List.of(
                new Draft(
                    group,
                    admin.userId(),
                    admin.deviceId(),
                    UUID.randomUUID(),
                    7,
                    "text/plain; charset=utf-8",
                    "one\ttwo\n".getBytes(StandardCharsets.UTF_8))));
    people
        .messages()
        .acknowledge(
            List.of(new Acknowledgement(group, admin.userId(), admin.deviceId(), 1_000, 900)));
    folder = temporary.resolve("backup");
    try (MessageSide side = CqlSide.open(KEYSPACE)) {
      String told = of(people.engines().postgres(), side).write(folder);
      assertTrue(told.contains("1,501 messages"), told);
    }
  }

  @AfterAll
  static void end() {
    people.close();
  }

  private static Backup of(PostgresUrl postgres, MessageSide side) {
    return new Backup(postgres, Optional.of(side), false, MoveProgress.SILENT);
  }

  private static String restore(Path from, CqlUrl keyspace, ScratchDatabase empty) {
    try (MessageSide side = CqlSide.open(keyspace)) {
      return of(empty.url(), side).restore(from);
    }
  }

  @Test
  void whatIsRestoredIsWhatWasThereInPlainTablesAndInCql() {
    CqlUrl keyspace = TestCql.newKeyspace();
    try (var empty = ScratchDatabase.beside(people.engines().postgres())) {
      String told = restore(folder, keyspace, empty);
      assertTrue(told.startsWith("restored and compared"), told);
      try (var dsl = DSL.using(empty.url().jdbcUrl(), empty.url().user(), empty.url().password());
          var store = CqlMessageStore.open(keyspace, dsl)) {
        List<Message> before =
            people.messages().readForward(group, 0, Long.MAX_VALUE, Integer.MAX_VALUE);
        List<Message> after = store.readForward(group, 0, Long.MAX_VALUE, Integer.MAX_VALUE);
        assertEquals(1_501, after.size());
        assertArrayEquals(before.getLast().content(), after.getLast().content());
        assertEquals(before.getLast().contentType(), after.getLast().contentType());
        assertEquals(7, after.getLast().replyToSeq());
        assertEquals(
            people.messages().cursorsOfUser(admin.userId(), List.of(group)),
            store.cursorsOfUser(admin.userId(), List.of(group)));
        assertEquals(
            people.messages().receipts(group, null, 800, 10), store.receipts(group, null, 800, 10));
        Draft again =
            new Draft(
                group,
                admin.userId(),
                admin.deviceId(),
                before.get(41).clientMessageId(),
                0,
                null,
                new byte[1]);
        var answer = (Appended.Stored) store.append(List.of(again)).getFirst();
        assertEquals(42, answer.seq());
        Draft fresh =
            new Draft(
                group, admin.userId(), admin.deviceId(), UUID.randomUUID(), 0, null, new byte[1]);
        assertEquals(1_502, ((Appended.Stored) store.append(List.of(fresh)).getFirst()).seq());
      }
      assertThrows(
          UserError.class, () -> restore(folder, keyspace, empty), "it is not empty any more");
    }
  }

  @Test
  void aChangedByteInMessagesIsFound(@TempDir Path other) throws Exception {
    copy(other);
    Path file = other.resolve("messages.gz");
    String lines;
    try (var in = new GZIPInputStream(Files.newInputStream(file))) {
      lines = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    String changed = lines.replaceFirst("\t500\t", "\t500\t".replace("500", "501"));
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(changed.getBytes(StandardCharsets.UTF_8));
    }
    try (var empty = ScratchDatabase.beside(people.engines().postgres())) {
      assertThrows(StoresDiffer.class, () -> restore(other, TestCql.newKeyspace(), empty));
    }
  }

  @Test
  void aLostRowOfATableIsFound(@TempDir Path other) throws Exception {
    copy(other);
    Path file = other.resolve("members.copy.gz");
    try (var out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(new byte[0]);
    }
    try (var empty = ScratchDatabase.beside(people.engines().postgres())) {
      var found =
          assertThrows(StoresDiffer.class, () -> restore(other, TestCql.newKeyspace(), empty));
      assertTrue(found.getMessage().contains("table members differs"), found.getMessage());
    }
  }

  private static void copy(Path other) throws Exception {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, other.resolve(file.getFileName()));
      }
    }
  }
}
