//! The doctor: what is told of servers and databases that are not as they
//! should be.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use media_postgres::{ConnectOptions, diagnose};
use media_schema::{Diagnosis, FindingKind, JobStore, NewProcessing, ProcessingJob, Severity};
use postgres::{Client, NoTls};
use postgres_cluster::Cluster;

use crate::rows::{Jobs, analyses};
use crate::support::{Fresh, fresh};

/// What the findings of a kind say, with how bad they are.
fn of(diagnosis: &Diagnosis, kind: FindingKind) -> Vec<(Severity, &str)> {
    let findings = diagnosis.findings.iter();
    findings
        .filter(|finding| finding.kind == kind)
        .map(|finding| (finding.severity, finding.message.as_str()))
        .collect()
}

fn only(diagnosis: &Diagnosis, kind: FindingKind) -> (Severity, &str) {
    let found = of(diagnosis, kind);
    assert_eq!(found.len(), 1, "{kind}: {diagnosis:#?}");
    found[0]
}

/// Waits until the server says yes.
fn until(client: &mut Client, question: &str) {
    let started = Instant::now();
    while !client.query_one(question, &[]).unwrap().get::<_, bool>(0) {
        assert!(started.elapsed() < Duration::from_secs(60), "{question}");
    }
}

fn after(fresh: &Fresh, change: &str, kind: FindingKind) -> (Severity, String) {
    fresh.run(change);
    let diagnosis = diagnose(&fresh.url).unwrap();
    let (severity, message) = only(&diagnosis, kind);
    let finding = diagnosis
        .findings
        .iter()
        .find(|finding| finding.kind == kind);
    assert!(finding.unwrap().advice.is_some());
    (severity, message.to_owned())
}

#[test]
fn a_server_as_it_should_be() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .setting("fsync", "on")
        .setting("synchronous_commit", "off")
        .start()
        .unwrap();
    let url = server.url();
    let diagnosis = diagnose(&url).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::NoTable).0, Severity::Note);
    assert_eq!(
        server
            .psql("select count(*) from pg_class where relname like '%jobs'")
            .unwrap(),
        "0"
    );
    drop(ConnectOptions::new().open(&url).unwrap());
    let diagnosis = diagnose(&url).unwrap();
    assert_eq!(diagnosis.severity(), Severity::Ok, "{diagnosis:#?}");
    let kinds: Vec<_> = diagnosis
        .findings
        .iter()
        .map(|finding| finding.kind)
        .collect();
    assert_eq!(
        kinds,
        [
            FindingKind::Server,
            FindingKind::Encryption,
            FindingKind::Durability,
            FindingKind::Connections,
            FindingKind::Clock,
            FindingKind::Claims,
            FindingKind::Rights,
            FindingKind::Schema,
            FindingKind::Names,
            FindingKind::Rows,
        ]
    );
    let (_, durability) = only(&diagnosis, FindingKind::Durability);
    assert!(durability.contains("synchronous_commit"), "{durability}");
    assert!(
        only(&diagnosis, FindingKind::Server)
            .1
            .contains(programs.version())
    );
}

#[test]
fn a_server_that_forgets() {
    let Some(fresh) = fresh() else { return };
    // As those are that tests share.
    let diagnosis = diagnose(&fresh.url).unwrap();
    let (severity, message) = only(&diagnosis, FindingKind::Durability);
    assert_eq!(severity, Severity::Error);
    assert!(message.starts_with("fsync is off"), "{message}");
}

#[test]
fn a_server_that_is_not_there_or_lets_nobody_in() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let diagnosis = diagnose(&format!("postgres://ada:secret@127.0.0.1:{port}/media")).unwrap();
    assert_eq!(
        only(&diagnosis, FindingKind::Unreachable).0,
        Severity::Error
    );
    assert!(!format!("{diagnosis:?}").contains("secret"));
    assert!(diagnose("postgres://ada:secret@host:port/media").is_err());

    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .role("ada", "right")
        .setting("max_connections", "8")
        .start()
        .unwrap();
    let diagnosis = diagnose(&server.url_as("ada", "wrong-secret", "postgres")).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::Refused).0, Severity::Error);
    assert!(!format!("{diagnosis:?}").contains("wrong-secret"));
    let diagnosis = diagnose(&server.url_of("nothing")).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::NoDatabase).0, Severity::Error);

    let url = server.url();
    let connect = || Client::connect(&url, NoTls).unwrap();
    let mut others: Vec<_> = (0..6).map(|_| connect()).collect();
    // The process of a connection ends some time after it.
    let are_six = "SELECT count(*) = 6 FROM pg_stat_activity \
                     WHERE backend_type = 'client backend'";
    until(&mut others[0], are_six);
    let diagnosis = diagnose(&url).unwrap();
    assert_eq!(
        only(&diagnosis, FindingKind::Connections).0,
        Severity::Warning
    );
    until(&mut others[0], are_six);
    others.push(connect());
    // There is no room for the second connection, by which claims are tried.
    let diagnosis = diagnose(&url).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::Claims).0, Severity::Note);
}

