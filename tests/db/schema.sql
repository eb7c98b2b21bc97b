-- index admissions_annotation
CREATE INDEX admissions_annotation ON admissions (annotation_id, id);

-- index annotations_adjudicated
CREATE INDEX annotations_adjudicated ON annotations (sentence_id) WHERE kind = 'adjudicated';

-- index annotations_flagged
CREATE INDEX annotations_flagged ON annotations (sentence_id) WHERE flagged = 1;

-- index annotations_import
CREATE INDEX annotations_import ON annotations (import_id) WHERE import_id IS NOT NULL;

-- index annotations_label
CREATE INDEX annotations_label ON annotations (label, sentence_id);

-- index annotations_of_person
CREATE INDEX annotations_of_person ON annotations (person_id, sentence_id);

-- index annotations_person
CREATE INDEX annotations_person ON annotations (person_id, id);

-- index annotations_root
CREATE UNIQUE INDEX annotations_root ON annotations (sentence_id, person_id, kind = 'adjudicated')
    WHERE supersedes IS NULL;

-- index annotations_sentence
CREATE INDEX annotations_sentence ON annotations (sentence_id, person_id);

-- index annotations_surplus
CREATE INDEX annotations_surplus ON annotations (sentence_id) WHERE surplus = 1;

-- index asked_again_sentence
CREATE INDEX asked_again_sentence ON asked_again (sentence_id, id);

-- index audit_of_person
CREATE INDEX audit_of_person ON audit (person_id);

-- index import_changes_import
CREATE INDEX import_changes_import ON import_changes (import_id, id);

-- index import_changes_sentence
CREATE INDEX import_changes_sentence ON import_changes (sentence_id);

-- index label_changes_label
CREATE INDEX label_changes_label ON label_changes (label, kind, id);

-- index order_entries_sentence
CREATE INDEX order_entries_sentence ON order_entries (sentence_id);

-- index people_identity
CREATE UNIQUE INDEX people_identity ON people (issuer, subject) WHERE issuer IS NOT NULL;

-- index people_uid
CREATE UNIQUE INDEX people_uid ON people (uid);

-- index pools_attached
CREATE UNIQUE INDEX pools_attached ON pools ((detached_ms IS NULL)) WHERE detached_ms IS NULL;

-- index predictions_sentence
CREATE INDEX predictions_sentence ON predictions (sentence_id);

-- index queue_entries_sentence
CREATE INDEX queue_entries_sentence ON queue_entries (sentence_id);

-- index requested_sentences_sentence
CREATE INDEX requested_sentences_sentence ON requested_sentences (sentence_id);

-- index round_progress_round
CREATE INDEX round_progress_round ON round_progress (round_id, id);

-- index rounds_waiting
CREATE INDEX rounds_waiting ON rounds (created_ms)
    WHERE state IN ('queued', 'training', 'evaluating', 'scoring');

-- index rounds_working
CREATE UNIQUE INDEX rounds_working ON rounds (1)
    WHERE begun_ms IS NOT NULL AND state IN ('queued', 'training', 'evaluating', 'scoring');

-- index sentence_tags_sentence
CREATE INDEX sentence_tags_sentence ON sentence_tags (sentence_id);

-- index sentences_import
CREATE INDEX sentences_import ON sentences (import_id);

-- index sentences_split
CREATE INDEX sentences_split ON sentences (split, id);

-- index sentences_words
CREATE INDEX sentences_words ON sentences (token_hash, query_tokens, split, import_id);

-- index set_members_sentence
CREATE INDEX set_members_sentence ON set_members (sentence_id);

-- index set_requests_set
CREATE INDEX set_requests_set ON set_requests (set_id, id);

-- index sets_name
CREATE UNIQUE INDEX sets_name ON sets (name_key) WHERE deleted_ms IS NULL;

-- index slots_done
CREATE UNIQUE INDEX slots_done ON slots (annotation_id) WHERE annotation_id IS NOT NULL;

-- index slots_leased
CREATE INDEX slots_leased ON slots (person_id) WHERE annotation_id IS NULL AND person_id IS NOT NULL;

