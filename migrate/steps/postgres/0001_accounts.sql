-- Users, their devices, sessions and public keys.
-- up

CREATE TABLE users (
  user_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  phone_number text NOT NULL UNIQUE,             -- E.164
  display_name text,
  username     text UNIQUE,                      -- stored in lower case
  bio          text,
  created_at   timestamptz NOT NULL DEFAULT now()
);

-- The same user and device_uuid are the same device for ever, also after a logout or a revocation.
CREATE TABLE devices (
  device_id    uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  user_id      uuid NOT NULL REFERENCES users,
  device_uuid  uuid NOT NULL,
  device_name  text,
  platform     text,
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz NOT NULL DEFAULT now(),
  revoked_at   timestamptz,                      -- set: not listed, until it logs in again
  UNIQUE (user_id, device_uuid)
);

-- One login of one device. Access tokens name their session; revoking it kills them.
CREATE TABLE sessions (
  session_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  device_id  uuid NOT NULL REFERENCES devices,
  user_id    uuid NOT NULL REFERENCES users,
  created_at timestamptz NOT NULL DEFAULT now(),
  revoked_at timestamptz,
  revoked_because text                           -- logout, device_revoked, replaced, token_reuse
);
CREATE INDEX sessions_by_device ON sessions (device_id) WHERE revoked_at IS NULL;
-- Every node polls what was revoked lately, so that revocation needs no Redis.
CREATE INDEX sessions_by_revocation ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

-- Every refresh token ever given in a session, by its SHA-256, so that a reuse is told from a forgery.
CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions,
  expires_at timestamptz NOT NULL,
  used_at    timestamptz
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_expiry ON refresh_tokens (expires_at);

CREATE TABLE device_keys (
  device_id               uuid PRIMARY KEY REFERENCES devices,
  registration_id         bigint NOT NULL,
  identity_key            bytea NOT NULL,
  signed_prekey_id        bigint NOT NULL,
  signed_prekey           bytea NOT NULL,
  signed_prekey_signature bytea NOT NULL,
  updated_at              timestamptz NOT NULL DEFAULT now()
);

-- A prekey that was handed out stays as a row, so that uploading it again can't bring it back.
CREATE TABLE one_time_prekeys (
  device_id     uuid NOT NULL REFERENCES devices,
  key_id        bigint NOT NULL,
  key           bytea NOT NULL,
  handed_out_at timestamptz,
  PRIMARY KEY (device_id, key_id)
);
CREATE INDEX one_time_prekeys_left ON one_time_prekeys (device_id, key_id) WHERE handed_out_at IS NULL;

-- down

DROP TABLE one_time_prekeys;
DROP TABLE device_keys;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE devices;
DROP TABLE users;
