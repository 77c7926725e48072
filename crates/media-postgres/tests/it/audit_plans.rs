//! Query plans: whatever the planner knows of the tables, no statement reads one
//! from its beginning to its end, but for those that have to.

use std::collections::BTreeSet;

use media_postgres::{audit_statements, lineage_statements};

use crate::rows::{Jobs, analyses};
use crate::support::{Fresh, fresh};

/// What a statement gets: nothing is known of that.
fn parameters(sql: &str) -> String {
    let numbers: BTreeSet<u32> = sql
        .split('$')
        .skip(1)
        .filter_map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_digit());
            rest[..end.unwrap_or(rest.len())].parse().ok()
        })
        .collect();
    let nulls: Vec<_> = numbers.iter().map(|_| "NULL").collect();
    if nulls.is_empty() {
        String::new()
    } else {
        format!("({})", nulls.join(", "))
    }
}

/// Walks of all rows by time or by number, which are for those that want all.
const WALKS: [&str; 3] = [
    "idx_analysis_created_at",
    "idx_processing_created_at",
    "idx_fixity_checks_id",
];

/// The statements that go along a whole index, each with the one that it may:
/// the last audit of a scope is looked for from the newest on, among the few
/// there are.
const ALONG: [(&str, &str); 1] = [("begin an audit", "fixity_audits_pkey")];

/// Whether an index is read from its beginning to its end: the lines after a
/// scan, up to those of the next node, name no condition to look up in it.
fn reads_a_whole_index(name: &str, plan: &[String]) -> bool {
    let may = |line: &str| {
        let mut along = ALONG.iter();
        along.any(|(statement, index)| *statement == name && line.contains(index))
    };
    plan.iter().enumerate().any(|(at, line)| {
        let is_scan = line.contains("Index Scan") || line.contains("Index Only Scan");
        let mut about = plan[at + 1..]
            .iter()
            .take_while(|line| !line.contains("->"));
        is_scan && !may(line) && !about.any(|line| line.contains("Index Cond:"))
    })
}

/// The plans that read a whole table.
fn whole_tables(fresh: &Fresh) -> Vec<String> {
    let mut client = fresh.client();
    client
        .batch_execute("SET plan_cache_mode = force_generic_plan; SET jit = off")
        .unwrap();
    let mut found = Vec::new();
    let statements = [audit_statements(), lineage_statements()];
    assert!(statements.iter().all(|statements| !statements.is_empty()));
    for (name, sql) in statements.into_iter().flatten() {
        client
            .batch_execute(&format!("PREPARE it AS {sql}"))
            .unwrap();
        let explain = format!("EXPLAIN EXECUTE it{}", parameters(sql));
        let plan: Vec<String> = client
            .query(&explain, &[])
            .unwrap()
            .iter()
            .map(|row| row.get(0))
            .collect();
        client.batch_execute("DEALLOCATE it").unwrap();
        let reads_all = |line: &String| {
            // An import looks for all its audits at once, among the few there are.
            let is_join = name.starts_with("import") && line.contains("on fixity_audits");
            line.contains("Seq Scan on") && !is_join
                || !name.starts_with("walk the checks")
                    && WALKS.iter().any(|walk| line.contains(walk))
        };
        if plan.iter().any(reads_all) || reads_a_whole_index(name, &plan) {
            found.push(format!("{name}:\n{}", plan.join("\n")));
        }
    }
    found
}

fn fill(fresh: &Fresh, first: u32, last: u32) {
    Jobs {
        numbers: &format!("{first}, {last}"),
        input: "n + n / 100",
        output: "n + n / 100 + 1",
    }
    .make(fresh);
    analyses(fresh, &format!("{first}, {last}"));
    fresh.run(&format!(
        "INSERT INTO fixity_audits (scope, started_at, last_place, files, bytes, intact, changed, \
         missing, moved, unreadable, unverifiable, unreadable_rows) \
         SELECT 'all', n, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM generate_series({first}, {last}) AS n; \
         INSERT INTO fixity_files (scope, path_digest, path, place) \
         SELECT 'all', path_digest, file_path, id FROM analysis_jobs WHERE created_at >= {first}; \
         INSERT INTO fixity_checks (audit_id, path_digest, path, expected, verdict, checked_at) \
         SELECT 1, path_digest, file_path, file_hash, 'intact', created_at FROM analysis_jobs \
         WHERE created_at >= {first}"
    ));
}

#[test]
fn indexes_are_walked_whatever_is_known_of_the_tables() {
    // Never analysed; while there was little; and as they are.
    for (before, after) in [
        ("SELECT", "SELECT"),
        ("ANALYZE", "SELECT"),
        ("SELECT", "ANALYZE"),
    ] {
        let Some(fresh) = fresh() else { return };
        for table in [
            "processing_jobs",
            "analysis_jobs",
            "fixity_checks",
            "fixity_files",
        ] {
            fresh.run(&format!(
                "ALTER TABLE {table} SET (autovacuum_enabled = off)"
            ));
        }
        fill(&fresh, 0, 9);
        fresh.run(before);
        fill(&fresh, 10, 49999);
        fresh.run(after);
        let found = whole_tables(&fresh);
        assert!(
            found.is_empty(),
            "{before}, then {after}:\n{}",
            found.join("\n")
        );
    }
}
