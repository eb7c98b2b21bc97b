ALTER TABLE annotations ADD COLUMN seconds_to_first_mark REAL
    CHECK (seconds_to_first_mark IS NULL OR seconds_to_first_mark >= 0);

ALTER TABLE annotations ADD COLUMN edits INTEGER CHECK (edits IS NULL OR edits >= 0);

ALTER TABLE annotations ADD COLUMN shown TEXT CHECK (shown IS NULL OR json_type(shown) = 'array');

ALTER TABLE annotations ADD COLUMN guidelines_version INTEGER;

DROP INDEX annotations_root;

CREATE UNIQUE INDEX annotations_root ON annotations (sentence_id, person_id, kind = 'adjudicated')
    WHERE supersedes IS NULL;

CREATE INDEX annotations_adjudicated ON annotations (sentence_id) WHERE kind = 'adjudicated';

CREATE TABLE guidelines (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL CHECK (length(text) <= 100000),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER guidelines_keep_update BEFORE UPDATE ON guidelines
    BEGIN SELECT RAISE(ABORT, 'answers name a version of the guidelines: write a new one'); END;

CREATE TRIGGER guidelines_keep_delete BEFORE DELETE ON guidelines
    BEGIN SELECT RAISE(ABORT, 'answers name a version of the guidelines: write a new one'); END;

ALTER TABLE people ADD COLUMN issuer TEXT CHECK (issuer IS NULL OR length(issuer) BETWEEN 1 AND 500);

ALTER TABLE people ADD COLUMN subject TEXT CHECK ((subject IS NULL) = (issuer IS NULL));

CREATE UNIQUE INDEX people_identity ON people (issuer, subject) WHERE issuer IS NOT NULL;

UPDATE people SET role = 'admin'
    WHERE id = (SELECT min(id) FROM people WHERE active = 1 AND name <> 'gold')
        AND NOT EXISTS (SELECT 1 FROM people WHERE role = 'admin' AND active = 1);

ALTER TABLE project ADD COLUMN overlap_share REAL NOT NULL DEFAULT 1.0 CHECK (overlap_share BETWEEN 0 AND 1);
