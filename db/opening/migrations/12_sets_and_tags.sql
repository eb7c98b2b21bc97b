-- A search that a person saved: the sentences that it found then, which never change.
CREATE TABLE sets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_key TEXT NOT NULL,
    search TEXT NOT NULL CHECK (json_type(search) = 'object'),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL,
    deleted_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX sets_name ON sets (name_key) WHERE deleted_ms IS NULL;

CREATE TABLE set_members (
    set_id INTEGER NOT NULL REFERENCES sets (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    PRIMARY KEY (set_id, sentence_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX set_members_sentence ON set_members (sentence_id);

CREATE TRIGGER set_members_keep_update BEFORE UPDATE ON set_members
    BEGIN SELECT RAISE(ABORT, 'a set stays as it was saved'); END;

-- Who is to answer a set next, one person or (NULL) everybody, or no longer is: the newest line of both holds.
CREATE TABLE set_requests (
    id INTEGER PRIMARY KEY,
    set_id INTEGER NOT NULL REFERENCES sets (id),
    asked_of INTEGER REFERENCES people (id),
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX set_requests_set ON set_requests (set_id, id);

CREATE TRIGGER set_requests_keep_update BEFORE UPDATE ON set_requests
    BEGIN SELECT RAISE(ABORT, 'who asked for a set stays on record: add a line that says otherwise'); END;

CREATE TRIGGER set_requests_keep_delete BEFORE DELETE ON set_requests
    BEGIN SELECT RAISE(ABORT, 'who asked for a set stays on record: add a line that says otherwise'); END;

-- What is left to hand out of the sets that are asked for.
CREATE TABLE requested_sentences (
    set_id INTEGER NOT NULL REFERENCES sets (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    PRIMARY KEY (set_id, sentence_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX requested_sentences_sentence ON requested_sentences (sentence_id);

-- By which request a person was given a sentence; NULL if they chose it themselves.
ALTER TABLE picked_sentences ADD COLUMN request_id INTEGER REFERENCES set_requests (id);

ALTER TABLE slots ADD COLUMN request_id INTEGER REFERENCES set_requests (id);

-- The newest line about what this person is asked for when the lease began.
ALTER TABLE slots ADD COLUMN requested_under INTEGER;

CREATE TABLE sentence_tags (
    tag TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 40),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (tag, sentence_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX sentence_tags_sentence ON sentence_tags (sentence_id);