#[test]
fn a_standby_can_be_read() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = Cluster::builder(&programs).start().unwrap();
    drop(ConnectOptions::new().open(&primary.url()).unwrap());
    let standby = primary.standby(true).unwrap();
    let diagnosis = diagnose(&standby.url()).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::Standby).0, Severity::Note);
    assert_eq!(only(&diagnosis, FindingKind::Claims).0, Severity::Ok);
    assert_eq!(only(&diagnosis, FindingKind::Rows).0, Severity::Ok);
    let (severity, rights) = only(&diagnosis, FindingKind::Rights);
    assert_eq!(
        (severity, rights),
        (Severity::Ok, "user postgres may select")
    );
    // Of several hosts the one that takes writes is looked at.
    let both = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        standby.port(),
        primary.port()
    );
    assert_eq!(of(&diagnose(&both).unwrap(), FindingKind::Standby), []);
}

#[test]
fn an_encrypted_connection() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).tls().start().unwrap();
    let diagnosis = diagnose(&format!("{}?sslmode=require", server.url())).unwrap();
    let (severity, message) = only(&diagnosis, FindingKind::Encryption);
    assert_eq!(severity, Severity::Ok);
    assert!(message.contains("TLSv1"), "{message}");
    let ca = server.tls().unwrap().unrelated_ca().display().to_string();
    let url = format!("{}?sslmode=verify-full&sslrootcert={ca}", server.url());
    let diagnosis = diagnose(&url).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::Encryption).0, Severity::Error);
}

#[test]
fn rights_that_a_user_lacks() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .role("ada", "pw")
        .start()
        .unwrap();
    let url = server.url_as("ada", "pw", "postgres");
    server
        .psql("revoke create on schema public from ada, public")
        .unwrap();
    let diagnosis = diagnose(&url).unwrap();
    let (severity, message) = only(&diagnosis, FindingKind::Rights);
    assert_eq!(severity, Severity::Warning);
    assert!(message.contains("may not create tables"), "{message}");

    drop(ConnectOptions::new().open(&server.url()).unwrap());
    let diagnosis = diagnose(&url).unwrap();
    let (severity, message) = only(&diagnosis, FindingKind::Rights);
    assert_eq!(severity, Severity::Error);
    let all = "SELECT, INSERT, UPDATE, DELETE, USAGE of its sequence on analysis_jobs";
    assert!(message.contains(all), "{message}");

    server
        .psql("grant select on all tables in schema public to ada")
        .unwrap();
    let diagnosis = diagnose(&url).unwrap();
    let (severity, message) = only(&diagnosis, FindingKind::Rights);
    assert_eq!(severity, Severity::Warning);
    assert!(message.contains("; INSERT, UPDATE, DELETE, USAGE of its sequence on fixity_checks"));
    assert!(!message.contains("media_store_schema"), "{message}");

    server
        .psql("grant insert, update, delete on all tables in schema public to ada")
        .unwrap();
    server
        .psql("grant usage on all sequences in schema public to ada")
        .unwrap();
    assert_eq!(
        only(&diagnose(&url).unwrap(), FindingKind::Rights).0,
        Severity::Ok
    );
}

#[test]
fn tables_that_are_not_ours() {
    let Some(fresh) = fresh() else { return };
    let kind = FindingKind::Index;
    let (severity, message) = after(&fresh, "DROP INDEX idx_processing_job", kind);
    assert_eq!(severity, Severity::Warning);
    assert_eq!(
        message,
        "index idx_processing_job is missing, so that lists are slow"
    );
    let (severity, message) = after(
        &fresh,
        "CREATE INDEX idx_processing_job ON processing_jobs (job_digest);
         UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_processing_job'::regclass",
        kind,
    );
    assert_eq!(severity, Severity::Warning);
    assert!(
        message.starts_with("index idx_processing_job was not built"),
        "{message}"
    );

    let kind = FindingKind::UnusableTable;
    let change = "ALTER TABLE fixity_checks DROP COLUMN verdict";
    let (severity, message) = after(&fresh, change, kind);
    assert_eq!(severity, Severity::Error);
    assert_eq!(message, "fixity_checks.verdict is missing");

    let change = "INSERT INTO media_store_schema VALUES (99)";
    let (severity, _) = after(&fresh, change, FindingKind::NewerVersion);
    assert_eq!(severity, Severity::Error);
}

