-- What a language model suggests for a sentence, or why there is nothing: never an answer, and never changed.
CREATE TABLE suggestions (
    id INTEGER PRIMARY KEY,
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    model TEXT CHECK (length(model) BETWEEN 1 AND 200),
    label INTEGER REFERENCES labels (id),
    words TEXT CHECK (words IS NULL OR json_type(words) = 'array'),
    why_none TEXT CHECK (why_none IN ('left without', 'bad JSON', 'unknown label', 'index outside',
        'words without need', 'cut off', 'no answer')),
    characters INTEGER NOT NULL CHECK (characters >= 0),
    made_ms INTEGER NOT NULL,
    CHECK ((label IS NULL) = (why_none IS NOT NULL)),
    CHECK ((label IS NULL) = (words IS NULL)),
    CHECK ((model IS NULL) = (why_none IS NOT NULL AND why_none = 'left without'))
) STRICT;

CREATE INDEX suggestions_sentence ON suggestions (sentence_id, id);

CREATE UNIQUE INDEX suggestions_settled ON suggestions (sentence_id)
    WHERE label IS NOT NULL OR why_none = 'left without';

CREATE INDEX suggestions_given ON suggestions (sentence_id) WHERE label IS NOT NULL;

CREATE TRIGGER suggestions_keep_update BEFORE UPDATE ON suggestions
    BEGIN SELECT RAISE(ABORT, 'what was suggested stays on record'); END;

CREATE TRIGGER suggestions_keep_delete BEFORE DELETE ON suggestions
    BEGIN SELECT RAISE(ABORT, 'what was suggested stays on record'); END;

ALTER TABLE annotations ADD COLUMN suggestion TEXT CHECK (suggestion IS NULL OR json_type(suggestion) = 'object');
