CREATE TABLE IF NOT EXISTS fixity_checks (
    id bigserial NOT NULL,
    audit_id bigint NOT NULL,
    path_digest bytea NOT NULL,
    path text COLLATE "C" NOT NULL,
    expected text COLLATE "C" NOT NULL,
    actual text COLLATE "C",
    verdict text COLLATE "C" NOT NULL,
    found_at text COLLATE "C",
    problem text COLLATE "C",
    checked_at double precision NOT NULL,
    PRIMARY KEY (path_digest, id)
);
CREATE INDEX IF NOT EXISTS idx_fixity_checks_id ON fixity_checks (id);
CREATE INDEX IF NOT EXISTS idx_fixity_checks_expected_path ON fixity_checks (left(expected, 160), path_digest, id);