-- index slots_open
CREATE INDEX slots_open ON slots (held_out, priority DESC, id) WHERE annotation_id IS NULL;

-- index slots_shared
CREATE INDEX slots_shared ON slots (held_out, priority DESC, id) WHERE annotation_id IS NULL AND shared = 1;

-- index suggestions_given
CREATE INDEX suggestions_given ON suggestions (sentence_id) WHERE label IS NOT NULL;

-- index suggestions_sentence
CREATE INDEX suggestions_sentence ON suggestions (sentence_id, id);

-- index suggestions_settled
CREATE UNIQUE INDEX suggestions_settled ON suggestions (sentence_id)
    WHERE label IS NOT NULL OR why_none = 'left without';

-- index uploads_working
CREATE UNIQUE INDEX uploads_working ON uploads (1) WHERE state IN ('waiting', 'importing');

-- index withdrawals_annotation
CREATE INDEX withdrawals_annotation ON withdrawals (annotation_id, id);

-- index word_rules_word
CREATE INDEX word_rules_word ON word_rules (word, id);

-- table admissions
CREATE TABLE admissions (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotations (id),
    admitted INTEGER NOT NULL CHECK (admitted IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table annotations
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
    created_ms INTEGER NOT NULL, note TEXT CHECK (note IS NULL OR length(note) BETWEEN 1 AND 2000), flagged INTEGER NOT NULL DEFAULT 0 CHECK (flagged IN (0, 1)), seconds_to_first_mark REAL
    CHECK (seconds_to_first_mark IS NULL OR seconds_to_first_mark >= 0), edits INTEGER CHECK (edits IS NULL OR edits >= 0), shown TEXT CHECK (shown IS NULL OR json_type(shown) = 'array'), guidelines_version INTEGER, suggestion TEXT CHECK (suggestion IS NULL OR json_type(suggestion) = 'object'),
    UNIQUE (id, sentence_id, person_id),
    FOREIGN KEY (sentence_id, token_hash, token_count) REFERENCES sentences (id, token_hash, token_count),
    FOREIGN KEY (supersedes, sentence_id, person_id) REFERENCES annotations (id, sentence_id, person_id)
) STRICT;

-- table asked_again
CREATE TABLE asked_again (
    id INTEGER PRIMARY KEY,
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    last_annotation INTEGER NOT NULL,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table audit
CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES people (id),
    action TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    at_ms INTEGER NOT NULL
) STRICT;

-- table carried_answers
CREATE TABLE carried_answers (
    annotation_id INTEGER PRIMARY KEY REFERENCES annotations (id),
    carried_from INTEGER NOT NULL UNIQUE REFERENCES annotations (id),
    marks_lost INTEGER NOT NULL CHECK (marks_lost IN (0, 1))
) STRICT;

-- table deleted_rounds
CREATE TABLE deleted_rounds (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table erasures
CREATE TABLE erasures (
    id INTEGER PRIMARY KEY,
    removed INTEGER NOT NULL CHECK (removed >= 0),
    at_ms INTEGER NOT NULL
) STRICT;

-- table freed_checkpoints
CREATE TABLE freed_checkpoints (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    person_id INTEGER REFERENCES people (id),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    at_ms INTEGER NOT NULL
) STRICT;

-- table guidelines
CREATE TABLE guidelines (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL CHECK (length(text) <= 100000),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL
) STRICT;

-- table import_changes
CREATE TABLE import_changes (
    id INTEGER PRIMARY KEY,
    import_id INTEGER NOT NULL REFERENCES imports (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    what TEXT NOT NULL CHECK (what IN ('split', 'metadata', 'tag', 'asked again')),
    before TEXT NOT NULL CHECK (json_valid(before)),
    after TEXT NOT NULL CHECK (json_valid(after))
) STRICT;

-- table imports
CREATE TABLE imports (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    source_hash TEXT NOT NULL,
    tokenizer TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('importing', 'ready')),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL
, settings TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings))) STRICT;

