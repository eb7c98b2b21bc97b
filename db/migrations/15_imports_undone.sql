-- What an import changed of sentences that the project had: what was, and what is since.
CREATE TABLE import_changes (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    what TEXT NOT NULL CHECK (what IN ('split', 'metadata', 'tag', 'asked again')),
    before TEXT NOT NULL CHECK (json_valid(before)),
    after TEXT NOT NULL CHECK (json_valid(after))
) STRICT;

CREATE INDEX import_changes_import ON import_changes (import_id, id);

CREATE INDEX import_changes_sentence ON import_changes (sentence_id);

CREATE TRIGGER import_changes_keep_update BEFORE UPDATE ON import_changes
    BEGIN SELECT RAISE(ABORT, 'what an import changed stays on record'); END;

CREATE TRIGGER import_changes_keep_delete BEFORE DELETE ON import_changes
    BEGIN SELECT RAISE(ABORT, 'what an import changed stays on record'); END;
