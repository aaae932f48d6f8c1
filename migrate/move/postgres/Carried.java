package migrate.move.postgres;

import java.util.List;
import java.util.UUID;
import migrate.move.Subject;

/// What replication does not carry from one side to the other, and a few statements do. May be
/// repeated: the last time counts.
record Carried(Session from, Session to) {
  void carry() {
    sequences();
    otherWords();
  }

  private void sequences() {
    var all =
        from.dsl()
            .fetch(
                "SELECT quote_ident(sequencename), last_value FROM pg_sequences"
                    + " WHERE schemaname = current_schema() AND last_value IS NOT NULL");
    to.dsl()
        .fetch(
            "SELECT setval(name::regclass, value) FROM unnest(?::text[], ?::bigint[])"
                + " AS t (name, value)",
            all.stream().map(row -> row.get(0, String.class)).toArray(String[]::new),
            all.stream().map(row -> row.get(1, Long.class)).toArray(Long[]::new));
  }

  private record Said(
      String subject, long epoch, String command, UUID move, byte[] url, int patienceMillis) {}

  /// What servers were told of other databases counts at the other side as well.
  private void otherWords() {
    List<Said> words =
        from.dsl()
            .fetch(
                "SELECT subject, epoch, command, move_id, url, patience_millis FROM move_controls"
                    + " WHERE subject <> ?",
                Subject.POSTGRES.toString())
            .map(row ->
                new Said(
                    row.get(0, String.class),
                    row.get(1, long.class),
                    row.get(2, String.class),
                    row.get(3, UUID.class),
                    row.get(4, byte[].class),
                    row.get(5, int.class)));
    for (Said word : words) {
      to.dsl()
          .execute(
              "INSERT INTO move_controls (subject, epoch, command, move_id, url, patience_millis)"
                  + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (subject) DO UPDATE"
                  + " SET epoch = excluded.epoch, command = excluded.command,"
                  + " move_id = excluded.move_id, url = excluded.url,"
                  + " patience_millis = excluded.patience_millis",
              word.subject,
              word.epoch,
              word.command,
              word.move,
              word.url,
              word.patienceMillis);
    }
  }
}
