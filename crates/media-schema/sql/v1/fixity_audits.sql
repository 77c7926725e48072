CREATE TABLE IF NOT EXISTS fixity_audits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scope TEXT NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL,
    last_place INTEGER NOT NULL,
    files INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    intact INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    moved INTEGER NOT NULL,
    unreadable INTEGER NOT NULL,
    unverifiable INTEGER NOT NULL,
    unreadable_rows INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_fixity_audits_scope ON fixity_audits(scope);
