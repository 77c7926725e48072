//! Many processes that ask for the same: one computes, the others wait.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use media_analysis_store::{Analysis, MediaAnalysisStorage};
use media_processing_store::{MediaProcessingStorage, Recipe};
use media_schema::{AnalysisFilter, MediaBackend, ProcessingFilter};

use crate::child::{listen, race, say};
use crate::home::Home;
use crate::{Fixture, Suite};

/// The role of a child that asks for analyses.
pub(crate) const ANALYZE: &str = "ask for analyses";

/// The role of a child that asks for outputs.
pub(crate) const PROCESS: &str = "ask for outputs";

const CHILDREN: usize = 16;
const FILES: usize = 20;

/// 16 processes that ask for the same 20 analyses at the same moment compute
/// each once.
pub fn each_result_is_computed_once<F: Fixture>(suite: &Suite<F>) {
    let (backend, _home) = ask_at_once(suite, ANALYZE);
    let store = MediaAnalysisStorage::with_source(&backend).unwrap();
    let count = store.count(&AnalysisFilter::default()).unwrap();
    assert_eq!(count, FILES as u64);
}

/// So it is for 20 outputs.
pub fn each_output_is_made_once<F: Fixture>(suite: &Suite<F>) {
    let (backend, home) = ask_at_once(suite, PROCESS);
    let store = MediaProcessingStorage::with_source(&backend).unwrap();
    let count = store.count(&ProcessingFilter::default()).unwrap();
    assert_eq!(count, FILES as u64);
    for number in 0..FILES {
        let made = fs::read(home.path(&format!("{number}.out"))).unwrap();
        assert_eq!(made, format!("content {number}").as_bytes());
    }
}

/// Lets all processes ask, and finds each thing to have been done once.
fn ask_at_once<F: Fixture>(suite: &Suite<F>, role: &str) -> (F::Backend, Home) {
    let place = suite.create();
    let backend = place.open();
    let home = filled();
    let folder = home.text("");
    race((0..CHILDREN).map(|_| place.child(role, &folder)).collect());
    let each_once: Vec<_> = (0..FILES).collect();
    assert_eq!(diary(&home), each_once);
    (backend, home)
}

/// A folder of files to ask about.
fn filled() -> Home {
    let home = Home::new();
    for number in 0..FILES {
        home.write(&format!("{number}"), &format!("content {number}"));
    }
    home
}

/// Notes what was computed, for all processes in one file.
fn note(folder: &Path, number: usize) -> std::io::Result<()> {
    let mut diary = OpenOptions::new();
    let diary = diary.append(true).create(true);
    diary
        .open(folder.join("diary"))?
        .write_all(format!("{number}\n").as_bytes())
}

fn diary(home: &Home) -> Vec<usize> {
    let diary = fs::read_to_string(home.path("diary")).unwrap();
    let mut numbers: Vec<_> = diary.lines().map(|line| line.parse().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

/// Files in an order of this process's own.
fn shuffled() -> impl Iterator<Item = usize> {
    let start = std::process::id() as usize;
    (0..FILES).map(move |number| (start + number * 7) % FILES)
}

pub(crate) fn analyze(backend: impl MediaBackend, folder: &str) {
    let folder = Path::new(folder);
    let store = MediaAnalysisStorage::with_source(backend).unwrap();
    say("ready");
    listen();
    for number in shuffled() {
        let path = folder.join(format!("{number}"));
        let answer = store.get_or_analyze(&path, &["x"], |_| {
            let metadata = [("number", number)].into_iter().collect();
            let analysis = Analysis::<std::collections::BTreeMap<_, _>> {
                ranges: Vec::new(),
                metadata,
            };
            note(folder, number).map(|()| analysis)
        });
        let row = answer.unwrap().row;
        let said = row.metadata.unwrap();
        assert_eq!(said.as_str(), format!("{{\"number\":{number}}}"));
    }
}

pub(crate) fn process(backend: impl MediaBackend, folder: &str) {
    let folder = Path::new(folder);
    let store = MediaProcessingStorage::with_source(backend).unwrap();
    say("ready");
    listen();
    for number in shuffled() {
        let recipe = Recipe {
            action: "copy",
            input: &folder.join(format!("{number}")),
            output: &folder.join(format!("{number}.out")),
            parameters: &(),
        };
        let answer = store.get_or_process(&recipe, |input, output| {
            note(folder, number)?;
            fs::copy(input, output).map(drop)
        });
        assert_eq!(answer.unwrap().row.action, "copy");
    }
}
