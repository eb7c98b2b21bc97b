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

CREATE INDEX annotations_import ON annotations (import_id) WHERE import_id IS NOT NULL;

-- An import that was undone: its sentences and answers left the project. What had the highest ids then is kept, so
-- that no id is ever given to something else.
CREATE TABLE undone_imports (
    import_id INTEGER PRIMARY KEY REFERENCES imports (id),
    sentences INTEGER NOT NULL CHECK (sentences >= 0),
    answers INTEGER NOT NULL CHECK (answers >= 0),
    slots INTEGER NOT NULL CHECK (slots >= 0),
    last_sentence INTEGER NOT NULL,
    last_annotation INTEGER NOT NULL,
    last_slot INTEGER NOT NULL,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER undone_imports_keep_update BEFORE UPDATE ON undone_imports
    BEGIN SELECT RAISE(ABORT, 'that an import was undone stays on record'); END;

CREATE TRIGGER undone_imports_keep_delete BEFORE DELETE ON undone_imports
    BEGIN SELECT RAISE(ABORT, 'that an import was undone stays on record'); END;

-- What an undone import brought may leave, and with it what was noted about its sentences: no one has answered them.
DROP TRIGGER annotations_keep_delete;

CREATE TRIGGER annotations_keep_delete BEFORE DELETE ON annotations
    WHEN NOT EXISTS (SELECT 1 FROM undone_imports WHERE import_id = OLD.import_id)
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;

DROP TRIGGER admissions_keep_delete;

CREATE TRIGGER admissions_keep_delete BEFORE DELETE ON admissions
    WHEN NOT EXISTS (
        SELECT 1 FROM annotations a JOIN undone_imports u ON u.import_id = a.import_id WHERE a.id = OLD.annotation_id)
    BEGIN SELECT RAISE(ABORT, 'admissions are append-only: add one that says otherwise'); END;

DROP TRIGGER withdrawals_keep_delete;

CREATE TRIGGER withdrawals_keep_delete BEFORE DELETE ON withdrawals
    WHEN NOT EXISTS (
        SELECT 1 FROM annotations a JOIN undone_imports u ON u.import_id = a.import_id WHERE a.id = OLD.annotation_id)
    BEGIN SELECT RAISE(ABORT, 'withdrawals are append-only: add one that says otherwise'); END;

DROP TRIGGER leases_keep_delete;

CREATE TRIGGER leases_keep_delete BEFORE DELETE ON leases
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'a lease that was given stays on record'); END;

DROP TRIGGER asked_again_keep_delete;

CREATE TRIGGER asked_again_keep_delete BEFORE DELETE ON asked_again
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'what was asked again stays on record: add a line that says otherwise'); END;

DROP TRIGGER picked_sentences_keep_delete;

CREATE TRIGGER picked_sentences_keep_delete BEFORE DELETE ON picked_sentences
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'who chose a sentence stays on record'); END;

DROP TRIGGER order_entries_keep_delete;

CREATE TRIGGER order_entries_keep_delete BEFORE DELETE ON order_entries
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

DROP TRIGGER suggestions_keep_delete;

CREATE TRIGGER suggestions_keep_delete BEFORE DELETE ON suggestions
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'what was suggested stays on record'); END;

-- What a removed sentence had before must not stay either.
CREATE TRIGGER import_changes_keep_delete BEFORE DELETE ON import_changes
    WHEN NOT EXISTS (SELECT 1 FROM removals WHERE sentence_id = OLD.sentence_id) AND NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'what an import changed stays on record'); END;
