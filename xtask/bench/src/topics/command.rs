//! The command line: one cached `analyze`, start to end.

use std::process::Command;

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, contest, timed_children};
use crate::python::run as run_command;
use crate::report::{Line, Topic, megabytes, seconds};

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let scratch = bench.scratch()?;
    let clip = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/plugin-silence/samples/archive.wav"
    );
    let database = scratch.path().join("media.db");
    let analyze = || {
        timed_children(|| {
            run_command(
                Command::new(bench.program())
                    .args(["--quiet", "analyze", clip, "--db"])
                    .arg(&database),
            )
        })
    };
    analyze()?;
    let taken = contest(
        bench.rounds(81),
        vec![Contestant::new("media-store analyze", |_| analyze())],
    );
    let lines = [
        (Clock::Cpu, "CPU, cached `analyze`"),
        (Clock::Wall, "clock, cached `analyze`"),
    ]
    .into_iter()
    .map(|(clock, work)| match taken[0].median(clock) {
        Some(median) if clock == Clock::Cpu => Line::limit(work, median, 10e-3, seconds),
        Some(median) => Line::figure(work, &seconds(median)),
        None => Line::absent(work, "it failed"),
    })
    .chain([Line::limit(
        "binary",
        size(bench.program())?,
        12e6,
        megabytes,
    )])
    .collect();
    Ok(vec![Topic {
        name: "command",
        title: "Command line",
        work: "`media-store analyze archive.wav` of a file whose result is cached, start to end."
            .into(),
        lines,
    }])
}

#[expect(clippy::cast_precision_loss, reason = "no file here has 2^53 bytes")]
fn size(path: &str) -> Result<f64> {
    Ok(std::fs::metadata(path)?.len() as f64)
}
