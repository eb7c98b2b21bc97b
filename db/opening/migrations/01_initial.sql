CREATE TABLE project (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uid TEXT NOT NULL CHECK (length(uid) = 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    saliency_mode TEXT NOT NULL CHECK (saliency_mode IN ('blind first', 'always', 'never')),
    overlap INTEGER NOT NULL CHECK (overlap BETWEEN 1 AND 20),
    lease_minutes INTEGER NOT NULL CHECK (lease_minutes BETWEEN 10 AND 60),
    serving_round INTEGER REFERENCES rounds (id),
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE labels (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 199),
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    takes_rationale INTEGER NOT NULL CHECK (takes_rationale IN (0, 1))
) STRICT;

CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('annotator', 'researcher', 'admin')),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES people (id),
    action TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    tokenizer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('importing', 'ready')),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE sentences (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    external_id TEXT NOT NULL UNIQUE CHECK (length(external_id) BETWEEN 1 AND 256),
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 100000 AND instr(text, char(0)) = 0),
    tokens TEXT NOT NULL CHECK (json_valid(tokens) AND json_type(tokens) = 'array'),
    starts TEXT NOT NULL CHECK (json_valid(starts) AND json_array_length(starts) = json_array_length(tokens)),
    token_count INTEGER NOT NULL GENERATED ALWAYS AS (json_array_length(tokens)) STORED
        CHECK (token_count BETWEEN 1 AND 4096),
    token_hash BLOB NOT NULL CHECK (length(token_hash) = 16),
    split TEXT NOT NULL CHECK (split IN ('pool', 'dev', 'test')),
    query TEXT,
    query_tokens TEXT CHECK (query_tokens IS NULL OR json_type(query_tokens) = 'array'),
    metadata TEXT NOT NULL CHECK (json_valid(metadata) AND json_type(metadata) = 'object'),
    UNIQUE (id, token_hash, token_count)
) STRICT;

CREATE INDEX sentences_import ON sentences (import_id);

CREATE INDEX sentences_split ON sentences (split, id);

CREATE VIEW visible_sentences AS
    SELECT s.* FROM sentences s JOIN imports i ON i.id = s.import_id WHERE i.state = 'ready';

CREATE TABLE annotations (
    id INTEGER PRIMARY KEY,
    sentence_id INTEGER NOT NULL,
    person_id INTEGER NOT NULL REFERENCES people (id),
    kind TEXT NOT NULL CHECK (kind IN ('answer', 'skip', 'withdrawn', 'adjudicated')),
    label INTEGER REFERENCES labels (id) CHECK ((kind IN ('answer', 'adjudicated')) = (label IS NOT NULL)),
    token_hash BLOB NOT NULL,
    token_count INTEGER NOT NULL,
    marks TEXT CHECK (marks IS NULL OR (
        label IS NOT NULL AND length(marks) = token_count AND marks NOT GLOB '*[^+.-]*')),
    seconds REAL CHECK (seconds IS NULL OR seconds >= 0),
    saliency_round INTEGER,
    marks_at_reveal TEXT CHECK (marks_at_reveal IS NULL OR (
        length(marks_at_reveal) = token_count AND marks_at_reveal NOT GLOB '*[^+.-]*')),
    submission_key TEXT NOT NULL UNIQUE CHECK (length(submission_key) BETWEEN 8 AND 64),
    supersedes INTEGER UNIQUE,
    surplus INTEGER NOT NULL DEFAULT 0 CHECK (surplus IN (0, 1)),
    import_id INTEGER REFERENCES imports (id),
    created_ms INTEGER NOT NULL,
    UNIQUE (id, sentence_id, person_id),
    FOREIGN KEY (sentence_id, token_hash, token_count) REFERENCES sentences (id, token_hash, token_count),
    FOREIGN KEY (supersedes, sentence_id, person_id) REFERENCES annotations (id, sentence_id, person_id)
) STRICT;

CREATE UNIQUE INDEX annotations_root ON annotations (sentence_id, person_id) WHERE supersedes IS NULL;

CREATE INDEX annotations_person ON annotations (person_id, id);

CREATE INDEX annotations_sentence ON annotations (sentence_id, person_id);

