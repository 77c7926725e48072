//! One computes, the others wait.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use media_analysis_store::{Analysis, AnalyzeError, AnalyzeOptions, MediaAnalysisStorage, Outcome};
use media_schema::ClaimError;
use serde_json::{Value, json};

use crate::{fresh, speech};

pub(crate) const ROLE: &str = "MEDIA_ANALYSIS_TEST_CHILD";
pub(crate) const FOLDER: &str = "MEDIA_ANALYSIS_TEST_FOLDER";
const RESULTS: usize = 20;

pub(crate) fn found(end: f64) -> Analysis<Value> {
    Analysis {
        ranges: vec![speech(0.0, end)],
        metadata: json!({}),
    }
}

pub(crate) fn spawn(entry: &str, role: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", entry, "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

pub(crate) fn say(word: &str) {
    let mut output = io::stdout();
    writeln!(output, "{word}").unwrap();
    output.flush().unwrap();
}

fn wait_for(child: &mut Child, word: &str) {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    let said = output
        .lines()
        .map_while(Result::ok)
        .any(|line| line.ends_with(word));
    assert!(said, "the child ended without saying {word}");
}

/// Notes in a file that all processes share that something was computed.
fn note(folder: &Path, what: &str) -> io::Result<()> {
    let mut notes = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join("notes"))?;
    notes.write_all(format!("{what}\n").as_bytes())
}

fn notes(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("notes")).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Does nothing unless this process is a child.
#[test]
fn entry() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let clip = folder.join("clip.wav");
    let storage = MediaAnalysisStorage::open(folder.join("media.db")).unwrap();
    match role.as_str() {
        "ask for all" => {
            say("ready");
            io::stdin().read_line(&mut String::new()).unwrap();
            thread::scope(|scope| {
                for worker in 0..4 {
                    let (storage, folder, clip) = (&storage, &folder, &clip);
                    scope.spawn(move || {
                        for step in 0..RESULTS {
                            // Each begins elsewhere, so that all meet.
                            let number = (step + worker * 5) % RESULTS;
                            let answer = storage.get_or_analyze(clip, &number, |_| {
                                note(folder, &number.to_string())?;
                                Ok::<_, io::Error>(found(
                                    1.0 + f64::from(u8::try_from(number).unwrap()),
                                ))
                            });
                            let ranges = answer.unwrap().row.time_ranges().unwrap();
                            let end = 1.0 + f64::from(u8::try_from(number).unwrap());
                            assert_eq!(ranges, [speech(0.0, end)]);
                        }
                    });
                }
            });
        }
        "begin and never end" => {
            let never = storage.get_or_analyze(&clip, "one", |_| {
                note(&folder, "begun")?;
                say("computing");
                io::stdin().read_to_end(&mut Vec::new())?;
                Err::<Analysis<Value>, _>(io::Error::other("told to end"))
            });
            never.unwrap_err();
        }
        "find it taken" => {
            let options = AnalyzeOptions {
                patience: Some(Duration::from_millis(20)),
                ..AnalyzeOptions::default()
            };
            let answer = storage.get_or_analyze_with(&clip, "one", options, |_| {
                note(&folder, "computed too")?;
                Ok::<_, io::Error>(found(1.0))
            });
            assert!(matches!(
                answer,
                Err(AnalyzeError::Claim {
                    source: ClaimError::TimedOut { .. },
                    ..
                })
            ));
        }
        "ask for one" => {
            say("asking");
            let answer = storage.get_or_analyze(&clip, "one", |_| {
                note(&folder, "computed")?;
                Ok::<_, io::Error>(found(1.0))
            });
            answer.unwrap();
        }
        other => panic!("no such role: {other}"),
    }
}

pub(crate) fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("clip.wav"), "samples").unwrap();
    folder
}

fn end(mut child: Child) {
    let mut rest = String::new();
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_to_string(&mut rest)
        .unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
}

#[test]
fn of_many_threads_and_processes_one_computes_each_result() {
    let folder = scene();
    let mut children: Vec<_> = (0..16)
        .map(|_| spawn("together::entry", "ask for all", folder.path()))
        .collect();
    for child in &mut children {
        wait_for(child, "ready");
    }
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
    children.into_iter().for_each(end);
    let mut computed: Vec<usize> = notes(folder.path())
        .iter()
        .map(|note| note.parse().unwrap())
        .collect();
    computed.sort_unstable();
    assert_eq!(computed, (0..RESULTS).collect::<Vec<_>>());
    // Nothing is left of the claims but their folder.
    let left = fs::read_dir(folder.path().join("media.db-locks")).unwrap();
    assert_eq!(left.count(), 0);
}

