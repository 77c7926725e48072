//! How the server goes about the statements on large tables: along the index
//! that is meant for each, and never through all rows, as its own log tells.

use std::num::NonZero;

use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::{
    AnalysisBackend as _, AnalysisFilter, AnalysisJob, AnalysisKey, JobStore,
    ProcessingBackend as _, ProcessingFilter, ProcessingJob, ProcessingKey, Prune, Query,
    Timestamp,
};
use postgres_cluster::{Cluster, Programs};

/// A prepared statement is planned for its values a few times, and then perhaps
/// once for all.
const TIMES: usize = 8;

const FILL: &str = "
    INSERT INTO analysis_jobs
    SELECT i, sha256(convert_to(path, 'UTF8')), sha256(convert_to(config, 'UTF8')), path, hash,
        config, '[]', NULL, i, 0
    FROM generate_series(1, 100000) AS i,
        LATERAL (SELECT '/media/' || i / 2 AS path,
            -- Half of all rows have one content and the same configuration, the oldest.
            CASE WHEN i <= 50000 THEN 'md5:old' ELSE 'md5:' || i END AS hash,
            CASE WHEN i <= 50000 THEN 'config:' || i % 2 ELSE 'other:' || i % 2 END AS config)
        AS row;
    INSERT INTO processing_jobs
    SELECT i, sha256(convert_to(job, 'UTF8')), sha256(convert_to(input, 'UTF8')),
        sha256(convert_to(output, 'UTF8')), job, action, input, 'md5:' || input, output,
        'md5:' || output, '{\"start\":' || i || '}', NULL, i
    FROM generate_series(1, 100000) AS i,
        LATERAL (SELECT 'job-' || i AS job,
            CASE WHEN i <= 50000 THEN 'cut' ELSE 'convert' END AS action,
            CASE WHEN i <= 50000 THEN '/media/long' ELSE '/media/' || i END AS input,
            '/out/' || i AS output) AS row;
    INSERT INTO processing_job_names SELECT job_digest FROM processing_jobs;
    SELECT setval('analysis_jobs_id_seq', 100000), setval('processing_jobs_id_seq', 100000);
    ANALYZE;
";

struct Large {
    server: Cluster,
    database: PostgresDatabase,
}

impl Large {
    fn new(programs: &Programs) -> Self {
        let server = Cluster::builder(programs)
            .setting("shared_preload_libraries", "auto_explain")
            .setting("auto_explain.log_analyze", "on")
            .setting("auto_explain.log_timing", "off")
            .start()
            .unwrap();
        ConnectOptions::new().open(&server.url()).unwrap();
        server.psql(FILL).unwrap();
        server
            .psql("ALTER DATABASE postgres SET auto_explain.log_min_duration = 0")
            .unwrap();
        let database = ConnectOptions::new()
            .connections(1)
            .open(&server.url())
            .unwrap();
        Self { server, database }
    }

    /// The plans by which a call was answered.
    fn plans(&self, call: impl Fn(&PostgresDatabase)) -> String {
        let before = self.server.log().len();
        for _ in 0..TIMES {
            call(&self.database);
        }
        let log = self.server.log();
        let plans = log.get(before..).unwrap_or_default().to_owned();
        assert!(plans.contains("Query Text: "), "{plans}");
        plans
    }

    /// That a call looks at few rows, along an index.
    fn expect(&self, name: &str, index: &str, call: impl Fn(&PostgresDatabase)) {
        let plans = self.plans(call);
        let said = |problem: &str| format!("{name}: {problem}: {plans}");
        let along = plans.matches(&format!(" using {index} on ")).count()
            + plans.matches(&format!("Scan on {index} ")).count();
        assert!(along >= TIMES, "{}", said("another index"));
        assert!(!plans.contains("Seq Scan"), "{}", said("all rows"));
        for line in plans.lines() {
            assert!(rows(line) <= 500, "{}", said(line));
        }
    }
}

/// How many rows a line of a plan is about.
fn rows(line: &str) -> u64 {
    let number = |before: &str| {
        let (_, behind) = line.rsplit_once(before)?;
        let digits = behind.split(|c: char| !c.is_ascii_digit()).next()?;
        digits.parse::<u64>().ok()
    };
    if line.contains("actual") {
        number("rows=").unwrap_or(0)
    } else if line.contains("Rows Removed") {
        number(": ").unwrap_or(0)
    } else {
        0
    }
}

fn time(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_unix_seconds(seconds)
}

#[expect(clippy::unnecessary_wraps, reason = "as the filters take it")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// The first two pages.
fn two_pages<J>(database: &PostgresDatabase, filter: impl Fn() -> J::Filter)
where
    J: media_schema::Job,
    PostgresDatabase: JobStore<J>,
{
    let query = Query::from(filter()).limit(100);
    let page = database.list(&query).unwrap();
    if let Some(next) = page.next {
        let query = Query::from(filter()).limit(100).after(next);
        assert!(!database.list(&query).unwrap().rows.is_empty());
    }
}

#[test]
fn statements_go_along_their_indexes() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let large = Large::new(&programs);
    analyses(&large);
    jobs(&large);
    batches(&large);
}

