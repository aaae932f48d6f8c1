-- Conversations and who is in them. The conversation row is the lock under which messages are numbered and members change.
-- up

CREATE TABLE conversations (
  conversation_id        uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  type                   text NOT NULL CHECK (type IN ('direct', 'group')),
  name                   text,
  metadata               jsonb NOT NULL DEFAULT '{}',
  created_by             uuid NOT NULL REFERENCES users,
  created_at             timestamptz NOT NULL DEFAULT now(),
  client_conversation_id uuid,
  direct_pair            text UNIQUE,            -- both user ids in order, joined by ':'; null for groups
  member_count           integer NOT NULL,
  members_version        bigint NOT NULL DEFAULT 1, -- grows with every change of members, so that a cache knows its age
  last_seq               bigint NOT NULL DEFAULT 0,
  last_activity_at       timestamptz NOT NULL DEFAULT now(),
  UNIQUE (created_by, client_conversation_id)
) WITH (fillfactor = 70);                        -- room for the head's HOT updates: no index holds a column that a message changes

-- A member that left keeps its row: it reads up to left_seq. Delivery to a member starts after start_seq.
CREATE TABLE members (
  conversation_id uuid NOT NULL REFERENCES conversations,
  user_id         uuid NOT NULL REFERENCES users,
  role            text NOT NULL CHECK (role IN ('member', 'admin')),
  joined_at       timestamptz NOT NULL DEFAULT now(),
  start_seq       bigint NOT NULL DEFAULT 0,
  left_seq        bigint,
  changed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id, conversation_id);
-- Every node polls what changed lately, so that a lost notice of Redis is made good.
CREATE INDEX members_by_change ON members (changed_at);

-- down

DROP TABLE members;
DROP TABLE conversations;
