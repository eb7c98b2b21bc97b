CREATE TABLE leases (
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    first_ms INTEGER NOT NULL,
    PRIMARY KEY (sentence_id, person_id)
) STRICT, WITHOUT ROWID;

INSERT INTO leases (sentence_id, person_id, first_ms)
    SELECT DISTINCT sentence_id, person_id, 0 FROM slots WHERE person_id IS NOT NULL;

CREATE TRIGGER leases_keep_update BEFORE UPDATE ON leases
    BEGIN SELECT RAISE(ABORT, 'a lease that was given stays on record'); END;

CREATE TRIGGER leases_keep_delete BEFORE DELETE ON leases
    BEGIN SELECT RAISE(ABORT, 'a lease that was given stays on record'); END;

CREATE TABLE admissions (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotations (id),
    admitted INTEGER NOT NULL CHECK (admitted IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX admissions_annotation ON admissions (annotation_id, id);

CREATE INDEX annotations_surplus ON annotations (sentence_id) WHERE surplus = 1;

-- What took a place when more answers were wanted, and what corrects an answer that counts, counts on.
INSERT INTO admissions (annotation_id, admitted, person_id, at_ms)
    SELECT a.id, 1, NULL, 0 FROM annotations a WHERE a.surplus = 1 AND a.kind = 'answer' AND (
        EXISTS (SELECT 1 FROM slots WHERE annotation_id = a.id)
        OR EXISTS (
            SELECT 1 FROM annotations older WHERE older.sentence_id = a.sentence_id AND older.person_id = a.person_id
                AND older.id < a.id AND older.kind = 'answer' AND older.surplus = 0));

CREATE TRIGGER admissions_keep_update BEFORE UPDATE ON admissions
    BEGIN SELECT RAISE(ABORT, 'admissions are append-only: add one that says otherwise'); END;

CREATE TRIGGER admissions_keep_delete BEFORE DELETE ON admissions
    BEGIN SELECT RAISE(ABORT, 'admissions are append-only: add one that says otherwise'); END;

ALTER TABLE people ADD COLUMN uid TEXT CHECK (uid IS NULL OR length(uid) = 32);

UPDATE people SET uid = lower(hex(randomblob(16)));

CREATE UNIQUE INDEX people_uid ON people (uid);

ALTER TABLE rounds ADD COLUMN process TEXT;

CREATE INDEX sentences_words ON sentences (token_hash, query_tokens, split, import_id);

CREATE TABLE uploads_with_process (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'importing', 'ready', 'refused', 'failed', 'cancelled')),
    file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    person_id INTEGER NOT NULL REFERENCES people (id),
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    report TEXT CHECK (report IS NULL OR json_valid(report)),
    error TEXT,
    pid INTEGER,
    process TEXT,
    import_id INTEGER REFERENCES imports (id) ON DELETE SET NULL,
    heartbeat_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    finished_ms INTEGER
) STRICT;

INSERT INTO uploads_with_process (id, state, file_name, settings, person_id, stage, done, total, report, error, pid,
        heartbeat_ms, created_ms, finished_ms)
    SELECT id, state, file_name, settings, person_id, stage, done, total, report, error, pid,
        heartbeat_ms, created_ms, finished_ms FROM uploads;

DROP TABLE uploads;

ALTER TABLE uploads_with_process RENAME TO uploads;

CREATE UNIQUE INDEX uploads_working ON uploads (1) WHERE state IN ('waiting', 'importing');
