-- A person chose these sentences, so neither chance nor an acquisition did, whatever the slot says.
CREATE TABLE picked_sentences (
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (sentence_id, person_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER picked_sentences_keep_update BEFORE UPDATE ON picked_sentences
    BEGIN SELECT RAISE(ABORT, 'who chose a sentence stays on record'); END;

CREATE TRIGGER picked_sentences_keep_delete BEFORE DELETE ON picked_sentences
    BEGIN SELECT RAISE(ABORT, 'who chose a sentence stays on record'); END;

-- In which file a round was queued: what waits in a copy of the project must not start to train.
ALTER TABLE rounds ADD COLUMN home TEXT CHECK (home IS NULL OR json_type(home) = 'object');

-- Why a person's order of the queue before the first round chose each sentence.
CREATE TABLE queue_orders (
    id INTEGER PRIMARY KEY,
    acquisition TEXT NOT NULL,
    seed INTEGER NOT NULL,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE order_entries (
    order_id INTEGER NOT NULL REFERENCES queue_orders (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    place INTEGER NOT NULL CHECK (place >= 1),
    reason TEXT NOT NULL CHECK (reason IN ('start', 'random')),
    score REAL,
    probability REAL CHECK (probability BETWEEN 0 AND 1),
    parts TEXT NOT NULL DEFAULT '{}' CHECK (json_type(parts) = 'object'),
    why TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (order_id, sentence_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX order_entries_sentence ON order_entries (sentence_id);

CREATE TRIGGER order_entries_keep_update BEFORE UPDATE ON order_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

CREATE TRIGGER order_entries_keep_delete BEFORE DELETE ON order_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;
