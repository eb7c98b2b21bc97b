"""The schema, as an append-only list of steps; `PRAGMA user_version` counts the applied ones.

A released step is never edited: the next one is added, with a test that starts from the
previous schema with rows in it.

What to know before reading on:

- Annotations are a log. Triggers refuse UPDATE and DELETE; a correction is a new row that
  `supersedes` an older one of the same person and sentence, and nothing may be superseded twice.
  A person's decisions over others' answers (`adjudicated`) are a separate chain from their own answers.
- Marks cannot be misaligned. An annotation repeats its sentence's token hash and token count,
  a composite foreign key checks both, and a CHECK ties the length of the marks to that count.
- A label is never renamed or deleted, and a finished round never changed: that one is retired or
  freed is recorded separately.
- `sentence_words` is the full-text index over the tokens, filled in the order of ids after an import's
  flip: it still lacks the sentences that became visible since its last row.
- `leases` records who was given which sentence: an answer from anyone else is refused.
- A surplus answer counts only once a researcher admits it; the newest of its `admissions` decides.
- A decision holds unless the newest of its `withdrawals` takes it back; then the one before it, if any, holds again.
- A person's `uid` identifies them outside the file, in a browser: a restored backup may give their id to another.
- Two sentences have the same text when their words and their queries' words are the same, letter for letter:
  the index `sentences_words` answers every query about that without reading the sentences themselves.
- Work is handed out in slots. A sentence has `overlap` of them, so more answers than wanted
  cannot be represented. A claim is one UPDATE over the index `slots_open`.
"""

_INITIAL = """
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
"""

_TRUSTED_FOR_MONTHS = """
ALTER TABLE labels ADD COLUMN retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1));

CREATE TRIGGER labels_keep_update BEFORE UPDATE OF id, name, takes_rationale ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one, and leave its name'); END;

CREATE TRIGGER labels_keep_delete BEFORE DELETE ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one instead'); END;

CREATE INDEX annotations_label ON annotations (label, sentence_id);

CREATE INDEX predictions_sentence ON predictions (sentence_id);

CREATE INDEX annotations_of_person ON annotations (person_id, sentence_id);

CREATE TABLE freed_checkpoints (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    person_id INTEGER REFERENCES people (id),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE uploads (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'importing', 'ready', 'refused', 'failed')),
    file_name TEXT NOT NULL CHECK (length(file_name) BETWEEN 1 AND 255),
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    person_id INTEGER NOT NULL REFERENCES people (id),
    stage TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    report TEXT CHECK (report IS NULL OR json_valid(report)),
    error TEXT,
    pid INTEGER,
    heartbeat_ms INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    finished_ms INTEGER
) STRICT;

CREATE UNIQUE INDEX uploads_working ON uploads (1) WHERE state IN ('waiting', 'importing');

ALTER TABLE imports ADD COLUMN settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings));

CREATE VIRTUAL TABLE sentence_words USING fts5(
    tokens, content = 'sentences', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2");

INSERT INTO sentence_words (rowid, tokens) SELECT id, tokens FROM visible_sentences ORDER BY id;
"""

_NOTES_AND_FLAGS = """
ALTER TABLE annotations ADD COLUMN note TEXT CHECK (note IS NULL OR length(note) BETWEEN 1 AND 2000);

ALTER TABLE annotations ADD COLUMN flagged INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1));

CREATE INDEX annotations_flagged ON annotations (sentence_id) WHERE flagged = 1;
"""

_WORKED_ON_ALL_DAY = """
ALTER TABLE annotations ADD COLUMN seconds_to_first_mark REAL
    CHECK (seconds_to_first_mark IS NULL OR seconds_to_first_mark >= 0);

ALTER TABLE annotations ADD COLUMN edits INTEGER CHECK (edits IS NULL OR edits >= 0);

ALTER TABLE annotations ADD COLUMN shown TEXT CHECK (shown IS NULL OR json_type(shown) = 'array');

ALTER TABLE annotations ADD COLUMN guidelines_version INTEGER;

DROP INDEX annotations_root;

CREATE UNIQUE INDEX annotations_root ON annotations (sentence_id, person_id, kind = 'adjudicated')
    WHERE supersedes IS NULL;

CREATE INDEX annotations_adjudicated ON annotations (sentence_id) WHERE kind = 'adjudicated';

CREATE TABLE guidelines (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL CHECK (length(text) <= 100000),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TRIGGER guidelines_keep_update BEFORE UPDATE ON guidelines
    BEGIN SELECT RAISE(ABORT, 'answers name a version of the guidelines: write a new one'); END;

CREATE TRIGGER guidelines_keep_delete BEFORE DELETE ON guidelines
    BEGIN SELECT RAISE(ABORT, 'answers name a version of the guidelines: write a new one'); END;

ALTER TABLE people ADD COLUMN issuer TEXT CHECK (issuer IS NULL OR length(issuer) BETWEEN 1 AND 500);

ALTER TABLE people ADD COLUMN subject TEXT CHECK ((subject IS NULL) = (issuer IS NULL));

CREATE UNIQUE INDEX people_identity ON people (issuer, subject) WHERE issuer IS NOT NULL;

UPDATE people SET role = 'admin'
    WHERE id = (SELECT min(id) FROM people WHERE active = 1 AND name <> 'gold')
        AND NOT EXISTS (SELECT 1 FROM people WHERE role = 'admin' AND active = 1);

ALTER TABLE project ADD COLUMN overlap_share REAL NOT NULL DEFAULT 1.0 CHECK (overlap_share BETWEEN 0 AND 1);
"""

_AGREEMENT_SAMPLE = """
ALTER TABLE slots ADD COLUMN shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1));

UPDATE slots SET shared = 1 WHERE sentence_id IN (SELECT sentence_id FROM slots WHERE number > 0);

CREATE INDEX slots_shared ON slots (held_out, priority DESC, id) WHERE annotation_id IS NULL AND shared = 1;

CREATE INDEX audit_of_person ON audit (person_id);
"""

_TRUST_RESTORED = """
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
"""

_WHAT_ROUNDS_BOUGHT = """
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
"""

_WHO_CHOSE = """
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
"""

_COLOURS_OF_LABELS = """
ALTER TABLE labels ADD COLUMN colour TEXT CHECK (length(colour) BETWEEN 1 AND 20);
"""

_SUGGESTIONS = """
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
"""

_DECISIONS_WITHDRAWN = """
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
"""

_SETS_AND_TAGS = """
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
"""

MIGRATIONS: tuple[str, ...] = (
    _INITIAL,
    _TRUSTED_FOR_MONTHS,
    _NOTES_AND_FLAGS,
    _WORKED_ON_ALL_DAY,
    _AGREEMENT_SAMPLE,
    _TRUST_RESTORED,
    _WHAT_ROUNDS_BOUGHT,
    _WHO_CHOSE,
    _COLOURS_OF_LABELS,
    _SUGGESTIONS,
    _DECISIONS_WITHDRAWN,
    _SETS_AND_TAGS,
)
"""Each step is an SQL script, applied in one transaction."""
