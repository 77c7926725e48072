CREATE TABLE IF NOT EXISTS fixity_files (
    scope TEXT NOT NULL,
    path TEXT NOT NULL,
    place INTEGER NOT NULL,
    checked_at REAL,
    PRIMARY KEY (scope, path)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS idx_fixity_files_place ON fixity_files(scope, place, path);
