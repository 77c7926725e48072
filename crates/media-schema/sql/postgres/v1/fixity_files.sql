CREATE TABLE IF NOT EXISTS fixity_files (
    scope text COLLATE "C" NOT NULL,
    path_digest bytea NOT NULL,
    path text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    checked_at double precision,
    PRIMARY KEY (scope, path_digest)
);
CREATE INDEX IF NOT EXISTS idx_fixity_files_place ON fixity_files (scope, place, path_digest);
