-- Where each conversation's log lives, under its row's lock, so that it can be moved to another store while people write.
-- @expand
-- up

-- Null where messages never moved: then they are where the settings say. 0: here; 1: in the CQL database.
ALTER TABLE conversations ADD COLUMN messages_in smallint;

-- At most one row. What null means above, and where the messages of new conversations go.
CREATE TABLE message_home (
  only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  unmarked_in   smallint,
  new_in        smallint
);

CREATE FUNCTION new_messages_in() RETURNS smallint LANGUAGE sql STABLE AS 'SELECT new_in FROM message_home';
ALTER TABLE conversations ALTER COLUMN messages_in SET DEFAULT new_messages_in();

-- The three appends as in steps 3 to 5, but what lives elsewhere is not judged: status 4, or VY001. Who moves a log holds
-- its conversation's row, as appends do, so nothing is stored here once it has been said to be there.
CREATE OR REPLACE FUNCTION append_messages(
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
      CASE WHEN c.messages_in = 1 THEN 4
           WHEN m.seq IS NOT NULL THEN 1
           WHEN b.here IS NULL THEN 2
           WHEN i.reply NOT BETWEEN 1 AND c.last_seq THEN 3
           ELSE 0 END AS status
    FROM unnest(p_conversation, p_user, p_device, p_client, p_reply, p_type, p_content)
      WITH ORDINALITY AS i (conversation_id, user_id, device_id, client_id, reply, type, content, n)
    LEFT JOIN LATERAL (
      SELECT x.last_seq, x.members_version, x.messages_in FROM conversations x
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

CREATE OR REPLACE FUNCTION append_message(
  p_conversation uuid, p_user uuid, p_device uuid, p_client uuid, p_reply bigint, p_type text, p_content bytea,
  OUT status integer, OUT seq bigint, OUT sent_at timestamptz, OUT members_version bigint
) RETURNS record LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
  v_last_seq bigint;
  v_messages_in smallint;
BEGIN
  SELECT c.last_seq, c.members_version, c.messages_in INTO v_last_seq, members_version, v_messages_in
    FROM conversations c
    WHERE c.conversation_id = p_conversation FOR NO KEY UPDATE;
  IF v_messages_in = 1 THEN
    status := 4;
    RETURN;
  END IF;
  SELECT m.seq, m.sent_at INTO seq, sent_at FROM messages m
    WHERE m.conversation_id = p_conversation AND m.sender_device_id = p_device AND m.client_message_id = p_client;
  IF FOUND THEN
    status := 1;
    RETURN;
  END IF;
  PERFORM 1 FROM members x
    WHERE x.conversation_id = p_conversation AND x.user_id = p_user AND x.left_seq IS NULL;
  IF NOT FOUND THEN
    status := 2;
    RETURN;
  END IF;
  IF p_reply NOT BETWEEN 1 AND v_last_seq THEN
    status := 3;
    RETURN;
  END IF;
  status := 0;
  seq := v_last_seq + 1;
  sent_at := date_trunc('milliseconds', clock_timestamp());
  INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id, sent_at,
                        reply_to_seq, content_type, content)
  VALUES (p_conversation, seq, p_user, p_device, p_client, sent_at, p_reply, p_type, p_content);
  UPDATE conversations c SET last_seq = append_message.seq, last_activity_at = append_message.sent_at
    WHERE c.conversation_id = p_conversation;
END $$;

CREATE OR REPLACE FUNCTION append_new_messages(
  p_conversation uuid[], p_user uuid[], p_device uuid[], p_client uuid[],
  p_reply bigint[], p_type text[], p_content bytea[],
  OUT seqs bigint[], OUT sent_at timestamptz, OUT members_versions bigint[]
) RETURNS record LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  v_stored bigint;
  v_elsewhere boolean;
BEGIN
  sent_at := date_trunc('milliseconds', clock_timestamp());
  WITH heads AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + cardinality(i.places), last_activity_at = append_new_messages.sent_at
    FROM (SELECT u.id, array_agg(u.place ORDER BY u.place) AS places
          FROM unnest(p_conversation) WITH ORDINALITY AS u (id, place) GROUP BY u.id ORDER BY u.id) i
    WHERE c.conversation_id = i.id
    RETURNING i.places, c.last_seq - cardinality(i.places) AS before, c.members_version AS version, c.messages_in
  )
  SELECT array_agg(h.before + p.nth ORDER BY p.place), array_agg(h.version ORDER BY p.place),
    bool_or(h.messages_in = 1)
  INTO seqs, members_versions, v_elsewhere
  FROM heads h, unnest(h.places) WITH ORDINALITY AS p (place, nth);
  IF v_elsewhere THEN
    RAISE EXCEPTION 'some of them belong into another store' USING ERRCODE = 'VY001';
  END IF;
  INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id, sent_at,
                        reply_to_seq, content_type, content)
  SELECT i.conversation_id, i.seq, i.user_id, i.device_id, i.client_id, append_new_messages.sent_at,
    i.reply, i.type, i.content
  FROM unnest(p_conversation, seqs, p_user, p_device, p_client, p_reply, p_type, p_content)
    AS i (conversation_id, seq, user_id, device_id, client_id, reply, type, content)
  WHERE (i.reply IS NULL OR i.reply BETWEEN 1 AND i.seq - 1)
    AND EXISTS (SELECT 1 FROM members x
                WHERE x.conversation_id = i.conversation_id AND x.user_id = i.user_id AND x.left_seq IS NULL);
  GET DIAGNOSTICS v_stored = ROW_COUNT;
  IF v_stored <> cardinality(p_conversation) THEN
    RAISE EXCEPTION 'not all of them are new messages of members' USING ERRCODE = 'VY001';
  END IF;
