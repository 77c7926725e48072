//! Lineages: what is found in them. By which plans, `audit_plans` looks at.

use media_schema::{LineageBackend, StoreError, StoredHash, Timestamp};

use crate::rows::{Jobs, hash_of};
use crate::support::{Fresh, fresh};

/// How many jobs are above and below a content.
fn trace(fresh: &Fresh, content: i64) -> (usize, usize) {
    let hashes = [StoredHash::from(hash_of(content).as_str())];
    let mut found = (0, 0);
    fresh
        .database
        .read_lineage(&mut |reader| {
            let above = reader.ancestors(&hashes)?;
            let below = reader.descendants(&hashes)?;
            found = (above.len(), below.len());
            Ok(())
        })
        .unwrap();
    found
}

#[test]
fn a_chain_is_found_whole_with_and_without_statistics() {
    let Some(fresh) = fresh() else { return };
    // A thousand chains of a hundred jobs.
    Jobs {
        numbers: "0, 99999",
        input: "n + n / 100",
        output: "n + n / 100 + 1",
    }
    .make(&fresh);
    for statistics in ["SELECT", "ANALYZE"] {
        fresh.run(statistics);
        for _ in 0..8 {
            assert_eq!(trace(&fresh, 50), (50, 50));
        }
    }
}

#[test]
fn a_web_of_many_jobs_is_found_with_each_job_once() {
    let Some(fresh) = fresh() else { return };
    // Everything was made from what was made before it, each twice.
    Jobs {
        numbers: "1, 100000",
        input: "n / 4",
        output: "n / 2 + 1",
    }
    .make(&fresh);
    for statistics in ["SELECT", "ANALYZE"] {
        fresh.run(statistics);
        assert_eq!(trace(&fresh, 0), (0, 100_000));
        let (above, below) = trace(&fresh, 50_001);
        assert!((20..40).contains(&above) && below == 0, "{above} {below}");
    }
}

#[test]
fn a_lineage_is_as_of_one_moment() {
    let Some(fresh) = fresh() else { return };
    let job = |numbers| Jobs {
        numbers,
        input: "n",
        output: "n + 1",
    };
    job("1, 1").make(&fresh);
    let hash = StoredHash::from(hash_of(2).as_str());
    fresh
        .database
        .read_lineage(&mut |reader| {
            assert_eq!(reader.ancestors(std::slice::from_ref(&hash))?.len(), 1);
            job("2, 2").make(&fresh);
            assert!(reader.descendants(std::slice::from_ref(&hash))?.is_empty());
            Ok(())
        })
        .unwrap();
    assert_eq!(trace(&fresh, 2), (1, 1));
}

#[test]
fn a_lineage_is_read_again_when_its_connection_was_cut() {
    let Some(fresh) = fresh() else { return };
    Jobs {
        numbers: "1, 1",
        input: "n",
        output: "n + 1",
    }
    .make(&fresh);
    let mut times = 0;
    fresh
        .database
        .read_lineage(&mut |reader| {
            times += 1;
            if times == 1 {
                fresh.run(
                    "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
            }
            reader.knows(&hash_of(2)).map(|known| assert!(known))
        })
        .unwrap();
    assert_eq!(times, 2);
    // What the reader of the rows says is not tried again.
    let error = fresh
        .database
        .read_lineage(&mut |_| Err(StoreError::NoCriterion))
        .unwrap_err();
    assert!(matches!(error, StoreError::NoCriterion));
}

#[test]
fn latest_checks_answer_each_question_in_order() {
    let Some(fresh) = fresh() else { return };
    fresh.run(
        "INSERT INTO fixity_checks (audit_id, path_digest, path, expected, actual, verdict, \
         checked_at) SELECT 1, sha256(convert_to(path, 'UTF8')), path, expected, actual, verdict, \
         seconds FROM (VALUES ('/a', 'sha256:1', NULL, 'missing', 1), \
         ('/a', 'sha256:1', 'sha256:9', 'changed', 2), ('/b', 'sha256:1', NULL, 'intact', 3), \
         ('/b', 'sha256:2', NULL, 'intact', 'NaN'::float8)) \
         AS made(path, expected, actual, verdict, seconds)",
    );
    let [one, two, nul] = ["sha256:1", "sha256:2", "sha256:\0"].map(StoredHash::from);
    let asked = [
        (&one, "/b"),
        (&nul, "/b"),
        (&two, "/b"),
        (&one, "/a"),
        (&one, "/c"),
        (&one, "/a"),
    ];
    let mut answers = Vec::new();
    fresh
        .database
        .read_lineage(&mut |reader| {
            assert!(reader.has_checks()?);
            answers = reader.checks(&asked)?;
            Ok(())
        })
        .unwrap();
    let verdicts: Vec<_> = answers
        .iter()
        .map(|answer| match answer {
            Ok(latest) => latest.as_ref().map(|latest| latest.verdict.as_str()),
            Err(error) => Some(error.column),
        })
        .collect();
    let expected = [
        Some("intact"),
        None,
        Some("checked_at"),
        Some("changed"),
        None,
        Some("changed"),
    ];
    assert_eq!(verdicts, expected);
    let latest = answers[3].as_ref().unwrap().as_ref().unwrap();
    assert_eq!(latest.actual, Some(StoredHash::from("sha256:9")));
    assert_eq!(Timestamp::from_unix_seconds(2.0), Some(latest.checked_at));
}
