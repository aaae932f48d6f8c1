-- The conversation log, each device's place in it, and what says when a place was reached.
-- up

CREATE TABLE messages (
  conversation_id   uuid NOT NULL,
  seq               bigint NOT NULL,
  sender_user_id    uuid NOT NULL,
  sender_device_id  uuid NOT NULL,
  client_message_id uuid NOT NULL,
  sent_at           timestamptz NOT NULL,
  reply_to_seq      bigint,
  content_type      text,
  content           bytea NOT NULL,
  PRIMARY KEY (conversation_id, seq),
  UNIQUE (conversation_id, sender_device_id, client_message_id)
);
-- Content is most often encrypted: trying to compress it costs CPU and gains nothing.
ALTER TABLE messages ALTER COLUMN content SET STORAGE EXTERNAL;

-- Cumulative: a device has everything up to delivered_seq, its user has read up to read_seq. Neither ever falls.
CREATE TABLE cursors (
  conversation_id uuid NOT NULL,
  user_id         uuid NOT NULL,
  device_id       uuid NOT NULL,
  delivered_seq   bigint NOT NULL,
  read_seq        bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (conversation_id, user_id, device_id)
) WITH (fillfactor = 70);

-- Append-only: when each place was reached. "Delivered at" of a message is the first row at or above its seq.
CREATE TABLE receipts (
  conversation_id uuid NOT NULL,
  user_id         uuid NOT NULL,
  device_id       uuid NOT NULL,
  delivered_seq   bigint NOT NULL,
  read_seq        bigint NOT NULL,
  reached_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (conversation_id, user_id, device_id, delivered_seq, read_seq)
);

-- Appends a batch in one round trip. Two statements, so two snapshots: the first waits for the rows' locks, the second,
-- begun after it, sees all that was committed before the locks were had (earlier attempts, members removed meanwhile).
-- The caller gives no (conversation, device, client id) twice in one batch.
-- status: 0 stored, 1 stored before, 2 not a member (or no such conversation), 3 reply_to_seq does not exist.
-- A connection plans this once and keeps the plan until the tables are analysed, minutes after they began to grow. What
-- is best for empty tables, to read them whole, would cost each batch all messages there are: so each draft looks its
-- rows up (LATERAL with a LIMIT cannot become another join), and never by a sequential scan.
CREATE FUNCTION append_messages(
  p_conversation uuid[], p_user uuid[], p_device uuid[], p_client uuid[],
  p_reply bigint[], p_type text[], p_content bytea[],
  OUT idx integer, OUT status integer, OUT seq bigint, OUT sent_at timestamptz, OUT members_version bigint
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
  v_now timestamptz;
BEGIN
  PERFORM 1 FROM conversations c WHERE c.conversation_id = ANY (p_conversation)
    ORDER BY c.conversation_id FOR NO KEY UPDATE;
  v_now := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH judged AS (
    SELECT i.*, c.last_seq, c.members_version, m.seq AS old_seq, m.sent_at AS old_sent_at,
      CASE WHEN m.seq IS NOT NULL THEN 1
           WHEN b.here IS NULL THEN 2
           WHEN i.reply NOT BETWEEN 1 AND c.last_seq THEN 3
           ELSE 0 END AS status
    FROM unnest(p_conversation, p_user, p_device, p_client, p_reply, p_type, p_content)
      WITH ORDINALITY AS i (conversation_id, user_id, device_id, client_id, reply, type, content, n)
    LEFT JOIN LATERAL (
      SELECT x.last_seq, x.members_version FROM conversations x
      WHERE x.conversation_id = i.conversation_id LIMIT 1) c ON true
    LEFT JOIN LATERAL (
      SELECT true AS here FROM members x
      WHERE x.conversation_id = i.conversation_id AND x.user_id = i.user_id AND x.left_seq IS NULL LIMIT 1) b ON true
    LEFT JOIN LATERAL (
      SELECT x.seq, x.sent_at FROM messages x
      WHERE x.conversation_id = i.conversation_id AND x.sender_device_id = i.device_id
        AND x.client_message_id = i.client_id LIMIT 1) m ON true
  ), numbered AS (
    SELECT j.*, j.last_seq + count(*) FILTER (WHERE j.status = 0)
      OVER (PARTITION BY j.conversation_id ORDER BY j.n) AS new_seq
    FROM judged j
  ), stored AS (
    INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id, sent_at,
                          reply_to_seq, content_type, content)
    SELECT x.conversation_id, x.new_seq, x.user_id, x.device_id, x.client_id, v_now, x.reply, x.type, x.content
    FROM numbered x WHERE x.status = 0
  ), heads AS (
    UPDATE conversations c SET last_seq = h.seq, last_activity_at = v_now
    FROM (SELECT x.conversation_id, max(x.new_seq) AS seq FROM numbered x WHERE x.status = 0
          GROUP BY x.conversation_id) h
    WHERE c.conversation_id = h.conversation_id
  )
  SELECT x.n::integer, x.status, coalesce(x.old_seq, x.new_seq), coalesce(x.old_sent_at, v_now), x.members_version
  FROM numbered x;
END $$;

-- down

DROP FUNCTION append_messages(uuid[], uuid[], uuid[], uuid[], bigint[], text[], bytea[]);
DROP TABLE receipts;
DROP TABLE cursors;
DROP TABLE messages;
