CREATE TABLE IF NOT EXISTS fixity_audits (
    id bigserial NOT NULL,
    scope text COLLATE "C" NOT NULL,
    started_at double precision NOT NULL,
    finished_at double precision,
    last_place bigint NOT NULL,
    files bigint NOT NULL,
    bytes bigint NOT NULL,
    intact bigint NOT NULL,
    changed bigint NOT NULL,
    missing bigint NOT NULL,
    moved bigint NOT NULL,
    unreadable bigint NOT NULL,
    unverifiable bigint NOT NULL,
    unreadable_rows bigint NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS idx_fixity_audits_scope ON fixity_audits (scope, id);
