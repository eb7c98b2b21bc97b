CREATE TABLE withdrawals (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotations (id),
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX withdrawals_annotation ON withdrawals (annotation_id, id);

CREATE TRIGGER withdrawals_of_decisions BEFORE INSERT ON withdrawals
    WHEN (SELECT kind FROM annotations WHERE id = NEW.annotation_id) IS NOT 'adjudicated'
    BEGIN SELECT RAISE(ABORT, 'only a decision can be withdrawn'); END;

CREATE TRIGGER withdrawals_keep_update BEFORE UPDATE ON withdrawals
    BEGIN SELECT RAISE(ABORT, 'withdrawals are append-only: add one that says otherwise'); END;

CREATE TRIGGER withdrawals_keep_delete BEFORE DELETE ON withdrawals
    BEGIN SELECT RAISE(ABORT, 'withdrawals are append-only: add one that says otherwise'); END;
