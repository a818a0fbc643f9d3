-- A dead letter that was published again keeps its number until it is a row or
-- is refused once more (then this is NULL again): what becomes of it is open.
ALTER TABLE dead_letters ADD COLUMN replayed_at DATETIME(3) NULL;