-- table judgements
CREATE TABLE judgements (
    round_id INTEGER PRIMARY KEY REFERENCES rounds (id),
    data BLOB NOT NULL
) STRICT;

-- table label_changes
CREATE TABLE label_changes (
    id INTEGER PRIMARY KEY,
    label INTEGER NOT NULL REFERENCES labels (id),
    kind TEXT NOT NULL CHECK (kind IN ('name', 'rationale', 'merged into')),
    was TEXT,
    now TEXT,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table labels
CREATE TABLE labels (
    id INTEGER PRIMARY KEY CHECK (id BETWEEN 0 AND 199),
    name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    takes_rationale INTEGER NOT NULL CHECK (takes_rationale IN (0, 1))
, retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)), colour TEXT CHECK (length(colour) BETWEEN 1 AND 20), merged_into INTEGER REFERENCES labels (id) CHECK (merged_into <> id)) STRICT;

-- table leases
CREATE TABLE leases (
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    first_ms INTEGER NOT NULL,
    PRIMARY KEY (sentence_id, person_id)
) STRICT, WITHOUT ROWID;

-- table order_entries
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

-- table people
CREATE TABLE people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL COLLATE NOCASE UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    role TEXT NOT NULL CHECK (role IN ('annotator', 'researcher', 'admin')),
    active INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_ms INTEGER NOT NULL
, issuer TEXT CHECK (issuer IS NULL OR length(issuer) BETWEEN 1 AND 500), subject TEXT CHECK ((subject IS NULL) = (issuer IS NULL)), uid TEXT CHECK (uid IS NULL OR length(uid) = 32)) STRICT;

-- table picked_sentences
CREATE TABLE picked_sentences (
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    person_id INTEGER NOT NULL REFERENCES people (id),
    at_ms INTEGER NOT NULL, request_id INTEGER REFERENCES set_requests (id),
    PRIMARY KEY (sentence_id, person_id)
) STRICT, WITHOUT ROWID;

