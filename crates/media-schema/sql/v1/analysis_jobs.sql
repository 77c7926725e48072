CREATE TABLE IF NOT EXISTS analysis_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file_path TEXT NOT NULL,
    file_hash TEXT NOT NULL,
    config_hash TEXT NOT NULL,
    ranges JSON,
    metadata JSON,
    created_at REAL NOT NULL,
    UNIQUE(file_path, config_hash)
);
CREATE INDEX IF NOT EXISTS idx_analysis_created_at ON analysis_jobs(created_at);
CREATE INDEX IF NOT EXISTS idx_analysis_path_created_at ON analysis_jobs(file_path, created_at);
CREATE INDEX IF NOT EXISTS idx_analysis_hash_created_at ON analysis_jobs(file_hash, created_at);
CREATE INDEX IF NOT EXISTS idx_analysis_config_created_at ON analysis_jobs(config_hash, created_at);