CREATE TRIGGER annotations_keep_update BEFORE UPDATE ON annotations
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;

CREATE TRIGGER annotations_keep_delete BEFORE DELETE ON annotations
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;

CREATE TRIGGER annotations_rationale BEFORE INSERT ON annotations
    WHEN NEW.marks IS NOT NULL AND EXISTS (SELECT 1 FROM labels WHERE id = NEW.label AND takes_rationale = 0)
    BEGIN SELECT RAISE(ABORT, 'this label takes no rationale'); END;

CREATE TABLE slots (
    id INTEGER PRIMARY KEY,
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    number INTEGER NOT NULL CHECK (number BETWEEN 0 AND 19),
    split TEXT NOT NULL CHECK (split IN ('pool', 'dev', 'test')),
    held_out INTEGER NOT NULL GENERATED ALWAYS AS (split <> 'pool') STORED,
    shuffle REAL NOT NULL CHECK (shuffle >= 0 AND shuffle < 1),
    priority REAL NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('start', 'unsure', 'random', 'held out')),
    score REAL,
    round_id INTEGER REFERENCES rounds (id),
    person_id INTEGER REFERENCES people (id),
    lease_until_ms INTEGER NOT NULL DEFAULT 0,
    leased_under INTEGER REFERENCES rounds (id),
    annotation_id INTEGER,
    UNIQUE (sentence_id, number),
    FOREIGN KEY (annotation_id, sentence_id, person_id) REFERENCES annotations (id, sentence_id, person_id),
    CHECK (held_out = 0 OR (round_id IS NULL AND score IS NULL))
) STRICT;

CREATE UNIQUE INDEX slots_done ON slots (annotation_id) WHERE annotation_id IS NOT NULL;

CREATE INDEX slots_open ON slots (held_out, priority DESC, id) WHERE annotation_id IS NULL;

CREATE INDEX slots_leased ON slots (person_id) WHERE annotation_id IS NULL AND person_id IS NOT NULL;

CREATE TABLE rounds (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (
        state IN ('queued', 'training', 'evaluating', 'scoring', 'ready', 'failed', 'cancelled')),
    config TEXT NOT NULL CHECK (json_valid(config)),
    seed INTEGER NOT NULL,
    device TEXT,
    parent_round INTEGER REFERENCES rounds (id),
    last_annotation INTEGER REFERENCES annotations (id),
    training_set_hash TEXT,
    training_set TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(training_set)),
    metrics TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(metrics)),
    checkpoint TEXT,
    checkpoint_hash TEXT,
    saliency_file TEXT,
    saliency_hash TEXT,
    started_by INTEGER REFERENCES people (id),
    pid INTEGER,
    heartbeat_ms INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL DEFAULT 0 CHECK (cancel_requested IN (0, 1)),
    created_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    error TEXT
) STRICT;

CREATE UNIQUE INDEX rounds_working ON rounds (1)
    WHERE state IN ('queued', 'training', 'evaluating', 'scoring');

CREATE TRIGGER rounds_keep BEFORE UPDATE ON rounds WHEN OLD.state IN ('ready', 'failed', 'cancelled')
    BEGIN SELECT RAISE(ABORT, 'a finished round is an immutable record'); END;

CREATE TABLE round_progress (
    id INTEGER PRIMARY KEY,
    round_id INTEGER NOT NULL REFERENCES rounds (id),
    step INTEGER NOT NULL,
    steps_total INTEGER NOT NULL,
    label_loss REAL,
    saliency_loss REAL,
    dev_loss REAL,
    dev_accuracy REAL,
    note TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX round_progress_round ON round_progress (round_id, id);

CREATE TABLE predictions (
    round_id INTEGER NOT NULL REFERENCES rounds (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    label INTEGER NOT NULL REFERENCES labels (id),
    probabilities TEXT NOT NULL CHECK (json_type(probabilities) = 'array'),
    input_x_gradient TEXT NOT NULL CHECK (json_type(input_x_gradient) = 'array'),
    gradient TEXT NOT NULL CHECK (json_array_length(gradient) = json_array_length(input_x_gradient)),
    PRIMARY KEY (round_id, sentence_id)
) STRICT, WITHOUT ROWID;