-- table pool_shards
CREATE TABLE pool_shards (
    pool_id INTEGER NOT NULL REFERENCES pools (id),
    name TEXT NOT NULL CHECK (length(name) > 0 AND instr(name, '/') = 0),
    size INTEGER NOT NULL CHECK (size > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    rows INTEGER NOT NULL CHECK (rows > 0),
    PRIMARY KEY (pool_id, name)
) STRICT, WITHOUT ROWID;

-- table pools
CREATE TABLE pools (
    id INTEGER PRIMARY KEY,
    folder TEXT NOT NULL CHECK (length(folder) > 0),
    person_id INTEGER REFERENCES people (id),
    attached_ms INTEGER NOT NULL,
    detached_by INTEGER REFERENCES people (id),
    detached_ms INTEGER
) STRICT;

-- table predictions
CREATE TABLE predictions (
    round_id INTEGER NOT NULL REFERENCES rounds (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    label INTEGER NOT NULL REFERENCES labels (id),
    probabilities TEXT NOT NULL CHECK (json_type(probabilities) = 'array'),
    input_x_gradient TEXT NOT NULL CHECK (json_type(input_x_gradient) = 'array'),
    gradient TEXT NOT NULL CHECK (json_array_length(gradient) = json_array_length(input_x_gradient)),
    PRIMARY KEY (round_id, sentence_id)
) STRICT, WITHOUT ROWID;

-- table project
CREATE TABLE project (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uid TEXT NOT NULL CHECK (length(uid) = 32),
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    saliency_mode TEXT NOT NULL CHECK (saliency_mode IN ('blind first', 'always', 'never')),
    overlap INTEGER NOT NULL CHECK (overlap BETWEEN 1 AND 20),
    lease_minutes INTEGER NOT NULL CHECK (lease_minutes BETWEEN 10 AND 60),
    serving_round INTEGER REFERENCES rounds (id),
    created_ms INTEGER NOT NULL
, overlap_share REAL NOT NULL DEFAULT 1.0 CHECK (overlap_share BETWEEN 0 AND 1), serving TEXT NOT NULL DEFAULT 'ask' CHECK (serving IN ('always', 'ask', 'never')), round_every INTEGER CHECK (round_every BETWEEN 1 AND 1000000)) STRICT;

-- table queue_entries
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

-- table queue_orders
CREATE TABLE queue_orders (
    id INTEGER PRIMARY KEY,
    acquisition TEXT NOT NULL,
    seed INTEGER NOT NULL,
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table removals
CREATE TABLE removals (
    sentence_id INTEGER PRIMARY KEY REFERENCES sentences (id),
    replaced_by INTEGER UNIQUE REFERENCES sentences (id),
    person_id INTEGER REFERENCES people (id),
    reason TEXT CHECK (length(reason) BETWEEN 1 AND 500),
    at_ms INTEGER NOT NULL
) STRICT;

-- table requested_sentences
CREATE TABLE requested_sentences (
    set_id INTEGER NOT NULL REFERENCES sets (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    PRIMARY KEY (set_id, sentence_id)
) STRICT, WITHOUT ROWID;

-- table round_progress
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

-- table rounds
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
, process TEXT, begun_ms INTEGER, home TEXT CHECK (home IS NULL OR json_type(home) = 'object')) STRICT;

-- table sentence_tags
CREATE TABLE sentence_tags (
    tag TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 40),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (tag, sentence_id)
) STRICT, WITHOUT ROWID;

-- table sentence_words
CREATE VIRTUAL TABLE sentence_words USING fts5(
    tokens, content = 'sentences', content_rowid = 'id', tokenize = "unicode61 remove_diacritics 2");

-- table sentence_words_config
CREATE TABLE 'sentence_words_config'(k PRIMARY KEY, v) WITHOUT ROWID;

-- table sentence_words_data
CREATE TABLE 'sentence_words_data'(id INTEGER PRIMARY KEY, block BLOB);

-- table sentence_words_docsize
CREATE TABLE 'sentence_words_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

-- table sentence_words_idx
CREATE TABLE 'sentence_words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

-- table sentences
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

-- table set_members
CREATE TABLE set_members (
    set_id INTEGER NOT NULL REFERENCES sets (id),
    sentence_id INTEGER NOT NULL REFERENCES sentences (id),
    PRIMARY KEY (set_id, sentence_id)
) STRICT, WITHOUT ROWID;

-- table set_requests
CREATE TABLE set_requests (
    id INTEGER PRIMARY KEY,
    set_id INTEGER NOT NULL REFERENCES sets (id),
    asked_of INTEGER REFERENCES people (id),
    asked INTEGER NOT NULL CHECK (asked IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table sets
CREATE TABLE sets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    name_key TEXT NOT NULL,
    search TEXT NOT NULL CHECK (json_type(search) = 'object'),
    person_id INTEGER REFERENCES people (id),
    created_ms INTEGER NOT NULL,
    deleted_ms INTEGER
) STRICT;

-- table slots
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
    annotation_id INTEGER, shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1)), request_id INTEGER REFERENCES set_requests (id), requested_under INTEGER,
    UNIQUE (sentence_id, number),
    FOREIGN KEY (annotation_id, sentence_id, person_id) REFERENCES annotations (id, sentence_id, person_id),
    CHECK (held_out = 0 OR (round_id IS NULL AND score IS NULL))
) STRICT;

-- table suggestions
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

-- table tried_sentences
CREATE TABLE tried_sentences (
    id INTEGER PRIMARY KEY,
    person_id INTEGER REFERENCES people (id),
    text TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 100000),
    results TEXT NOT NULL CHECK (json_valid(results)),
    at_ms INTEGER NOT NULL
) STRICT;

-- table undone_imports
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

-- table uploads
CREATE TABLE "uploads" (
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
, dismissed_ms INTEGER) STRICT;

