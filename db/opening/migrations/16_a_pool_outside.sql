-- A pool outside the project: shards in a folder, of which rounds bring the sentences to ask about next.
CREATE TABLE pools (
    id INTEGER PRIMARY KEY,
    folder TEXT NOT NULL CHECK (length(folder) > 0),
    person_id INTEGER REFERENCES people (id),
    attached_ms INTEGER NOT NULL,
    detached_by INTEGER REFERENCES people (id),
    detached_ms INTEGER
) STRICT;

-- At most one is attached.
CREATE UNIQUE INDEX pools_attached ON pools ((detached_ms IS NULL)) WHERE detached_ms IS NULL;

-- What tells each shard from any other, so that a changed or missing one is noticed.
CREATE TABLE pool_shards (
    pool_id INTEGER NOT NULL REFERENCES pools (id),
    name TEXT NOT NULL CHECK (length(name) > 0 AND instr(name, '/') = 0),
    size INTEGER NOT NULL CHECK (size > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    rows INTEGER NOT NULL CHECK (rows > 0),
    PRIMARY KEY (pool_id, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER pool_shards_keep_update BEFORE UPDATE ON pool_shards
    BEGIN SELECT RAISE(ABORT, 'what a pool held when it was attached stays on record: attach it again'); END;

CREATE TRIGGER pool_shards_keep_delete BEFORE DELETE ON pool_shards
    BEGIN SELECT RAISE(ABORT, 'what a pool held when it was attached stays on record'); END;