#[test]
fn a_process_that_is_killed_frees_the_next() {
    let folder = scene();
    for round in 1..=3 {
        let mut first = spawn("together::entry", "begin and never end", folder.path());
        wait_for(&mut first, "computing");
        end(spawn("together::entry", "find it taken", folder.path()));
        assert_eq!(notes(folder.path()), vec!["begun"; round]);
        if round < 3 {
            first.kill().unwrap();
            first.wait().unwrap();
            continue;
        }
        let mut waiting: Vec<_> = (0..4)
            .map(|_| spawn("together::entry", "ask for one", folder.path()))
            .collect();
        for child in &mut waiting {
            wait_for(child, "asking");
        }
        first.kill().unwrap();
        first.wait().unwrap();
        waiting.into_iter().for_each(end);
    }
    assert_eq!(
        notes(folder.path()),
        ["begun", "begun", "begun", "computed"]
    );
}

/// Runs `meanwhile` while another thread computes the result for "one", which
/// fails at the end if told so.
fn while_computing(
    fail: bool,
    meanwhile: impl FnOnce(&MediaAnalysisStorage, &Path, mpsc::Sender<()>),
) {
    let store = fresh();
    let clip = store.folder.path().join("clip.wav");
    fs::write(&clip, "samples").unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel();
    thread::scope(|scope| {
        let (storage, clip) = (&store.storage, &clip);
        scope.spawn(move || {
            let answer = storage.get_or_analyze(clip, "one", |_| {
                begun.send(()).unwrap();
                may_finish.recv().unwrap();
                if fail {
                    return Err(io::Error::other("failed"));
                }
                Ok(found(1.0))
            });
            assert_eq!(answer.is_err(), fail);
        });
        has_begun.recv().unwrap();
        meanwhile(storage, clip, finish);
    });
}

#[test]
fn waiting_is_bounded_and_cancelled() {
    while_computing(false, |storage, clip, finish| {
        let ask = |options| {
            storage.get_or_analyze_with(clip, "one", options, |_| Ok::<_, io::Error>(found(2.0)))
        };
        let bounded = ask(AnalyzeOptions {
            patience: Some(Duration::from_millis(20)),
            ..AnalyzeOptions::default()
        });
        assert!(matches!(
            bounded,
            Err(AnalyzeError::Claim {
                source: ClaimError::TimedOut { .. },
                ..
            })
        ));
        // Set from its own progress, so that it comes after the hashing began.
        let cancel = AtomicBool::new(false);
        let cancel_soon = |_| cancel.store(true, Ordering::Relaxed);
        let cancelled = ask(AnalyzeOptions {
            progress: Some(&cancel_soon),
            cancel: Some(&cancel),
            ..AnalyzeOptions::default()
        });
        assert!(matches!(
            cancelled,
            Err(AnalyzeError::Claim {
                source: ClaimError::Cancelled,
                ..
            } | AnalyzeError::File(_))
        ));
        // Another result does not wait, not even inside.
        let other = storage.get_or_analyze(clip, "two", |clip| {
            let inner = storage.get_or_analyze(clip, "three", |_| Ok::<_, io::Error>(found(3.0)));
            Ok::<_, io::Error>(Analysis {
                ranges: inner.unwrap().row.time_ranges().unwrap(),
                metadata: json!({}),
            })
        });
        assert_eq!(
            other.unwrap().row.time_ranges().unwrap(),
            [speech(0.0, 3.0)]
        );
        finish.send(()).unwrap();
        // Who waits reads what the first one found.
        let answer = ask(AnalyzeOptions::default()).unwrap();
        assert_eq!(answer.outcome, Outcome::Cached);
        assert_eq!(answer.row.time_ranges().unwrap(), [speech(0.0, 1.0)]);
    });
}

#[test]
fn a_failure_is_its_own_and_the_others_try() {
    while_computing(true, |storage, clip, finish| {
        let computed = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let answer = storage.get_or_analyze(clip, "one", |_| {
                        computed.fetch_add(1, Ordering::Relaxed);
                        Ok::<_, io::Error>(found(2.0))
                    });
                    assert_eq!(
                        answer.unwrap().row.time_ranges().unwrap(),
                        [speech(0.0, 2.0)]
                    );
                });
            }
            finish.send(()).unwrap();
        });
        assert_eq!(computed.into_inner(), 1);
    });
}
