-- Which Redis process the numbers of this generation come from, and the
-- highest beat (batch of numbers) that anybody has seen of it.
ALTER TABLE numbering
  ADD COLUMN redis_run_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin
    NOT NULL DEFAULT '',
  ADD COLUMN beat BIGINT UNSIGNED NOT NULL DEFAULT 0;

-- The API processes that give out numbers: while a row is there, its process
-- may have seen a higher beat than the row says (api/vouch.h).
CREATE TABLE allocators (
  name VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  generation INT UNSIGNED NOT NULL,
  redis_run_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  beat BIGINT UNSIGNED NOT NULL,
  noted_at DATETIME(3) NOT NULL,
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
