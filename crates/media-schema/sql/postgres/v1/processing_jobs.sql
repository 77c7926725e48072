CREATE TABLE IF NOT EXISTS processing_job_names (
    job_digest bytea NOT NULL,
    PRIMARY KEY (job_digest)
);
CREATE TABLE IF NOT EXISTS processing_jobs (
    id bigserial NOT NULL,
    job_digest bytea NOT NULL,
    input_path_digest bytea NOT NULL,
    output_path_digest bytea NOT NULL,
    job_id text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    input_path text COLLATE "C" NOT NULL,
    input_hash text COLLATE "C" NOT NULL,
    output_path text COLLATE "C" NOT NULL,
    output_hash text COLLATE "C" NOT NULL,
    parameters text COLLATE "C",
    metadata text COLLATE "C",
    created_at double precision NOT NULL
);
CREATE INDEX IF NOT EXISTS idx_processing_id ON processing_jobs (id);
CREATE INDEX IF NOT EXISTS idx_processing_job ON processing_jobs (job_digest);
CREATE INDEX IF NOT EXISTS idx_processing_created_at ON processing_jobs (created_at, id);
CREATE INDEX IF NOT EXISTS idx_processing_action_created_at ON processing_jobs (left(action, 160), created_at, id);
CREATE INDEX IF NOT EXISTS idx_processing_input_path_created_at ON processing_jobs (input_path_digest, created_at, id);
CREATE INDEX IF NOT EXISTS idx_processing_input_hash_created_at ON processing_jobs (left(input_hash, 160), created_at, id);
CREATE INDEX IF NOT EXISTS idx_processing_output_path_created_at ON processing_jobs (output_path_digest, created_at, id);
CREATE INDEX IF NOT EXISTS idx_processing_output_hash_created_at ON processing_jobs (left(output_hash, 160), created_at, id);
