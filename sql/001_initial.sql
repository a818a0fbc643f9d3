-- Natural clustered keys, the application first: a message's insert needs no
-- look-up of its parent, a chat's messages lie together in number order, and
-- the same schema shards by application. No foreign keys: rows arrive in any
-- order. Runs on MariaDB 10.11 and on MySQL 8.0 and 8.4.

CREATE TABLE applications (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  token CHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name VARCHAR(255) NOT NULL,
  chats_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
  messages_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
  -- all chats up to settled_number are counted in settled_count
  settled_number BIGINT UNSIGNED NOT NULL DEFAULT 0,
  settled_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY applications_token (token)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE chats (
  application_id BIGINT UNSIGNED NOT NULL,
  number BIGINT UNSIGNED NOT NULL,
  event_id BINARY(16) NOT NULL,
  generation INT UNSIGNED NOT NULL,
  messages_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
  -- all messages up to settled_number are counted in settled_count
  settled_number BIGINT UNSIGNED NOT NULL DEFAULT 0,
  settled_count BIGINT UNSIGNED NOT NULL DEFAULT 0,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (application_id, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE messages (
  application_id BIGINT UNSIGNED NOT NULL,
  chat_number BIGINT UNSIGNED NOT NULL,
  number BIGINT UNSIGNED NOT NULL,
  event_id BINARY(16) NOT NULL,
  generation INT UNSIGNED NOT NULL,
  revision INT UNSIGNED NOT NULL DEFAULT 1,
  body TEXT NOT NULL,
  created_at DATETIME(3) NOT NULL,
  updated_at DATETIME(3) NOT NULL,
  PRIMARY KEY (application_id, chat_number, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Numbers that were given out and will never be used, so that a reader need
-- not wait for them. chat_number 0: number is a chat's.
CREATE TABLE voids (
  application_id BIGINT UNSIGNED NOT NULL,
  chat_number BIGINT UNSIGNED NOT NULL,
  number BIGINT UNSIGNED NOT NULL,
  event_id BINARY(16) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (application_id, chat_number, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Events of changes that start in SQL (edits), written in the transaction of
-- the change, published with confirm, then deleted.
CREATE TABLE outbox (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT,
  routing_key VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  event MEDIUMBLOB NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What went to the queue confab.dead: for job states, and because a number in
-- a dead letter is a promised number. chat_number 0: number is a chat's.
CREATE TABLE dead_letters (
  event_id BINARY(16) NOT NULL,
  queue VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  application_id BIGINT UNSIGNED NOT NULL,
  chat_number BIGINT UNSIGNED NOT NULL,
  number BIGINT UNSIGNED NOT NULL,
  generation INT UNSIGNED NOT NULL,
  reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  detail VARCHAR(255) NOT NULL,
  event MEDIUMBLOB NOT NULL,
  times INT UNSIGNED NOT NULL DEFAULT 1,
  first_at DATETIME(3) NOT NULL,
  last_at DATETIME(3) NOT NULL,
  PRIMARY KEY (event_id, queue),
  KEY dead_letters_number (application_id, chat_number, number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Chats whose count is due (chat_number 0: an application's count of chats).
-- announced: the highest number that an event has named; lowest: the lowest.
CREATE TABLE dirty_chats (
  application_id BIGINT UNSIGNED NOT NULL,
  chat_number BIGINT UNSIGNED NOT NULL,
  lowest BIGINT UNSIGNED NOT NULL,
  announced BIGINT UNSIGNED NOT NULL,
  since DATETIME(3) NOT NULL,
  check_at DATETIME(3) NOT NULL,
  PRIMARY KEY (application_id, chat_number),
  KEY dirty_chats_check_at (check_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The copy of Redis' generation mark. state: open, leasing, draining, drained
-- (api/recovery.h).
CREATE TABLE numbering (
  id TINYINT UNSIGNED NOT NULL,
  generation INT UNSIGNED NOT NULL,
  state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  changed_at DATETIME(3) NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT INTO numbering (id, generation, state, changed_at)
VALUES (1, 0, 'open', UTC_TIMESTAMP(3));

-- job_secret: 32 random bytes that job ids are sealed with.
CREATE TABLE settings (
  name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  value VARBINARY(255) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a key was answered with; the event brings it. chat_number 0: the route
-- that creates chats.
CREATE TABLE idempotency (
  application_id BIGINT UNSIGNED NOT NULL,
  chat_number BIGINT UNSIGNED NOT NULL,
  idempotency_key VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  fingerprint BINARY(16) NOT NULL,
  number BIGINT UNSIGNED NOT NULL,
  event_id BINARY(16) NOT NULL,
  created_at DATETIME(3) NOT NULL,
  PRIMARY KEY (application_id, chat_number, idempotency_key),
  KEY idempotency_created_at (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
