-- Moves of databases in use: how far each is, what nodes are told of it, and which nodes there are.
-- @expand
-- up

-- A move, kept where its outcome is decided: for PostgreSQL in the new database, else in PostgreSQL. No row holds a secret.
CREATE TABLE moves (
  move_id    uuid PRIMARY KEY,
  subject    text NOT NULL,                      -- postgres, redis, messages
  phase      text NOT NULL,
  source     text NOT NULL,                      -- URLs, without their passwords
  target     text NOT NULL,
  mover      bigint NOT NULL DEFAULT 0,          -- grows with each program that takes the move over: older ones can't write
  mover_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE UNIQUE INDEX moves_under_way ON moves (subject) WHERE phase NOT IN ('finished', 'rolled-back', 'aborted');

-- What a move must remember: names of slots, definitions of indexes still to be built, places in a log.
CREATE TABLE move_facts (
  move_id uuid NOT NULL REFERENCES moves ON DELETE CASCADE,
  name    text NOT NULL,
  value   text NOT NULL,
  PRIMARY KEY (move_id, name)
);

CREATE TABLE move_events (
  event_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  move_id  uuid NOT NULL REFERENCES moves ON DELETE CASCADE,
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  event    text NOT NULL,
  detail   text NOT NULL DEFAULT ''
);
CREATE INDEX move_events_by_move ON move_events (move_id, at);

-- A part of the data that is done; written in the transaction that wrote the part.
CREATE TABLE move_ranges (
  move_id    uuid NOT NULL REFERENCES moves ON DELETE CASCADE,
  part       text NOT NULL,
  range_no   bigint NOT NULL,
  row_count  bigint NOT NULL,
  byte_count bigint NOT NULL,
  done_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (move_id, part, range_no)
);

-- Copied like data, so that what arrives there shows how far the copy follows.
CREATE TABLE move_marks (
  move_id uuid NOT NULL,
  mark    bigint NOT NULL,
  PRIMARY KEY (move_id, mark)
);

-- The newest word to the nodes about each database; the epoch grows with each word.
CREATE TABLE move_controls (
  subject         text PRIMARY KEY,
  epoch           bigint NOT NULL,
  command         text NOT NULL,
  move_id         uuid,
  url             bytea,                         -- sealed by VYRY_SECRET
  patience_millis integer NOT NULL,              -- after which a node stops waiting for the next word, and asks for the outcome
  changed_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE move_nodes (
  node_id    uuid PRIMARY KEY,
  name       text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What each node has answered to the newest word.
CREATE TABLE move_answers (
  node_id uuid NOT NULL REFERENCES move_nodes ON DELETE CASCADE,
  subject text NOT NULL,
  epoch   bigint NOT NULL,
  answer  text NOT NULL,
  at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (node_id, subject)
);

-- down

DROP TABLE move_answers;
DROP TABLE move_nodes;
DROP TABLE move_controls;
DROP TABLE move_marks;
DROP TABLE move_ranges;
DROP TABLE move_events;
DROP TABLE move_facts;
DROP TABLE moves;