#[test]
fn names_without_a_job_and_jobs_without_a_name() {
    let Some(fresh) = fresh() else { return };
    let hash = media_hash::hash_bytes::<media_hash::Sha256>(b"bytes");
    let new = |job_id: &str| {
        NewProcessing::new(
            job_id,
            "cut",
            ("/in.wav", hash.clone()),
            ("/out.wav", hash.clone()),
        )
        .unwrap()
    };
    JobStore::<ProcessingJob>::save(&fresh.database, &new("kept")).unwrap();
    JobStore::<ProcessingJob>::save(&fresh.database, &new("lost")).unwrap();
    let diagnosis = diagnose(&fresh.url).unwrap();
    assert_eq!(only(&diagnosis, FindingKind::Names).0, Severity::Ok);

    let kind = FindingKind::Names;
    let change = "DELETE FROM processing_jobs WHERE job_id = 'lost'";
    let (severity, message) = after(&fresh, change, kind);
    assert_eq!(severity, Severity::Warning);
    assert!(
        message.starts_with("1 in processing_job_names without a job"),
        "{message}"
    );
    // The advice is a statement that mends it.
    let diagnosis = diagnose(&fresh.url).unwrap();
    let finding = diagnosis
        .findings
        .iter()
        .find(|finding| finding.kind == kind);
    fresh.run(
        finding
            .unwrap()
            .advice
            .as_deref()
            .unwrap()
            .trim_matches('`'),
    );
    assert_eq!(only(&diagnose(&fresh.url).unwrap(), kind).0, Severity::Ok);

    let (severity, message) = after(&fresh, "DELETE FROM processing_job_names", kind);
    assert_eq!(severity, Severity::Warning);
    assert!(
        message.starts_with("1 in processing_jobs without a name"),
        "{message}"
    );
}

#[test]
fn rows_that_lists_leave_out_or_put_first() {
    let Some(fresh) = fresh() else { return };
    analyses(&fresh, "1, 250");
    fresh.run(
        "UPDATE analysis_jobs SET created_at = 'NaN' WHERE id = 2;
         UPDATE analysis_jobs SET created_at = '-infinity' WHERE id = 3;
         UPDATE analysis_jobs SET created_at = 1e11 WHERE id IN (4, 5);
         UPDATE analysis_jobs SET ranges = '[NaN]' WHERE id IN (1, 200)",
    );
    let diagnosis = diagnose(&fresh.url).unwrap();
    let (severity, message) = only(&diagnosis, FindingKind::UnreadableRow);
    assert_eq!(severity, Severity::Warning);
    assert_eq!(
        message,
        "2 of 250 rows have a time that is no finite number: analysis_jobs row 2: created_at, \
         analysis_jobs row 3: created_at"
    );
    let (severity, message) = only(&diagnosis, FindingKind::FutureTime);
    assert_eq!(severity, Severity::Warning);
    assert!(
        message.starts_with("2 rows with a time in the future"),
        "{message}"
    );
    let (severity, message) = only(&diagnosis, FindingKind::InvalidJson);
    assert_eq!(severity, Severity::Note);
    assert_eq!(
        message,
        "2 columns of the newest 250 rows with text that is not valid JSON: analysis_jobs row \
         200: ranges, analysis_jobs row 1: ranges"
    );
}

#[test]
fn tables_that_nobody_looks_after() {
    let Some(fresh) = fresh() else { return };
    fresh.run(
        "ALTER TABLE processing_jobs SET (autovacuum_enabled = off);
         ALTER TABLE processing_job_names SET (autovacuum_enabled = off)",
    );
    Jobs {
        numbers: "1, 30000",
        input: "n",
        output: "n + 1",
    }
    .make(&fresh);
    fresh.run("UPDATE processing_jobs SET action = 'cut'");
    // The server is told of it when a connection ends, and that nobody waits for.
    let known = "SELECT n_dead_tup >= 30000 FROM pg_stat_user_tables \
                 WHERE relname = 'processing_jobs'";
    until(&mut fresh.client(), known);
    let diagnosis = diagnose(&fresh.url).unwrap();
    let analysed = of(&diagnosis, FindingKind::Statistics);
    assert_eq!(analysed.len(), 2, "{diagnosis:#?}");
    assert_eq!(analysed[0].0, Severity::Note);
    let (severity, message) = only(&diagnosis, FindingKind::Vacuum);
    assert_eq!(severity, Severity::Note);
    assert!(message.contains("vacuumed never"), "{message}");
}
