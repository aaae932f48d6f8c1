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
CREATE FUNCTION append_messages(
  p_conversation uuid[], p_user uuid[], p_device uuid[], p_client uuid[],
  p_reply bigint[], p_type text[], p_content bytea[],
  OUT idx integer, OUT status integer, OUT seq bigint, OUT sent_at timestamptz, OUT members_version bigint
) RETURNS SETOF record LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  v_now timestamptz;
BEGIN
  PERFORM 1 FROM conversations c WHERE c.conversation_id = ANY (p_conversation)
    ORDER BY c.conversation_id FOR NO KEY UPDATE;
  v_now := date_trunc('milliseconds', clock_timestamp());
  RETURN QUERY
  WITH input AS (
    SELECT i.* FROM unnest(p_conversation, p_user, p_device, p_client, p_reply, p_type, p_content)
      WITH ORDINALITY AS i (conversation_id, user_id, device_id, client_id, reply, type, content, n)
  ), judged AS (
    SELECT i.n, i.conversation_id, c.last_seq, c.members_version, m.seq AS old_seq, m.sent_at AS old_sent_at,
      CASE WHEN m.seq IS NOT NULL THEN 1
           WHEN b.user_id IS NULL THEN 2
           WHEN i.reply NOT BETWEEN 1 AND c.last_seq THEN 3
           ELSE 0 END AS status
    FROM input i
    LEFT JOIN conversations c ON c.conversation_id = i.conversation_id
    LEFT JOIN members b ON b.conversation_id = i.conversation_id AND b.user_id = i.user_id AND b.left_seq IS NULL
    LEFT JOIN messages m ON m.conversation_id = i.conversation_id AND m.sender_device_id = i.device_id
      AND m.client_message_id = i.client_id
  ), numbered AS (
    SELECT j.n, j.conversation_id, j.last_seq + row_number() OVER (PARTITION BY j.conversation_id ORDER BY j.n) AS seq
    FROM judged j WHERE j.status = 0
  ), stored AS (
    INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id, sent_at,
                          reply_to_seq, content_type, content)
    SELECT i.conversation_id, x.seq, i.user_id, i.device_id, i.client_id, v_now, i.reply, i.type, i.content
    FROM numbered x JOIN input i ON i.n = x.n
  ), heads AS (
    UPDATE conversations c SET last_seq = h.seq, last_activity_at = v_now
    FROM (SELECT x.conversation_id, max(x.seq) AS seq FROM numbered x GROUP BY x.conversation_id) h
    WHERE c.conversation_id = h.conversation_id
  )
  SELECT j.n::integer, j.status, coalesce(j.old_seq, x.seq), coalesce(j.old_sent_at, v_now), j.members_version
  FROM judged j LEFT JOIN numbered x ON x.n = j.n;
END $$;

-- down

DROP FUNCTION append_messages(uuid[], uuid[], uuid[], uuid[], bigint[], text[], bytea[]);
DROP TABLE receipts;
DROP TABLE cursors;
DROP TABLE messages;
