ALTER TABLE labels ADD COLUMN colour TEXT CHECK (length(colour) BETWEEN 1 AND 20);
