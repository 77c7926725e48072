//! Many processes, ours and Python's, that write to one file at once.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use media_analysis_store::MediaAnalysisStorage;
use media_hash::config_hash;
use media_processing_store::MediaProcessingStorage;
use media_schema::{AnalysisFilter, NewAnalysis, ProcessingFilter, StoreError};
use media_sqlite::{Database, OpenOptions};
use rusqlite::Connection;

use crate::{content, job, python_file};

const ROLE: &str = "MEDIA_CROWD_TEST_CHILD";
const DATABASE: &str = "MEDIA_CROWD_TEST_DATABASE";
const PROCESSES: usize = 8;
const SAVES: usize = 20;
const PYTHON: &str = include_str!("../../../media-sqlite/tests/it/peer.py");

fn analysis(path: &str, by: u32) -> NewAnalysis {
    NewAnalysis::new(path, content(path), config_hash("crowd").unwrap())
        .unwrap()
        .with_metadata_json(format!("{{\"by\": {by}}}"))
        .unwrap()
}

struct Stores {
    analyses: MediaAnalysisStorage<Database>,
    jobs: MediaProcessingStorage<Database>,
}

fn open(path: &Path) -> Stores {
    let database = OpenOptions::new().open(path).unwrap();
    Stores {
        analyses: MediaAnalysisStorage::with_source(database.clone()).unwrap(),
        jobs: MediaProcessingStorage::with_source(database).unwrap(),
    }
}

/// Does nothing unless this process is a child.
#[test]
fn entry() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let path = PathBuf::from(std::env::var_os(DATABASE).unwrap());
    let stores = open(&path);
    let me = std::process::id();
    say("ready");
    io::stdin().read_line(&mut String::new()).unwrap();
    for number in 0..SAVES {
        match role.as_str() {
            "save" => {
                let own = format!("/{me}/{number}");
                stores.analyses.save(&analysis(&own, me)).unwrap();
                let shared = format!("/shared/{number}");
                stores.analyses.save(&analysis(&shared, me)).unwrap();
                let new = job(&own, "convert", &own, &format!("{own}.out"));
                stores.jobs.save(&new).unwrap();
            }
            "race" => {
                let name = format!("job {number}");
                let new = job(&name, "convert", "/in", &format!("/{me}/{number}"));
                match stores.jobs.save(&new) {
                    Ok(_) => say(&format!("won {number}.")),
                    Err(StoreError::Conflict { job_id, .. }) => assert_eq!(job_id, name),
                    Err(error) => panic!("{error:?}"),
                }
            }
            other => panic!("no such role: {other}"),
        }
    }
}

fn say(word: &str) {
    let mut output = io::stdout();
    writeln!(output, "{word}").unwrap();
    output.flush().unwrap();
}

fn start(command: &mut Command) -> Child {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn start_ours(role: &str, database: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    start(
        Command::new(program)
            .args(["--exact", "crowd::entry", "--nocapture"])
            .env(ROLE, role)
            .env(DATABASE, database),
    )
}

/// Lets all begin at once, and returns what each one said.
fn run_together(mut children: Vec<Child>) -> Vec<(u32, String)> {
    for child in &mut children {
        let output = BufReader::new(child.stdout.as_mut().unwrap());
        let mut lines = output.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.ends_with("ready")));
    }
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
    let ended = children.into_iter().map(|mut child| {
        let mut said = String::new();
        let output = child.stdout.as_mut().unwrap();
        output.read_to_string(&mut said).unwrap();
        assert!(child.wait().unwrap().success(), "{said}");
        (child.id(), said)
    });
    ended.collect()
}

fn assert_whole(path: &Path) {
    let check: String = Connection::open(path)
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok");
}

/// Each process's own rows are there, and each shared one once.
fn assert_saved(path: &Path, processes: &[u32], (analyses, jobs): (usize, usize)) {
    let stores = open(path);
    let count = stores.analyses.count(&AnalysisFilter::default()).unwrap();
    assert_eq!(usize::try_from(count).unwrap(), analyses);
    let count = stores.jobs.count(&ProcessingFilter::default()).unwrap();
    assert_eq!(usize::try_from(count).unwrap(), jobs);
    let config = config_hash("crowd").unwrap();
    for number in 0..SAVES {
        for process in processes {
            let own = format!("/{process}/{number}");
            let found = stores.analyses.get_cached(&own, &config).unwrap();
            assert!(found.is_some(), "{own}");
            assert!(stores.jobs.get_by_job_id(&own).unwrap().is_some(), "{own}");
        }
        let shared = format!("/shared/{number}");
        let found = stores.analyses.get_cached(&shared, &config).unwrap();
        assert_eq!(found.unwrap().file_hash, content(&shared));
    }
    drop(stores);
    assert_whole(path);
}

#[test]
fn processes_that_save_the_same_and_their_own_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let children = (0..PROCESSES).map(|_| start_ours("save", &path));
    let processes: Vec<_> = run_together(children.collect())
        .into_iter()
        .map(|(process, _)| process)
        .collect();
    let own = PROCESSES * SAVES;
    assert_saved(&path, &processes, (own + SAVES, own));
}

#[test]
fn of_processes_that_race_for_a_name_one_wins() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    let children = (0..PROCESSES).map(|_| start_ours("race", &path));
    let said = run_together(children.collect());
    let stores = open(&path);
    for number in 0..SAVES {
        let won = format!("won {number}.");
        let mut winners = said.iter().filter(|(_, said)| said.contains(&won));
        let (winner, _) = winners.next().unwrap();
        assert!(winners.next().is_none(), "two won {number}");
        let name = format!("job {number}");
        let row = stores.jobs.get_by_job_id(&name).unwrap().unwrap();
        assert_eq!(row.output_path, format!("/{winner}/{number}"));
    }
}

#[test]
fn python_and_ours_write_to_one_file_all_the_while() {
    if Command::new("python3").arg("--version").output().is_err() {
        assert!(
            std::env::var_os("REQUIRE_TEST_PROGRAMS").is_none(),
            "install python3"
        );
        println!("not run: there is no python3");
        return;
    }
    for (generation, analyses, jobs) in [(1, 9, 10), (2, 9, 4)] {
        let folder = tempfile::tempdir().unwrap();
        let path = python_file(folder.path(), generation);
        let ours = (0..3).map(|_| start_ours("save", &path));
        let python = (0..2).map(|_| {
            let mut command = Command::new("python3");
            let args = [generation.to_string(), SAVES.to_string()];
            start(command.args(["-c", PYTHON]).arg(&path).args(args))
        });
        let said = run_together(ours.chain(python).collect());
        let (ours, python) = said.split_at(3);
        let saved: BTreeSet<_> = python
            .iter()
            .map(|(_, said)| said.contains(&format!("saved {SAVES} worst")))
            .collect();
        assert_eq!(saved, BTreeSet::from([true]), "{python:?}");
        let processes: Vec<_> = ours.iter().map(|(process, _)| *process).collect();
        // The shared paths are there once for our configuration and once for Python's.
        let own = said.len() * SAVES;
        assert_saved(&path, &processes, (analyses + own + 2 * SAVES, jobs + own));
    }
}
