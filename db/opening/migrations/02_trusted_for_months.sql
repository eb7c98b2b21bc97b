ALTER TABLE labels ADD COLUMN retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));

CREATE TRIGGER labels_keep_update BEFORE UPDATE OF id, name, takes_rationale ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one, and leave its name'); END;

CREATE TRIGGER labels_keep_delete BEFORE DELETE ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one instead'); END;

CREATE INDEX annotations_label ON annotations (label, sentence_id);

CREATE INDEX predictions_sentence ON predictions (sentence_id);

CREATE INDEX annotations_of_person ON annotations (person_id, sentence_id);

CREATE TABLE freed_checkpoints (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    person_id INTEGER REFERENCES people (id),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE uploads (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'importing', 'ready', 'refused', 'failed')),
    file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    person_id INTEGER NOT NULL REFERENCES people (id),
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    report TEXT CHECK (report IS NULL OR json_valid(report)),
    error TEXT,
    pid INTEGER,
    heartbeat_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    finished_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX uploads_working ON uploads (1) WHERE state IN ('waiting', 'importing');

ALTER TABLE imports ADD COLUMN settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings));

CREATE VIRTUAL TABLE sentence_words USING fts5(
    tokens, content = 'sentences', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2");

INSERT INTO sentence_words (rowid, tokens) SELECT id, tokens FROM visible_sentences ORDER BY id;