-- table withdrawals
CREATE TABLE withdrawals (
    id INTEGER PRIMARY KEY,
    annotation_id INTEGER NOT NULL REFERENCES annotations (id),
    withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- table word_rules
CREATE TABLE word_rules (
    id INTEGER PRIMARY KEY,
    word TEXT NOT NULL CHECK (length(word) BETWEEN 1 AND 256),
    applies INTEGER NOT NULL CHECK (applies IN (0, 1)),
    person_id INTEGER REFERENCES people (id),
    at_ms INTEGER NOT NULL
) STRICT;

-- trigger admissions_keep_delete
CREATE TRIGGER admissions_keep_delete BEFORE DELETE ON admissions
    WHEN NOT EXISTS (
        SELECT 1 FROM annotations a JOIN undone_imports u ON u.import_id = a.import_id WHERE a.id = OLD.annotation_id)
    BEGIN SELECT RAISE(ABORT, 'admissions are append-only: add one that says otherwise'); END;

-- trigger admissions_keep_update
CREATE TRIGGER admissions_keep_update BEFORE UPDATE ON admissions
    BEGIN SELECT RAISE(ABORT, 'admissions are append-only: add one that says otherwise'); END;

-- trigger annotations_keep_delete
CREATE TRIGGER annotations_keep_delete BEFORE DELETE ON annotations
    WHEN NOT EXISTS (SELECT 1 FROM undone_imports WHERE import_id = OLD.import_id)
    BEGIN SELECT RAISE(ABORT, 'annotations are append-only'); END;

-- trigger annotations_keep_update
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

-- trigger annotations_rationale
CREATE TRIGGER annotations_rationale BEFORE INSERT ON annotations
    WHEN NEW.marks IS NOT NULL AND EXISTS (SELECT 1 FROM labels WHERE id = NEW.label AND takes_rationale = 0)
    BEGIN SELECT RAISE(ABORT, 'this label takes no rationale'); END;

-- trigger asked_again_keep_delete
CREATE TRIGGER asked_again_keep_delete BEFORE DELETE ON asked_again
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'what was asked again stays on record: add a line that says otherwise'); END;

-- trigger asked_again_keep_update
CREATE TRIGGER asked_again_keep_update BEFORE UPDATE ON asked_again
    BEGIN SELECT RAISE(ABORT, 'what was asked again stays on record: add a line that says otherwise'); END;

-- trigger carried_answers_keep_delete
CREATE TRIGGER carried_answers_keep_delete BEFORE DELETE ON carried_answers
    BEGIN SELECT RAISE(ABORT, 'where an answer comes from stays on record'); END;

-- trigger carried_answers_keep_update
CREATE TRIGGER carried_answers_keep_update BEFORE UPDATE ON carried_answers
    BEGIN SELECT RAISE(ABORT, 'where an answer comes from stays on record'); END;

-- trigger guidelines_keep_delete
CREATE TRIGGER guidelines_keep_delete BEFORE DELETE ON guidelines
    BEGIN SELECT RAISE(ABORT, 'answers name a version of the guidelines: write a new one'); END;

-- trigger guidelines_keep_update
CREATE TRIGGER guidelines_keep_update BEFORE UPDATE ON guidelines
    BEGIN SELECT RAISE(ABORT, 'answers name a version of the guidelines: write a new one'); END;

-- trigger import_changes_keep_delete
CREATE TRIGGER import_changes_keep_delete BEFORE DELETE ON import_changes
    WHEN NOT EXISTS (SELECT 1 FROM removals WHERE sentence_id = OLD.sentence_id) AND NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'what an import changed stays on record'); END;

-- trigger import_changes_keep_update
CREATE TRIGGER import_changes_keep_update BEFORE UPDATE ON import_changes
    BEGIN SELECT RAISE(ABORT, 'what an import changed stays on record'); END;

-- trigger judgements_keep_delete
CREATE TRIGGER judgements_keep_delete BEFORE DELETE ON judgements
    BEGIN SELECT RAISE(ABORT, 'what a round was right about stays on record'); END;

-- trigger judgements_keep_update
CREATE TRIGGER judgements_keep_update BEFORE UPDATE ON judgements
    BEGIN SELECT RAISE(ABORT, 'what a round was right about stays on record'); END;

-- trigger label_changes_keep_delete
CREATE TRIGGER label_changes_keep_delete BEFORE DELETE ON label_changes
    BEGIN SELECT RAISE(ABORT, 'what was changed about a label stays on record'); END;