END $$;

-- down

CREATE OR REPLACE FUNCTION append_messages(
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

CREATE OR REPLACE FUNCTION append_message(
  p_conversation uuid, p_user uuid, p_device uuid, p_client uuid, p_reply bigint, p_type text, p_content bytea,
  OUT status integer, OUT seq bigint, OUT sent_at timestamptz, OUT members_version bigint
) RETURNS record LANGUAGE plpgsql VOLATILE SET enable_seqscan = off AS $$
DECLARE
  v_last_seq bigint;
BEGIN
  SELECT c.last_seq, c.members_version INTO v_last_seq, members_version FROM conversations c
    WHERE c.conversation_id = p_conversation FOR NO KEY UPDATE;
  SELECT m.seq, m.sent_at INTO seq, sent_at FROM messages m
    WHERE m.conversation_id = p_conversation AND m.sender_device_id = p_device AND m.client_message_id = p_client;
  IF FOUND THEN
    status := 1;
    RETURN;
  END IF;
  PERFORM 1 FROM members x
    WHERE x.conversation_id = p_conversation AND x.user_id = p_user AND x.left_seq IS NULL;
  IF NOT FOUND THEN
    status := 2;
    RETURN;
  END IF;
  IF p_reply NOT BETWEEN 1 AND v_last_seq THEN
    status := 3;
    RETURN;
  END IF;
  status := 0;
  seq := v_last_seq + 1;
  sent_at := date_trunc('milliseconds', clock_timestamp());
  INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id, sent_at,
                        reply_to_seq, content_type, content)
  VALUES (p_conversation, seq, p_user, p_device, p_client, sent_at, p_reply, p_type, p_content);
  UPDATE conversations c SET last_seq = append_message.seq, last_activity_at = append_message.sent_at
    WHERE c.conversation_id = p_conversation;
END $$;

CREATE OR REPLACE FUNCTION append_new_messages(
  p_conversation uuid[], p_user uuid[], p_device uuid[], p_client uuid[],
  p_reply bigint[], p_type text[], p_content bytea[],
  OUT seqs bigint[], OUT sent_at timestamptz, OUT members_versions bigint[]
) RETURNS record LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  v_stored bigint;
BEGIN
  sent_at := date_trunc('milliseconds', clock_timestamp());
  WITH heads AS (
    UPDATE conversations c
    SET last_seq = c.last_seq + cardinality(i.places), last_activity_at = append_new_messages.sent_at
    FROM (SELECT u.id, array_agg(u.place ORDER BY u.place) AS places
          FROM unnest(p_conversation) WITH ORDINALITY AS u (id, place) GROUP BY u.id ORDER BY u.id) i
    WHERE c.conversation_id = i.id
    RETURNING i.places, c.last_seq - cardinality(i.places) AS before, c.members_version AS version
  )
  SELECT array_agg(h.before + p.nth ORDER BY p.place), array_agg(h.version ORDER BY p.place)
  INTO seqs, members_versions
  FROM heads h, unnest(h.places) WITH ORDINALITY AS p (place, nth);
  INSERT INTO messages (conversation_id, seq, sender_user_id, sender_device_id, client_message_id, sent_at,
                        reply_to_seq, content_type, content)
  SELECT i.conversation_id, i.seq, i.user_id, i.device_id, i.client_id, append_new_messages.sent_at,
    i.reply, i.type, i.content
  FROM unnest(p_conversation, seqs, p_user, p_device, p_client, p_reply, p_type, p_content)
    AS i (conversation_id, seq, user_id, device_id, client_id, reply, type, content)
  WHERE (i.reply IS NULL OR i.reply BETWEEN 1 AND i.seq - 1)
    AND EXISTS (SELECT 1 FROM members x
                WHERE x.conversation_id = i.conversation_id AND x.user_id = i.user_id AND x.left_seq IS NULL);
  GET DIAGNOSTICS v_stored = ROW_COUNT;
  IF v_stored <> cardinality(p_conversation) THEN
    RAISE EXCEPTION 'not all of them are new messages of members' USING ERRCODE = 'VY001';
  END IF;
END $$;

ALTER TABLE conversations ALTER COLUMN messages_in DROP DEFAULT;
DROP FUNCTION new_messages_in();
DROP TABLE message_home;
ALTER TABLE conversations DROP COLUMN messages_in;
