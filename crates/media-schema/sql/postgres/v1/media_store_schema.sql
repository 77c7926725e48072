CREATE TABLE IF NOT EXISTS media_store_schema (
    version integer NOT NULL,
    PRIMARY KEY (version)
);