-- trigger label_changes_keep_update
CREATE TRIGGER label_changes_keep_update BEFORE UPDATE ON label_changes
    BEGIN SELECT RAISE(ABORT, 'what was changed about a label stays on record'); END;

-- trigger labels_keep_delete
CREATE TRIGGER labels_keep_delete BEFORE DELETE ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one instead'); END;

-- trigger labels_keep_merged
CREATE TRIGGER labels_keep_merged BEFORE UPDATE OF merged_into ON labels
    WHEN NEW.merged_into IS NOT OLD.merged_into AND NEW.merged_into IS NOT (
        SELECT CAST(now AS INTEGER) FROM label_changes
        WHERE label = OLD.id AND kind = 'merged into' ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'a label is merged only on record'); END;

-- trigger labels_keep_name
CREATE TRIGGER labels_keep_name BEFORE UPDATE OF name ON labels
    WHEN NEW.name <> OLD.name AND NEW.name IS NOT (
        SELECT now FROM label_changes WHERE label = OLD.id AND kind = 'name' ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'a label gets another name only on record'); END;

-- trigger labels_keep_rationale
CREATE TRIGGER labels_keep_rationale BEFORE UPDATE OF takes_rationale ON labels
    WHEN NEW.takes_rationale <> OLD.takes_rationale AND NEW.takes_rationale IS NOT (
        SELECT now = 'on' FROM label_changes WHERE label = OLD.id AND kind = 'rationale' ORDER BY id DESC LIMIT 1)
    BEGIN SELECT RAISE(ABORT, 'whether a label takes a rationale changes only on record'); END;

-- trigger labels_keep_update
CREATE TRIGGER labels_keep_update BEFORE UPDATE OF id ON labels
    BEGIN SELECT RAISE(ABORT, 'answers point at labels: retire one instead'); END;

-- trigger leases_keep_delete
CREATE TRIGGER leases_keep_delete BEFORE DELETE ON leases
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'a lease that was given stays on record'); END;

-- trigger leases_keep_update
CREATE TRIGGER leases_keep_update BEFORE UPDATE ON leases
    BEGIN SELECT RAISE(ABORT, 'a lease that was given stays on record'); END;

-- trigger order_entries_keep_delete
CREATE TRIGGER order_entries_keep_delete BEFORE DELETE ON order_entries
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

-- trigger order_entries_keep_update
CREATE TRIGGER order_entries_keep_update BEFORE UPDATE ON order_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

-- trigger picked_sentences_keep_delete
CREATE TRIGGER picked_sentences_keep_delete BEFORE DELETE ON picked_sentences
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'who chose a sentence stays on record'); END;

-- trigger picked_sentences_keep_update
CREATE TRIGGER picked_sentences_keep_update BEFORE UPDATE ON picked_sentences
    BEGIN SELECT RAISE(ABORT, 'who chose a sentence stays on record'); END;

-- trigger pool_shards_keep_delete
CREATE TRIGGER pool_shards_keep_delete BEFORE DELETE ON pool_shards
    BEGIN SELECT RAISE(ABORT, 'what a pool held when it was attached stays on record'); END;

-- trigger pool_shards_keep_update
CREATE TRIGGER pool_shards_keep_update BEFORE UPDATE ON pool_shards
    BEGIN SELECT RAISE(ABORT, 'what a pool held when it was attached stays on record: attach it again'); END;

-- trigger queue_entries_keep_delete
CREATE TRIGGER queue_entries_keep_delete BEFORE DELETE ON queue_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

-- trigger queue_entries_keep_update
CREATE TRIGGER queue_entries_keep_update BEFORE UPDATE ON queue_entries
    BEGIN SELECT RAISE(ABORT, 'why a sentence was chosen stays on record'); END;

-- trigger removals_keep_delete
CREATE TRIGGER removals_keep_delete BEFORE DELETE ON removals
    BEGIN SELECT RAISE(ABORT, 'who removed a sentence stays on record'); END;

