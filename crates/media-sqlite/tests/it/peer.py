"""Saves like the Python library: a connection for each call, the default
timeout of 5 s, a REPLACE where the library has one.

Arguments: the database, the library's generation, how many rows of each table.
Says "ready", waits for a line, saves, and says "saved COUNT worst SECONDS";
any error ends it."""

import json
import os
import sqlite3
import sys
import time

path, generation, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
worst = 0.0


def run(statement, values=()):
    global worst
    started = time.monotonic()
    with sqlite3.connect(path) as connection:
        rows = connection.execute(statement, values).fetchall()
    worst = max(worst, time.monotonic() - started)
    return rows


def save_analysis(name):
    ranges = json.dumps([{"start": 0.0, "end": 1.5, "label": "speech"}])
    run(
        "INSERT OR REPLACE INTO analysis_jobs "
        "(file_path, file_hash, config_hash, ranges, metadata, created_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (name, "sha256:00", "sha256:11", ranges, None, time.time()),
    )


def save_job(name):
    files = (name + ".in", "sha256:00", name + ".out", "sha256:11")
    if generation == 1:
        run(
            "INSERT INTO processing_jobs (job_id, action, input_path, input_hash, "
            "output_path, output_hash, parameters, metadata, created_at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (name, "convert", *files, None, None, time.time()),
        )
    else:
        run(
            "INSERT OR REPLACE INTO processing_jobs (job_id, action, input_path, "
            "input_hash, output_path, output_hash, config_hash, parameters, "
            "metadata, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (name, "convert", *files, "sha256:22", None, None, time.time()),
        )


print("ready", flush=True)
sys.stdin.readline()
for number in range(count):
    name = f"/python/{os.getpid()}/{number}"
    save_analysis(name)
    save_job(name)
    found = run(
        "SELECT ranges FROM analysis_jobs WHERE file_path = ? AND config_hash = ?",
        (name, "sha256:11"),
    )
    assert len(found) == 1 and json.loads(found[0][0]), found
    # All processes replace these.
    save_analysis(f"/shared/{number}")
print(f"saved {count} worst {worst:.3f}", flush=True)
