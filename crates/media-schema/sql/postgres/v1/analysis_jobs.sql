CREATE TABLE IF NOT EXISTS analysis_jobs (
    id bigserial NOT NULL,
    path_digest bytea NOT NULL,
    config_digest bytea NOT NULL,
    file_path text COLLATE "C" NOT NULL,
    file_hash text COLLATE "C" NOT NULL,
    config_hash text COLLATE "C" NOT NULL,
    ranges text COLLATE "C",
    metadata text COLLATE "C",
    created_at double precision NOT NULL,
    revision bigint NOT NULL,
    PRIMARY KEY (path_digest, config_digest)
);
CREATE INDEX IF NOT EXISTS idx_analysis_id ON analysis_jobs (id);
CREATE INDEX IF NOT EXISTS idx_analysis_created_at ON analysis_jobs (created_at, id);
CREATE INDEX IF NOT EXISTS idx_analysis_path_created_at ON analysis_jobs (path_digest, created_at, id);
CREATE INDEX IF NOT EXISTS idx_analysis_hash_created_at ON analysis_jobs (left(file_hash, 160), created_at, id);
CREATE INDEX IF NOT EXISTS idx_analysis_config_created_at ON analysis_jobs (config_digest, created_at, id);
