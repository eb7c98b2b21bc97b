-- When the person who imported a file had seen enough of its outcome.
ALTER TABLE uploads ADD COLUMN dismissed_ms INTEGER;