fn analyses(large: &Large) {
    let list = |name, index, filter: &dyn Fn() -> AnalysisFilter| {
        large.expect(name, index, |database| {
            two_pages::<AnalysisJob>(database, filter);
        });
    };
    let filter = AnalysisFilter::default;
    list("all", "idx_analysis_created_at", &filter);
    list("in a span of time", "idx_analysis_created_at", &|| {
        AnalysisFilter {
            since: time(20_000.0),
            until: time(30_000.0),
            ..filter()
        }
    });
    list("path", "idx_analysis_path_created_at", &|| AnalysisFilter {
        file_path: some("/media/77"),
        ..filter()
    });
    for hash in ["md5:old", "md5:77777"] {
        list("hash", "idx_analysis_hash_created_at", &|| AnalysisFilter {
            file_hash: some(hash),
            ..filter()
        });
    }
    for config in ["config:1", "other:1", "none"] {
        list("config", "idx_analysis_config_created_at", &|| {
            AnalysisFilter {
                config_hash: some(config),
                until: time(40_000.0),
                ..filter()
            }
        });
    }
    list("all three", "idx_analysis_path_created_at", &|| {
        AnalysisFilter {
            file_path: some("/media/77"),
            file_hash: some("md5:old"),
            config_hash: some("config:1"),
            ..filter()
        }
    });
    let key = AnalysisKey {
        file_path: "/media/77",
        config_hash: "config:1",
    };
    large.expect("get", "analysis_jobs_pkey", |database| {
        assert!(
            JobStore::<AnalysisJob>::get(database, key)
                .unwrap()
                .is_some()
        );
    });
    large.expect("content", "idx_analysis_hash_created_at", |database| {
        let found = database.newest_of_content("md5:old", "config:1").unwrap();
        assert!(found.is_some());
        let found = database.newest_of_content("md5:77777", "none").unwrap();
        assert!(found.is_none());
    });
    large.expect("knows", "idx_analysis_path_created_at", |database| {
        assert!(database.knows_path("/media/77").unwrap());
    });
}

fn jobs(large: &Large) {
    let list = |name, index, filter: &dyn Fn() -> ProcessingFilter| {
        large.expect(name, index, |database| {
            two_pages::<ProcessingJob>(database, filter);
        });
    };
    let filter = ProcessingFilter::default;
    list("all", "idx_processing_created_at", &filter);
    for action in ["cut", "convert", "none"] {
        list("action", "idx_processing_action_created_at", &|| {
            ProcessingFilter {
                action: some(action),
                ..filter()
            }
        });
    }
    for index in [
        "idx_processing_input_path_created_at",
        "idx_processing_output_path_created_at",
    ] {
        for path in ["/media/long", "/media/77777", "/out/77"] {
            list("path", index, &|| ProcessingFilter {
                path: some(path),
                ..filter()
            });
        }
    }
    list("input", "idx_processing_input_path_created_at", &|| {
        ProcessingFilter {
            input_path: some("/media/long"),
            action: some("cut"),
            ..filter()
        }
    });
    for index in [
        "idx_processing_input_hash_created_at",
        "idx_processing_output_hash_created_at",
    ] {
        list("hash", index, &|| ProcessingFilter {
            hash: some("md5:/media/long"),
            ..filter()
        });
    }
    large.expect("get", "idx_processing_job", |database| {
        let key = ProcessingKey { job_id: "job-77" };
        assert!(
            JobStore::<ProcessingJob>::get(database, key)
                .unwrap()
                .is_some()
        );
    });
    large.expect("done", "idx_processing_input_hash_created_at", |database| {
        let mut found = 0;
        database
            .done_jobs("convert", "md5:/media/77777", &mut |_| found += 1)
            .unwrap();
        assert_eq!(found, 1);
    });
    large.expect(
        "content",
        "idx_processing_input_hash_created_at",
        |database| {
            assert!(
                database
                    .knows_content("convert", "md5:/media/77777")
                    .unwrap()
            );
        },
    );
    large.expect(
        "input",
        "idx_processing_input_path_created_at",
        |database| {
            assert!(database.knows_input("convert", "/media/77777").unwrap());
        },
    );
}

fn batches(large: &Large) {
    let names: Vec<_> = (1..=100).map(|number| format!("job-{number}")).collect();
    large.expect("get many", "idx_processing_job", |database| {
        let keys: Vec<_> = names
            .iter()
            .map(|job_id| ProcessingKey { job_id })
            .collect();
        let found = JobStore::<ProcessingJob>::get_many(database, &keys).unwrap();
        assert!(found.iter().all(|found| matches!(found, Ok(Some(_)))));
    });
    let prune = Prune {
        keep_latest: NonZero::new(1),
        missing: true,
        ..Prune::default()
    };
    large.expect("walk", "idx_analysis_id", |database| {
        assert_eq!(
            JobStore::<AnalysisJob>::walk(database, 70_000)
                .unwrap()
                .len(),
            500
        );
    });
    large.expect(
        "prune",
        "idx_processing_input_path_created_at",
        |database| {
            let page = JobStore::<ProcessingJob>::walk(database, 70_000).unwrap();
            let rows = page.into_iter().map(|walked| media_schema::Walked {
                id: walked.id,
                bytes: walked.bytes,
                row: walked.row.unwrap(),
            });
            let gone =
                JobStore::<ProcessingJob>::prune_rows(database, rows.collect(), &prune, true);
            assert!(gone.unwrap().is_empty());
        },
    );
}
