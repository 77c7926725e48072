//! The most memory that long jobs hold, with little input and with much.

use std::path::PathBuf;

use crate::Result;
use crate::bench::Bench;
use crate::report::{Goal, Line, Topic, megabytes};
use crate::workers::peak_of;

/// What may come with a larger input and is not the input: deeper trees, a page
/// cache that is filled.
const SLACK: f64 = 1.25;

/// Rows of the small and of the large table.
const FEW: usize = 10_000;
const MANY: usize = 1_000_000;

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let few = text(bench.data.table(FEW, 2)?)?;
    let many = text(bench.data.table(MANY, 2)?)?;
    let small = text(bench.data.file("many-00.bin", 16)?)?;
    let large = text(bench.data.file("large.bin", 1 << 10)?)?;
    let paths = |count: usize| std::iter::repeat_n(small.as_str(), count).collect::<Vec<_>>();
    let mut lines = Vec::new();
    let mut compare = |work: &str, much: Vec<&str>, little: Vec<&str>| {
        let program = bench.program();
        let measured = |arguments: Vec<&str>| peak_of(&[&[program], &arguments[..]].concat());
        lines.push(match (measured(much), measured(little)) {
            (Ok(much), Ok(little)) => {
                let other = ("a hundredth of it", little);
                Line::figures(work, much, other, Goal::AtMost(SLACK), megabytes)
            }
            (Err(error), _) | (_, Err(error)) => {
                Line::absent(work, &format!("not measured: {error}"))
            }
        });
    };
    compare(
        "`hash` of 1 GiB",
        vec!["hash", &large],
        vec!["hash", &small],
    );
    compare(
        "`hash` of 1,000 files",
        [vec!["hash"], paths(1_000)].concat(),
        [vec!["hash"], paths(10)].concat(),
    );
    for (work, command) in [
        ("newest 100 of 1 million rows", vec!["jobs", "analysis"]),
        ("`export` of 1 million rows", vec!["export"]),
        ("`stats` of 1 million rows", vec!["stats"]),
    ] {
        compare(
            work,
            [command.clone(), vec!["--db", &many]].concat(),
            [command, vec!["--db", &few]].concat(),
        );
    }
    // It writes down what it finds, and the tables stay as they are.
    let scratch = bench.scratch()?;
    let copied = |table: &str, name: &str| {
        let copy = scratch.path().join(name);
        std::fs::copy(table, &copy)?;
        text(copy)
    };
    let (much, little) = (copied(&many, "many.db")?, copied(&few, "few.db")?);
    compare(
        "`verify` of 1 million rows",
        vec!["verify", "--quiet", "--db", &much],
        vec!["verify", "--quiet", "--db", &little],
    );
    drop(scratch);
    import(bench, &[&many, &few], &mut lines)?;
    Ok(vec![Topic {
        name: "memory",
        title: "Peak memory of long jobs",
        work: "The most that the process held, with the whole input and with a hundredth of it \
               (a sixty-fourth for one file). \"Does not grow\" is taken to be at most a quarter \
               more."
            .into(),
        lines,
    }])
}

fn import(bench: &Bench, tables: &[&str], lines: &mut Vec<Line>) -> Result<()> {
    let (work, program) = ("`import` of 1 million rows", bench.program());
    let scratch = bench.scratch()?;
    let mut peaks = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let file = text(scratch.path().join(format!("{at}.jsonl")))?;
        let database = text(scratch.path().join(format!("{at}.db")))?;
        let export = peak_of(&[program, "export", "--to", &file, "--db", table]);
        let peak = export.and_then(|_| peak_of(&[program, "import", &file, "--db", &database]));
        match peak {
            Ok(peak) => peaks.push(peak),
            Err(error) => {
                lines.push(Line::absent(work, &format!("not measured: {error}")));
                return Ok(());
            }
        }
    }
    if let [much, little] = peaks[..] {
        let other = ("a hundredth of it", little);
        lines.push(Line::figures(
            work,
            much,
            other,
            Goal::AtMost(SLACK),
            megabytes,
        ));
    }
    Ok(())
}

fn text(path: PathBuf) -> Result<String> {
    path.into_os_string()
        .into_string()
        .map_err(|path| format!("{} is not UTF-8", path.display()).into())
}
