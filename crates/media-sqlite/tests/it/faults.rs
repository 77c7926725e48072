//! Processes that are stopped or killed, whatever they were at.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use media_sqlite::{Generation, inspect};

use crate::child::{say, spawn};
use crate::{count, insert, open, python_file, stranger, with_tables};

/// What a child does until it is killed, told by its role.
pub(crate) fn play(role: &str, path: &Path) {
    match role {
        "checkpoint until killed" => {
            let database = with_tables(path);
            let other = stranger(path);
            for number in 0.. {
                insert(&database, &format!("/{}/{number}", std::process::id())).unwrap();
                say("done");
                let fold = "PRAGMA wal_checkpoint(TRUNCATE)";
                other.query_row(fold, [], |_| Ok(())).unwrap();
            }
        }
        "create until killed" => {
            for number in 0.. {
                let path = path.join(format!("{}-{number}.db", std::process::id()));
                insert(&with_tables(&path), "/a").unwrap();
                say("done");
            }
        }
        "adopt until killed" => {
            for number in 0.. {
                let folder = path.join(format!("{}-{number}", std::process::id()));
                fs::create_dir(&folder).unwrap();
                let copy = python_file(&folder, 1 + number % 2);
                // Under this name it is whole.
                let path = folder.join("whole.db");
                fs::rename(copy, &path).unwrap();
                with_tables(&path);
                say("done");
            }
        }
        other => {
            #[cfg(unix)]
            crate::limits::play(other, path);
            #[cfg(not(unix))]
            panic!("no such role: {other}");
        }
    }
}

/// Starts a child again and again, kills it when it has done a little more than
/// the last time, and tells how much each one has said was done.
fn kill_again_and_again(role: &str, path: &Path) -> Vec<(u32, usize)> {
    const CYCLES: usize = 8;
    let mut said = Vec::new();
    for cycle in 0..CYCLES {
        let mut child = spawn(role, path);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut done = 0;
        // What it said before it died counts too.
        for line in lines.map_while(Result::ok) {
            if line.ends_with("done") {
                done += 1;
                if done == cycle {
                    child.kill().unwrap();
                }
            } else if cycle == 0 && line.contains("running 1 test") {
                child.kill().unwrap();
            }
        }
        child.wait().unwrap();
        assert!(done >= cycle, "{role} ended by itself");
        said.push((child.id(), done));
    }
    said
}

fn assert_whole(path: &Path) {
    let check: String = stranger(path)
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok", "{}", path.display());
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn killed_while_the_log_is_folded_into_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let said = kill_again_and_again("checkpoint until killed", &path);
    drop(open(&path));
    let connection = stranger(&path);
    for (process, done) in said {
        let kept: u32 = connection
            .query_row(
                "SELECT count(*) FROM analysis_jobs WHERE file_path LIKE ?1",
                [format!("/{process}/%")],
                |row| row.get(0),
            )
            .unwrap();
        assert!(kept as usize >= done, "{done} acknowledged, {kept} kept");
    }
    assert_whole(&path);
}

#[test]
fn killed_while_a_database_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let said = kill_again_and_again("create until killed", folder.path());
    for (process, done) in said {
        for number in 0..=done {
            let path = folder.path().join(format!("{process}-{number}.db"));
            let rows = count(&with_tables(&path), "analysis_jobs");
            assert!(
                rows == 1 || number == done,
                "{} lost its row",
                path.display()
            );
            insert(&open(&path), "/b").unwrap();
            assert_eq!(inspect(&path).unwrap().differences, []);
            assert_whole(&path);
        }
    }
}

#[test]
fn killed_while_a_database_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    kill_again_and_again("adopt until killed", folder.path());
    let mut adopted = 0;
    for copy in entries(folder.path()) {
        let path = copy.join("whole.db");
        if !path.exists() {
            continue;
        }
        let database = with_tables(&path);
        assert_eq!(count(&database, "analysis_jobs"), 9);
        drop(database);
        let inspection = inspect(&path).unwrap();
        assert_eq!(inspection.differences, []);
        assert!(matches!(
            inspection.generation,
            Generation::Python1 | Generation::Python2
        ));
        assert_whole(&path);
        adopted += 1;
    }
    assert!(adopted > 0);
}
