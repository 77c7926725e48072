//! One computes, the others wait, and whoever computes may be killed.

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::{Mutex, mpsc};
use std::thread;

use media_analysis_store::MediaAnalysisStorage;
use media_hash::config_hash;

use crate::together::{FOLDER, ROLE, found, say, scene, spawn};
use crate::{speech, stranger};

const ASKERS: usize = 16;
const RESULTS: usize = 20;
/// So many that compute a result are killed before one may end.
const KILLS: usize = 2;

fn end_of(number: usize) -> f64 {
    1.0 + f64::from(u8::try_from(number).unwrap())
}

/// Does nothing unless this process is a child: four threads that ask for all
/// results. Whoever computes says so, and ends when it is told its number.
#[test]
fn entry() {
    if std::env::var(ROLE).is_err() {
        return;
    }
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let clip = folder.join("clip.wav");
    let storage = MediaAnalysisStorage::open(folder.join("media.db")).unwrap();
    let (may_end, told): (Vec<_>, Vec<_>) = (0..RESULTS)
        .map(|_| mpsc::channel())
        .map(|(sender, receiver)| (sender, Mutex::new(receiver)))
        .unzip();
    // Ends with the process, or with the parent's: then all that wait fail.
    thread::spawn(move || {
        for line in io::stdin().lines() {
            let number: usize = line.unwrap().parse().unwrap();
            may_end[number].send(()).unwrap();
        }
    });
    thread::scope(|scope| {
        for worker in 0..4 {
            let (storage, clip, told) = (&storage, &clip, &told);
            scope.spawn(move || {
                for step in 0..RESULTS {
                    // Each begins elsewhere, so that all meet.
                    let number = (step + worker * 5) % RESULTS;
                    let answer = storage.get_or_analyze(clip, &number, |_| {
                        say(&format!("computing {number}"));
                        let told = told[number].lock().unwrap();
                        told.recv().map_err(io::Error::other)?;
                        Ok::<_, io::Error>(found(end_of(number)))
                    });
                    let ranges = answer.unwrap().row.time_ranges().unwrap();
                    assert_eq!(ranges, [speech(0.0, end_of(number))]);
                }
            });
        }
    });
}

/// A child and what has become of it.
struct Asker {
    child: Child,
    killed: bool,
}

/// What a child says: the number that it computes, or at last nothing.
type Said = (usize, Option<usize>);

fn start(folder: &Path, askers: &mut Vec<Asker>, said: &mpsc::Sender<Said>) {
    let mut child = spawn("killed::entry", "ask for all", folder);
    let output = BufReader::new(child.stdout.take().unwrap());
    let (index, said) = (askers.len(), said.clone());
    thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some((_, number)) = line.split_once("computing ") {
                said.send((index, Some(number.parse().unwrap()))).unwrap();
            }
        }
        said.send((index, None)).unwrap();
    });
    askers.push(Asker {
        child,
        killed: false,
    });
}

#[test]
fn each_result_is_saved_once_though_whoever_computes_is_killed_again_and_again() {
    let folder = scene();
    let database = folder.path().join("media.db");
    drop(MediaAnalysisStorage::open(&database).unwrap());
    // The database itself counts what was saved, whoever lived to tell.
    stranger(&database)
        .execute_batch(
            "CREATE TABLE saves (config_hash);
             CREATE TRIGGER inserted AFTER INSERT ON analysis_jobs
             BEGIN INSERT INTO saves VALUES (NEW.config_hash); END;
             CREATE TRIGGER replaced AFTER UPDATE ON analysis_jobs
             BEGIN INSERT INTO saves VALUES (NEW.config_hash); END;",
        )
        .unwrap();

    let (sender, said) = mpsc::channel();
    let mut askers = Vec::new();
    for _ in 0..ASKERS {
        start(folder.path(), &mut askers, &sender);
    }
    let mut kills = [0; RESULTS];
    let mut holders = [None; RESULTS];
    let mut running = ASKERS;
    while running > 0 {
        let (index, number) = said.recv().unwrap();
        if askers[index].killed {
            continue;
        }
        let Some(number) = number else {
            assert!(askers[index].child.wait().unwrap().success());
            running -= 1;
            continue;
        };
        let holder = holders[number].replace(index);
        assert!(
            holder.is_none_or(|holder: usize| askers[holder].killed),
            "two compute {number}"
        );
        if kills[number] < KILLS {
            kills[number] += 1;
            askers[index].killed = true;
            askers[index].child.kill().unwrap();
            askers[index].child.wait().unwrap();
            start(folder.path(), &mut askers, &sender);
        } else {
            let input = askers[index].child.stdin.as_mut().unwrap();
            writeln!(input, "{number}").unwrap();
        }
    }
    assert_eq!(kills, [KILLS; RESULTS]);

    let connection = stranger(&database);
    let mut saves: HashMap<String, usize> = HashMap::new();
    let mut statement = connection.prepare("SELECT config_hash FROM saves").unwrap();
    for config in statement.query_map([], |row| row.get(0)).unwrap() {
        *saves.entry(config.unwrap()).or_default() += 1;
    }
    let once = (0..RESULTS).map(|number| (config_hash(&number).unwrap().to_string(), 1));
    assert_eq!(saves, once.collect());
}
