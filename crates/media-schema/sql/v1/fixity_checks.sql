CREATE TABLE IF NOT EXISTS fixity_checks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    audit_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    expected TEXT NOT NULL,
    actual TEXT,
    verdict TEXT NOT NULL,
    found_at TEXT,
    problem TEXT,
    checked_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_fixity_checks_path ON fixity_checks(path);
CREATE INDEX IF NOT EXISTS idx_fixity_checks_expected_path ON fixity_checks(expected, path);
