-- Rounds wait their turn: any number may be queued, and one at a time has begun.
DROP INDEX rounds_working;

ALTER TABLE rounds ADD COLUMN begun_ms INTEGER;

UPDATE rounds SET begun_ms = created_ms WHERE state IN ('queued', 'training', 'evaluating', 'scoring');

CREATE UNIQUE INDEX rounds_working ON rounds (1)
    WHERE begun_ms IS NOT NULL AND state IN ('queued', 'training', 'evaluating', 'scoring');

CREATE INDEX rounds_waiting ON rounds (created_ms)
    WHERE state IN ('queued', 'training', 'evaluating', 'scoring');

ALTER TABLE project ADD COLUMN serving TEXT NOT NULL DEFAULT 'ask' CHECK (serving IN ('always', 'ask', 'never'));

ALTER TABLE project ADD COLUMN round_every INTEGER CHECK (round_every BETWEEN 1 AND 1000000);

CREATE TABLE judgements (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    data BLOB NOT NULL
) STRICT;

CREATE TRIGGER judgements_keep_update BEFORE UPDATE ON judgements
    BEGIN SELECT RAISE(ABORT, 'what a round was right about stays on record'); END;

CREATE TRIGGER judgements_keep_delete BEFORE DELETE ON judgements
    BEGIN SELECT RAISE(ABORT, 'what a round was right about stays on record'); END;

CREATE TABLE queue_entries (
    round_id INTEGER NOT NULL REFERENCES rounds (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    place INTEGER NOT NULL CHECK (place >= 1),
    reason TEXT NOT NULL CHECK (reason IN ('unsure', 'random')),
    score REAL,
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    parts TEXT NOT NULL DEFAULT '{}' CHECK (json_type(parts) = 'object'),
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (round_id, sentence_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX queue_entries_sentence ON queue_entries (sentence_id);

CREATE TRIGGER queue_entries_keep_update BEFORE UPDATE ON queue_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

CREATE TRIGGER queue_entries_keep_delete BEFORE DELETE ON queue_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

CREATE TABLE deleted_rounds (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE word_rules (
    id INTEGER PRIMARY KEY,
    word TEXT NOT NULL CHECK (length(word) BETWEEN 1 AND 256),
    applies INTEGER NOT NULL CHECK (applies IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX word_rules_word ON word_rules (word, id);

CREATE TRIGGER word_rules_keep_update BEFORE UPDATE ON word_rules
    BEGIN SELECT RAISE(ABORT, 'rules for words are append-only: add one that says otherwise'); END;

CREATE TRIGGER word_rules_keep_delete BEFORE DELETE ON word_rules
    BEGIN SELECT RAISE(ABORT, 'rules for words are append-only: add one that says otherwise'); END;

CREATE TABLE tried_sentences (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES people (id),
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 100000),
    results TEXT NOT NULL CHECK (json_valid(results)),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE asked_again (
    id INTEGER PRIMARY KEY,
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    last_annotation INTEGER NOT NULL,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX asked_again_sentence ON asked_again (sentence_id, id);

CREATE TRIGGER asked_again_keep_update BEFORE UPDATE ON asked_again
    BEGIN SELECT RAISE(ABORT, 'what was asked again stays on record: add a line that says otherwise'); END;

CREATE TRIGGER asked_again_keep_delete BEFORE DELETE ON asked_again
    BEGIN SELECT RAISE(ABORT, 'what was asked again stays on record: add a line that says otherwise'); END;
