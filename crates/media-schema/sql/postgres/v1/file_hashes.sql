CREATE TABLE IF NOT EXISTS file_hashes (
    machine text COLLATE "C" NOT NULL,
    device bigint NOT NULL,
    inode bigint NOT NULL,
    algorithm text COLLATE "C" NOT NULL,
    size bigint NOT NULL,
    mtime_ns bigint NOT NULL,
    ctime_ns bigint NOT NULL,
    hash text COLLATE "C" NOT NULL,
    recorded_at double precision NOT NULL,
    PRIMARY KEY (machine, device, inode, algorithm)
);
