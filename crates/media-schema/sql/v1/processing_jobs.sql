CREATE TABLE IF NOT EXISTS processing_jobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT UNIQUE NOT NULL,
    action TEXT NOT NULL,
    input_path TEXT NOT NULL,
    input_hash TEXT NOT NULL,
    output_path TEXT NOT NULL,
    output_hash TEXT NOT NULL,
    parameters JSON,
    metadata JSON,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_processing_created_at ON processing_jobs(created_at);
CREATE INDEX IF NOT EXISTS idx_processing_action_created_at ON processing_jobs(action, created_at);
CREATE INDEX IF NOT EXISTS idx_processing_input_path_created_at ON processing_jobs(input_path, created_at);
CREATE INDEX IF NOT EXISTS idx_processing_input_hash_created_at ON processing_jobs(input_hash, created_at);
CREATE INDEX IF NOT EXISTS idx_processing_output_path_created_at ON processing_jobs(output_path, created_at);
CREATE INDEX IF NOT EXISTS idx_processing_output_hash_created_at ON processing_jobs(output_hash, created_at);
