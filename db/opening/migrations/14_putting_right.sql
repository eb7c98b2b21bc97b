-- A sentence that was removed, or replaced by one with a corrected text. Its row stays, blanked: answers point at it.
CREATE TABLE removals (
    sentence_id INTEGER PRIMARY KEY REFERENCES sentences (id),
    replaced_by INTEGER UNIQUE REFERENCES sentences (id),
    person_id INTEGER REFERENCES people (id),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 500),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER removals_keep_update BEFORE UPDATE ON removals
    BEGIN SELECT RAISE(ABORT, 'who removed a sentence stays on record'); END;

CREATE TRIGGER removals_keep_delete BEFORE DELETE ON removals
    BEGIN SELECT RAISE(ABORT, 'who removed a sentence stays on record'); END;

-- When the file was rewritten without what had been removed by then.
CREATE TABLE erasures (
    id INTEGER PRIMARY KEY,
    removed INTEGER NOT NULL CHECK (removed >= 0),
    at_ms INTEGER NOT NULL
) STRICT;

-- Answers to a corrected sentence that were given to its old text; `marks_lost` if a marked word is no longer there.
CREATE TABLE carried_answers (
    annotation_id INTEGER PRIMARY KEY REFERENCES annotations (id),
    carried_from INTEGER NOT NULL UNIQUE REFERENCES annotations (id),
    marks_lost INTEGER NOT NULL CHECK (marks_lost IN (0, 1))
) STRICT;

CREATE TRIGGER carried_answers_keep_update BEFORE UPDATE ON carried_answers
    BEGIN SELECT RAISE(ABORT, 'where an answer comes from stays on record'); END;

CREATE TRIGGER carried_answers_keep_delete BEFORE DELETE ON carried_answers
    BEGIN SELECT RAISE(ABORT, 'where an answer comes from stays on record'); END;

DROP VIEW visible_sentences;

CREATE VIEW visible_sentences AS
    SELECT s.* FROM sentences s JOIN imports i ON i.id = s.import_id
    WHERE i.state = 'ready' AND NOT EXISTS (SELECT 1 FROM removals r WHERE r.sentence_id = s.id);

-- Of a removed sentence's answers, what quotes its words or points at them is blanked; who, when and which label stay.
DROP TRIGGER annotations_keep_update;

CREATE TRIGGER annotations_keep_update BEFORE UPDATE ON annotations
    WHEN NOT EXISTS (SELECT 1 FROM removals WHERE sentence_id = OLD.sentence_id)
        OR NEW.marks IS NOT NULL OR NEW.marks_at_reveal IS NOT NULL OR NEW.note IS NOT NULL
        OR NEW.suggestion IS NOT NULL OR NEW.token_count <> 1
        OR (NEW.id, NEW.sentence_id, NEW.person_id, NEW.kind, NEW.label, NEW.submission_key, NEW.supersedes)
            IS NOT (OLD.id, OLD.sentence_id, OLD.person_id, OLD.kind, OLD.label, OLD.submission_key, OLD.supersedes)
        OR (NEW.seconds, NEW.saliency_round, NEW.surplus, NEW.import_id, NEW.created_ms, NEW.flagged)
            IS NOT (OLD.seconds, OLD.saliency_round, OLD.surplus, OLD.import_id, OLD.created_ms, OLD.flagged)
        OR (NEW.seconds_to_first_mark, NEW.edits, NEW.shown, NEW.guidelines_version)
            IS NOT (OLD.seconds_to_first_mark, OLD.edits, OLD.shown, OLD.guidelines_version)
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;

-- What was changed about labels, in words: the newest row of a label and a kind holds, and says what its row says.
CREATE TABLE label_changes (
    id INTEGER PRIMARY KEY,
    label INTEGER NOT NULL REFERENCES labels (id),
    kind TEXT NOT NULL CHECK (kind IN ('name', 'rationale', 'merged into')),
    was TEXT,
    now TEXT,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX label_changes_label ON label_changes (label, kind, id);

CREATE TRIGGER label_changes_keep_update BEFORE UPDATE ON label_changes
    BEGIN SELECT RAISE(ABORT, 'what was changed about a label stays on record'); END;

CREATE TRIGGER label_changes_keep_delete BEFORE DELETE ON label_changes
    BEGIN SELECT RAISE(ABORT, 'what was changed about a label stays on record'); END;

ALTER TABLE labels ADD COLUMN merged_into INTEGER REFERENCES labels (id) CHECK (merged_into <> id);

DROP TRIGGER labels_keep_update;

CREATE TRIGGER labels_keep_update BEFORE UPDATE OF id ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one instead'); END;

CREATE TRIGGER labels_keep_name BEFORE UPDATE OF name ON labels
    WHEN NEW.name <> OLD.name AND NEW.name IS NOT (
        SELECT now FROM label_changes WHERE label = OLD.id AND kind = 'name' ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'a label gets another name only on record'); END;

CREATE TRIGGER labels_keep_rationale BEFORE UPDATE OF takes_rationale ON labels
    WHEN NEW.takes_rationale <> OLD.takes_rationale AND NEW.takes_rationale IS NOT (
        SELECT now = 'on' FROM label_changes WHERE label = OLD.id AND kind = 'rationale' ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'whether a label takes a rationale changes only on record'); END;

CREATE TRIGGER labels_keep_merged BEFORE UPDATE OF merged_into ON labels
    WHEN NEW.merged_into IS NOT OLD.merged_into AND NEW.merged_into IS NOT (
        SELECT CAST(now AS INTEGER) FROM label_changes
        WHERE label = OLD.id AND kind = 'merged into' ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'a label is merged only on record'); END;
