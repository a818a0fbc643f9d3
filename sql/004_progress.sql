-- All events that a queue got before caught_up_at are done, as its workers said
-- at noted_at: for confabctl status.
CREATE TABLE progress (
  queue VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  caught_up_at DATETIME(3) NOT NULL,
  noted_at DATETIME(3) NOT NULL,
  PRIMARY KEY (queue)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
