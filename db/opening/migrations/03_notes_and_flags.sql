ALTER TABLE annotations ADD COLUMN note TEXT CHECK (note IS NULL OR length(note) BETWEEN 1 AND 2000);

ALTER TABLE annotations ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1));

CREATE INDEX annotations_flagged ON annotations (sentence_id) WHERE flagged = 1;
