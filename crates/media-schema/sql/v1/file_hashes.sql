CREATE TABLE IF NOT EXISTS file_hashes (
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    algorithm TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    hash TEXT NOT NULL,
    recorded_at REAL NOT NULL,
    PRIMARY KEY (device, inode, algorithm)
) WITHOUT ROWID;
