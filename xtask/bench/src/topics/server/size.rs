//! What a million rows take, and how they answer.

use postgres_cluster::Cluster;

use super::{Tables, beside_plain, fill, lookup};
use crate::bench::Bench;
use crate::data::{new_analysis, numbers, ranges};
use crate::report::{Line, Topic};
use crate::{Result, real};

const ROWS: usize = 1_000_000;
const FEW: usize = 20_000;

/// Look-ups in a round.
const LOOKUPS: usize = 50;

/// Saves of which the log is looked at.
const SAVES: usize = 500;

const DATABASE: &str = "size";

/// The table without its indexes, and each of them.
const SIZES: &str = "SELECT 'table', pg_table_size('analysis_jobs') UNION ALL \
     (SELECT 'index ' || indexrelname, pg_relation_size(indexrelid) \
     FROM pg_stat_user_indexes WHERE relname = 'analysis_jobs' ORDER BY 1) UNION ALL \
     SELECT 'all', pg_total_relation_size('analysis_jobs')";

pub(super) fn run(bench: &Bench, server: &Cluster) -> Result<Topic> {
    let rows = if bench.is_quick() { FEW } else { ROWS };
    let mut tables = Tables::create(server, DATABASE)?;
    let before = logged(server)?;
    fill(&tables.ours, 0..rows, 2)?;
    let filling = real(logged(server)? - before) / real(rows);
    server.psql_in(DATABASE, "VACUUM ANALYZE; CHECKPOINT")?;
    let mut lines = Vec::new();
    for line in server.psql_in(DATABASE, SIZES)?.lines() {
        let (name, bytes) = line.split_once('|').ok_or("no size")?;
        let bytes = real(bytes.parse()?) / real(rows);
        lines.push(Line::figure(name, &format!("{bytes:.0} bytes a row")));
    }
    let saving = saved_one_by_one(server, &tables, rows)?;
    for (work, bytes) in [
        ("log, `save_many` of 1,000", filling),
        ("log, one by one after a checkpoint", saving),
    ] {
        lines.push(Line::figure(work, &format!("{bytes:.0} bytes a row")));
    }
    let rounds = bench.rounds(41);
    let known = |round| numbers(round, LOOKUPS, rows);
    lines.extend(beside_plain(
        "hit",
        &lookup::hits(rounds, &mut tables, known, true),
    ));
    let many = lookup::many(rounds, &mut tables, rows);
    lines.extend(beside_plain("a row, 1,000 keys in one question", &many));
    Ok(Topic {
        name: "server",
        title: "Server: a million rows",
        work: format!(
            "{rows} rows of two ranges, saved by the thousand in the order of their numbers, \
             after `VACUUM`; what they, and {SAVES} saves of one row each, added to the server's \
             log, to which a page goes in full when it is first changed after a checkpoint; and \
             random look-ups."
        ),
        lines,
    })
}

/// The bytes of log that the server has written.
fn logged(server: &Cluster) -> Result<usize> {
    let said = server.psql("SELECT pg_current_wal_insert_lsn() - '0/0'")?;
    Ok(said.trim().parse()?)
}

/// The bytes of log for each of some saves.
fn saved_one_by_one(server: &Cluster, tables: &Tables, rows: usize) -> Result<f64> {
    let (before, found) = (logged(server)?, ranges(2));
    for number in rows..rows + SAVES {
        tables.ours.save(&new_analysis(number, &found)?)?;
    }
    Ok(real(logged(server)? - before) / real(SAVES))
}
