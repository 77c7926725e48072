//! Hashing: one large file, many files, and a file that need not be read.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use media_analysis_store::{Analysis, AnalyzeOptions, MediaAnalysisStorage};
use media_hash::{DynAlgorithm, FileHasher, Fingerprint, Sha256, hash_file};

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, contest, timed, timed_children};
use crate::data::ranges;
use crate::python::run as run_command;
use crate::report::{Goal, Line, Topic};

/// Megabytes of the large file, and of each of the many.
const LARGE: usize = 1 << 10;
const EACH: usize = 16;
const MANY: usize = 64;

/// Look-ups of the unchanged file in a round.
const LOOKS: usize = 1_000;

fn large_file(bench: &Bench) -> Result<PathBuf> {
    bench.data.file("large.bin", LARGE)
}

fn many_files(bench: &Bench) -> Result<Vec<PathBuf>> {
    (0..MANY)
        .map(|n| bench.data.file(&format!("many-{n:02}.bin"), EACH))
        .collect()
}

/// A contestant that is a command, run over files.
fn command<'a>(name: &str, program: &'a [&'a str], files: &'a [PathBuf]) -> Contestant<'a> {
    let Some((first, arguments)) = program.split_first() else {
        return Contestant::missing(name, "no command");
    };
    Contestant::new(name, move |_| {
        timed_children(|| run_command(Command::new(first).args(arguments).args(files)))
    })
}

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let large = [large_file(bench)?];
    let many = many_files(bench)?;
    Ok(vec![one(bench, &large), several(bench, &large, &many)])
}

fn one(bench: &Bench, large: &[PathBuf]) -> Topic {
    let ours = [bench.program(), "hash"];
    let taken = contest(
        bench.rounds(11),
        vec![
            command("this project", &ours, large),
            command(
                "openssl dgst -sha256",
                &["openssl", "dgst", "-sha256"],
                large,
            ),
            command("sha256sum", &["sha256sum"], large),
        ],
    );
    let mut lines = Vec::new();
    for clock in [Clock::Cpu, Clock::Wall] {
        let goal = Goal::AtLeast(0.97);
        lines.push(Line::compare(
            "1 GiB, SHA-256",
            &taken[0],
            &taken[1],
            clock,
            goal,
        ));
    }
    lines.push(Line::compare(
        "1 GiB, SHA-256",
        &taken[0],
        &taken[2],
        Clock::Cpu,
        Goal::None,
    ));
    Topic {
        name: "hash",
        title: "Hashing one large file",
        work: "`media-store hash FILE` and the others' commands, start to end; the file is in the \
               page cache."
            .into(),
        lines,
    }
}

fn several(bench: &Bench, large: &[PathBuf], many: &[PathBuf]) -> Topic {
    let threads = |count: usize| {
        Contestant::new(format!("{count} threads"), move |_| {
            let sha256 = [DynAlgorithm::of::<Sha256>()];
            let count = NonZero::new(count).ok_or("no threads")?;
            timed(|| {
                let hasher = FileHasher::new(&sha256).threads(count);
                for outcome in hasher.hash_all(many) {
                    outcome?;
                }
                Ok(())
            })
        })
    };
    let cores = contest(bench.rounds(11), vec![threads(2), threads(1)]);
    let ours = [bench.program(), "hash", "--algo", "blake3"];
    let b3sum = bench.b3sum.as_ref();
    let blake3 = |files| {
        let theirs = match b3sum {
            Ok(b3sum) => Contestant::new("b3sum", move |_| {
                timed_children(|| run_command(Command::new(b3sum).args(files)))
            }),
            Err(why) => Contestant::missing("b3sum", why.clone()),
        };
        let contestants = vec![command("this project", &ours, files), theirs];
        contest(bench.rounds(21), contestants)
    };
    let (files, file) = (blake3(many), blake3(large));
    let (wall, cpu) = (Clock::Wall, Clock::Cpu);
    let goal = Goal::AtLeast(0.95);
    Topic {
        name: "hash",
        title: "Hashing many files",
        work: format!(
            "{MANY} files of {EACH} MiB in the page cache. SHA-256 by two threads beside one, in \
             the library; BLAKE3 by `media-store hash --algo blake3 FILE…` beside `b3sum FILE…`, \
             both on all cores. Of a single file this project hashes one part after the other, \
             while b3sum divides it among the cores."
        ),
        lines: vec![
            Line::compare(
                "SHA-256, 2 threads",
                &cores[0],
                &cores[1],
                wall,
                Goal::AtLeast(1.9),
            ),
            Line::compare("the same work", &cores[0], &cores[1], cpu, Goal::None),
            Line::compare("BLAKE3, many files", &files[0], &files[1], wall, goal),
            Line::compare("BLAKE3, many files", &files[0], &files[1], cpu, goal),
            Line::compare(
                "BLAKE3, one file of 1 GiB",
                &file[0],
                &file[1],
                wall,
                Goal::None,
            ),
            Line::compare(
                "BLAKE3, one file of 1 GiB",
                &file[0],
                &file[1],
                cpu,
                Goal::None,
            ),
        ],
    }
}

pub(crate) fn unchanged(bench: &Bench) -> Result<Vec<Topic>> {
    let large = large_file(bench)?;
    settle(&large)?;
    let scratch = bench.scratch()?;
    let storage = MediaAnalysisStorage::open(scratch.path().join("media.db"))?;
    let read = AtomicU64::new(0);
    let progress = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
    };
    let options = AnalyzeOptions {
        progress: Some(&progress),
        ..AnalyzeOptions::default()
    };
    let found = ranges(100);
    let look = || -> Result<()> {
        storage.get_or_analyze_with(&large, "bench", options, |_| {
            Ok::<_, std::io::Error>(Analysis {
                ranges: found.clone(),
                metadata: BTreeMap::from([("segment_count", found.len())]),
            })
        })?;
        Ok(())
    };
    look()?;
    read.store(0, Ordering::Relaxed);
    let taken = contest(
        bench.rounds(11),
        vec![
            Contestant::new("a verified look-up", |_| {
                Ok(timed(|| (0..LOOKS).try_for_each(|_| look()))?.per(LOOKS))
            }),
            Contestant::new("hashing 1 GiB", |_| {
                timed(|| {
                    hash_file::<Sha256>(&large)?;
                    Ok(())
                })
            }),
        ],
    );
    let read = read.into_inner();
    let lines = [Clock::Cpu, Clock::Wall].map(|clock| {
        let work = "unchanged file of 1 GiB";
        Line::compare(work, &taken[0], &taken[1], clock, Goal::AtLeast(10_000.0))
    });
    Ok(vec![Topic {
        name: "unchanged",
        title: "Unchanged file, verified look-up",
        work: format!(
            "`get_or_analyze` of a file that lies as it lay when it was hashed, row of 100 ranges \
             included. All look-ups together read {read} bytes of it."
        ),
        lines: lines.into(),
    }])
}

/// Waits until a change of the file would have to show in its times.
pub(crate) fn settle(path: &Path) -> Result<()> {
    let fingerprint = Fingerprint::of_path(path)?;
    while !fingerprint.is_settled(SystemTime::now()) {
        std::thread::yield_now();
    }
    Ok(())
}