-- trigger removals_keep_update
CREATE TRIGGER removals_keep_update BEFORE UPDATE ON removals
    BEGIN SELECT RAISE(ABORT, 'who removed a sentence stays on record'); END;

-- trigger rounds_keep
CREATE TRIGGER rounds_keep BEFORE UPDATE ON rounds WHEN OLD.state IN ('ready', 'failed', 'cancelled')
    BEGIN SELECT RAISE(ABORT, 'a finished round is an immutable record'); END;

-- trigger set_members_keep_update
CREATE TRIGGER set_members_keep_update BEFORE UPDATE ON set_members
    BEGIN SELECT RAISE(ABORT, 'a set stays as it was saved'); END;

-- trigger set_requests_keep_delete
CREATE TRIGGER set_requests_keep_delete BEFORE DELETE ON set_requests
    BEGIN SELECT RAISE(ABORT, 'who asked for a set stays on record: add a line that says otherwise'); END;

-- trigger set_requests_keep_update
CREATE TRIGGER set_requests_keep_update BEFORE UPDATE ON set_requests
    BEGIN SELECT RAISE(ABORT, 'who asked for a set stays on record: add a line that says otherwise'); END;

-- trigger suggestions_keep_delete
CREATE TRIGGER suggestions_keep_delete BEFORE DELETE ON suggestions
    WHEN NOT EXISTS (
        SELECT 1 FROM sentences s JOIN undone_imports u ON u.import_id = s.import_id WHERE s.id = OLD.sentence_id)
    BEGIN SELECT RAISE(ABORT, 'what was suggested stays on record'); END;

-- trigger suggestions_keep_update
CREATE TRIGGER suggestions_keep_update BEFORE UPDATE ON suggestions
    BEGIN SELECT RAISE(ABORT, 'what was suggested stays on record'); END;

-- trigger undone_imports_keep_delete
CREATE TRIGGER undone_imports_keep_delete BEFORE DELETE ON undone_imports
    BEGIN SELECT RAISE(ABORT, 'that an import was undone stays on record'); END;

-- trigger undone_imports_keep_update
CREATE TRIGGER undone_imports_keep_update BEFORE UPDATE ON undone_imports
    BEGIN SELECT RAISE(ABORT, 'that an import was undone stays on record'); END;

-- trigger withdrawals_keep_delete
CREATE TRIGGER withdrawals_keep_delete BEFORE DELETE ON withdrawals
    WHEN NOT EXISTS (
        SELECT 1 FROM annotations a JOIN undone_imports u ON u.import_id = a.import_id WHERE a.id = OLD.annotation_id)
    BEGIN SELECT RAISE(ABORT, 'withdrawals are append-only: add one that says otherwise'); END;

-- trigger withdrawals_keep_update
CREATE TRIGGER withdrawals_keep_update BEFORE UPDATE ON withdrawals
    BEGIN SELECT RAISE(ABORT, 'withdrawals are append-only: add one that says otherwise'); END;

-- trigger withdrawals_of_decisions
CREATE TRIGGER withdrawals_of_decisions BEFORE INSERT ON withdrawals
    WHEN (SELECT kind FROM annotations WHERE id = NEW.annotation_id) IS NOT 'adjudicated'
    BEGIN SELECT RAISE(ABORT, 'only a decision can be withdrawn'); END;

-- trigger word_rules_keep_delete
CREATE TRIGGER word_rules_keep_delete BEFORE DELETE ON word_rules
    BEGIN SELECT RAISE(ABORT, 'rules for words are append-only: add one that says otherwise'); END;

-- trigger word_rules_keep_update
CREATE TRIGGER word_rules_keep_update BEFORE UPDATE ON word_rules
    BEGIN SELECT RAISE(ABORT, 'rules for words are append-only: add one that says otherwise'); END;

-- view visible_sentences
CREATE VIEW visible_sentences AS
    SELECT s.* FROM sentences s JOIN imports i ON i.id = s.import_id
    WHERE i.state = 'ready' AND NOT EXISTS (SELECT 1 FROM removals r WHERE r.sentence_id = s.id);
