//! One makes, the others wait: among threads and processes.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use media_processing_store::{
    MediaProcessingStorage, Outcome, ProcessError, ProcessOptions, Recipe,
};
use media_schema::{ClaimError, ProcessingFilter, Query};

use crate::{content, fresh};

const ROLE: &str = "MEDIA_PROCESSING_TEST_CHILD";
const FOLDER: &str = "MEDIA_PROCESSING_TEST_FOLDER";
const CONVERSIONS: usize = 5;

/// The conversion of that number.
fn convert(
    storage: &MediaProcessingStorage,
    folder: &Path,
    number: usize,
    options: ProcessOptions<'_>,
    process: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<Outcome, ProcessError<io::Error>> {
    let recipe = Recipe {
        action: "convert",
        input: &folder.join("in.wav"),
        output: &folder.join(format!("{number}.wav")),
        parameters: &[("number", number)]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>(),
    };
    storage
        .get_or_process_with(&recipe, options, |_, output| {
            note(folder, &number.to_string())?;
            fs::write(output, format!("half of {number}"))?;
            process(output)?;
            fs::write(output, format!("all of {number}"))
        })
        .map(|answer| answer.outcome)
}

fn spawn(role: &str, folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "claims::entry", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn say(word: &str) {
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

/// Notes in a file that all processes share that something was begun.
fn note(folder: &Path, what: &str) -> io::Result<()> {
    let mut notes = OpenOptions::new()
        .append(true)
        .create(true)
        .open(folder.join("notes"))?;
    notes.write_all(format!("{what}\n").as_bytes())
}

fn notes(folder: &Path) -> Vec<usize> {
    let text = fs::read_to_string(folder.join("notes")).unwrap_or_default();
    let mut notes: Vec<_> = text.lines().map(|note| note.parse().unwrap()).collect();
    notes.sort_unstable();
    notes
}

/// Does nothing unless this process is a child.
#[test]
fn entry() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let folder = PathBuf::from(std::env::var_os(FOLDER).unwrap());
    let storage = MediaProcessingStorage::open(folder.join("media.db")).unwrap();
    let patient = ProcessOptions::default();
    match role.as_str() {
        "ask for all" => {
            say("ready");
            io::stdin().read_line(&mut String::new()).unwrap();
            thread::scope(|scope| {
                for worker in 0..2 {
                    let (storage, folder) = (&storage, &folder);
                    scope.spawn(move || {
                        for step in 0..CONVERSIONS {
                            // Each begins elsewhere, so that all meet.
                            let number = (step + worker * 2) % CONVERSIONS;
                            convert(storage, folder, number, patient, |_| Ok(())).unwrap();
                            let made = fs::read_to_string(folder.join(format!("{number}.wav")));
                            assert_eq!(made.unwrap(), format!("all of {number}"));
                        }
                    });
                }
            });
        }
        "begin and never end" => {
            let never = convert(&storage, &folder, 0, patient, |_| {
                say("half done");
                io::stdin().read_to_end(&mut Vec::new())?;
                Err(io::Error::other("told to end"))
            });
            never.unwrap_err();
        }
        "ask for one" => {
            say("asking");
            convert(&storage, &folder, 0, patient, |_| Ok(())).unwrap();
        }
        other => panic!("no such role: {other}"),
    }
}

fn scene() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("in.wav"), "samples").unwrap();
    folder
}

fn end(mut child: Child) {
    let mut rest = String::new();
    let output = child.stdout.as_mut().unwrap();
    output.read_to_string(&mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
}

/// The recorded jobs, by output and its hash.
fn recorded(folder: &Path) -> Vec<(String, String)> {
    let storage = MediaProcessingStorage::open(folder.join("media.db")).unwrap();
    let rows = storage
        .list_jobs(&Query::default())
        .unwrap()
        .into_rows()
        .unwrap();
    let mut jobs: Vec<_> = rows
        .into_iter()
        .map(|row| (row.output_path, row.output_hash.to_string()))
        .collect();
    jobs.sort();
    jobs
}

fn complete(folder: &Path, number: usize) -> (String, String) {
    let output = folder.join(format!("{number}.wav"));
    let hash = content(&format!("all of {number}"));
    (output.to_str().unwrap().to_owned(), hash.to_string())
}

#[test]
fn of_many_threads_and_processes_one_makes_each_output() {
    let folder = scene();
    let folder = folder.path();
    let mut children: Vec<_> = (0..8).map(|_| spawn("ask for all", folder)).collect();
    for child in &mut children {
        wait_for(child, "ready");
    }
    for child in &mut children {
        child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }
    children.into_iter().for_each(end);
    let all: Vec<_> = (0..CONVERSIONS).collect();
    assert_eq!(notes(folder), all);
    let complete: Vec<_> = all.iter().map(|number| complete(folder, *number)).collect();
    assert_eq!(recorded(folder), complete);
    let hidden = fs::read_dir(folder).unwrap().filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_str().unwrap().starts_with('.')
    });
    assert_eq!(hidden.count(), 0);
}

#[test]
fn a_process_that_is_killed_frees_the_next_and_records_nothing() {
    let folder = scene();
    let folder = folder.path();
    let mut first = spawn("begin and never end", folder);
    wait_for(&mut first, "half done");
    let mut waiting: Vec<_> = (0..3).map(|_| spawn("ask for one", folder)).collect();
    for child in &mut waiting {
        wait_for(child, "asking");
    }
    assert!(!folder.join("0.wav").exists());
    assert_eq!(recorded(folder), []);
    first.kill().unwrap();
    first.wait().unwrap();
    waiting.into_iter().for_each(end);
    // Begun by the one that was killed, and by one other.
    assert_eq!(notes(folder), [0, 0]);
    assert_eq!(recorded(folder), [complete(folder, 0)]);
    assert_eq!(
        fs::read_to_string(folder.join("0.wav")).unwrap(),
        "all of 0"
    );
}

#[test]
fn waiting_is_bounded_and_a_failure_is_its_own() {
    let store = fresh();
    let folder = store.folder.path();
    fs::write(folder.join("in.wav"), "samples").unwrap();
    let (begun, has_begun) = mpsc::channel();
    let (finish, may_finish) = mpsc::channel();
    thread::scope(|scope| {
        let storage = &store.storage;
        scope.spawn(move || {
            let failed = convert(storage, folder, 0, ProcessOptions::default(), |_| {
                begun.send(()).unwrap();
                may_finish.recv().unwrap();
                Err(io::Error::other("failed"))
            });
            assert!(matches!(failed, Err(ProcessError::Processor { .. })));
        });
        has_begun.recv().unwrap();
        let hasty = ProcessOptions {
            patience: Some(Duration::from_millis(20)),
            ..ProcessOptions::default()
        };
        let bounded = convert(storage, folder, 0, hasty, |_| Ok(()));
        assert!(matches!(
            bounded,
            Err(ProcessError::Claim {
                source: ClaimError::TimedOut { .. },
                ..
            })
        ));
        // Other parameters do not wait.
        convert(storage, folder, 1, hasty, |_| Ok(())).unwrap();
        let others: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| convert(storage, folder, 0, ProcessOptions::default(), |_| Ok(())))
            })
            .collect();
        finish.send(()).unwrap();
        let outcomes: Vec<_> = others
            .into_iter()
            .map(|other| other.join().unwrap().unwrap())
            .collect();
        let made = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Made(_)));
        assert_eq!(made.count(), 1, "{outcomes:?}");
    });
    assert_eq!(notes(folder), [0, 0, 1]);
    assert_eq!(
        store.storage.count(&ProcessingFilter::default()).unwrap(),
        2
    );
}
