ALTER TABLE slots ADD COLUMN shared INTEGER NOT NULL DEFAULT 0 CHECK (shared IN (0, 1));

UPDATE slots SET shared = 1 WHERE sentence_id IN (SELECT sentence_id FROM slots WHERE number > 0);

CREATE INDEX slots_shared ON slots (held_out, priority DESC, id) WHERE annotation_id IS NULL AND shared = 1;

CREATE INDEX audit_of_person ON audit (person_id);
