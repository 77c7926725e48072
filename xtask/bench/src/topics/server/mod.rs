//! The same contract on a PostgreSQL server, beside the driver alone with the
//! same statements.

mod clients;
mod lineage;
mod lookup;
mod save;
mod size;

use media_analysis_store::MediaAnalysisStorage;
use media_postgres::{ConnectOptions, PostgresDatabase};
use postgres_cluster::{Cluster, Programs};

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Taken};
use crate::data::{new_analysis, ranges};
use crate::plain_postgres::Plain;
use crate::report::{Goal, Line, Topic};

type Store = MediaAnalysisStorage<PostgresDatabase>;

const OURS: &str = "this project";
const PLAIN: &str = "plain postgres";
const PEER: &str = "ml-metadata";

/// What this project may take beside the driver alone.
const OVERHEAD: Goal = Goal::AtMost(1.3);

pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let server = Cluster::builder(&Programs::find()?)
        .setting("fsync", "on")
        .start()?;
    Ok(vec![
        lookup::run(bench, &server)?,
        save::run(bench, &server)?,
        clients::saving(bench, &server)?,
        clients::asking(bench, &server)?,
        lineage::run(bench, &server)?,
        size::run(bench, &server)?,
    ])
}

/// A database with our tables.
struct Tables {
    url: String,
    ours: Store,
    plain: Plain,
}

impl Tables {
    fn create(server: &Cluster, name: &str) -> Result<Self> {
        let url = server.create_database(name)?;
        let database = ConnectOptions::new().open(&url)?;
        Ok(Self {
            ours: MediaAnalysisStorage::with_source(database)?,
            plain: Plain::connect(&url)?,
            url,
        })
    }
}

/// Saves rows by the thousand.
fn fill(store: &Store, rows: std::ops::Range<usize>, count: usize) -> Result<()> {
    let found = ranges(count);
    let numbers: Vec<_> = rows.collect();
    for numbers in numbers.chunks(1_000) {
        let rows: Result<Vec<_>> = numbers
            .iter()
            .map(|number| new_analysis(*number, &found))
            .collect();
        store.save_many(&rows?)?;
    }
    Ok(())
}

/// The first beside the second: by the clock, which has a goal, and by the
/// processor time of the client.
fn beside_plain(work: &str, taken: &[Taken]) -> [Line; 2] {
    let clocks = [(Clock::Wall, OVERHEAD), (Clock::Cpu, Goal::None)];
    clocks.map(|(clock, goal)| Line::compare(work, &taken[0], &taken[1], clock, goal))
}
