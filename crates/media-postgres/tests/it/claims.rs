//! Claims: who has one, and what becomes of it when a connection ends.

use std::time::{Duration, Instant};

use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::{
    AnalysisBackend as _, AnalysisJob, AnalysisKey, Backend as _, Claim, ClaimError, JobStore,
    NewAnalysis, StoreError, Waiting,
};
use postgres_cluster::Cluster;

fn open(address: &str) -> PostgresDatabase {
    ConnectOptions::new()
        .timeout(Duration::from_secs(20))
        .open(address)
        .unwrap()
}

const AT_ONCE: Waiting<'static> = Waiting {
    patience: Some(Duration::ZERO),
    cancel: None,
};

fn claim(database: &PostgresDatabase, name: &str) -> Result<Claim, ClaimError> {
    database.claim(&["test", name], AT_ONCE)
}

fn is_taken(claimed: &Result<Claim, ClaimError>) -> bool {
    matches!(claimed, Err(ClaimError::TimedOut { .. }))
}

fn new() -> NewAnalysis {
    let hash = media_hash::hash_bytes::<media_hash::Sha256>;
    NewAnalysis::new("/media/a.wav", hash("a"), hash("config")).unwrap()
}

const KEY: &str = "/media/a.wav";

fn saved(database: &PostgresDatabase) -> bool {
    let config = media_hash::hash_bytes::<media_hash::Sha256>("config");
    let key = AnalysisKey {
        file_path: KEY,
        config_hash: config.as_str(),
    };
    JobStore::<AnalysisJob>::get(database, key)
        .unwrap()
        .is_some()
}

#[test]
fn one_has_it_among_threads_and_clients() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let (one, other) = (open(&url), open(&url));
    let held = claim(&one, "a").unwrap();
    assert!(!held.has_waited());
    for database in [&one, &other] {
        assert!(is_taken(&claim(database, "a")));
        drop(claim(database, "b").unwrap());
    }
    drop(held);
    drop(claim(&other, "a").unwrap());
    drop(claim(&one, "a").unwrap());
}

#[test]
fn schemas_of_a_database_do_not_wait_for_each_other() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    server.psql_in(name, "CREATE SCHEMA beside").unwrap();
    let here = open(&url);
    let beside = open(&format!("{url}?options=-csearch_path%3Dbeside"));
    let _held = claim(&here, "a").unwrap();
    drop(claim(&beside, "a").unwrap());
}

#[test]
fn a_client_that_was_cut_off_frees_the_next_and_saves_nothing() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    let (one, other) = (open(&url), open(&url));
    let held = claim(&one, "a").unwrap();
    server
        .psql_in(
            name,
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted",
        )
        .unwrap();
    let next = other.claim(&["test", "a"], Waiting::default()).unwrap();
    let error = one
        .save_and_get(&new(), &[], Some(held.token()))
        .unwrap_err();
    assert!(matches!(error, StoreError::ClaimLost { .. }), "{error:?}");
    assert!(!saved(&other));
    // What is left of the lost one gives up nothing of the new one's.
    drop(held);
    assert!(is_taken(&claim(&one, "a")));
    other.save_and_get(&new(), &[], Some(next.token())).unwrap();
    assert!(saved(&one));
    // A claim of before does not count for the connection of now.
    drop(next);
    let again = claim(&one, "a").unwrap();
    one.save_and_get(&new(), &[], Some(again.token())).unwrap();
}

#[test]
fn a_server_that_was_started_again_knows_no_claim() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    let database = open(&server.url());
    let held = claim(&database, "a").unwrap();
    server.restart().unwrap();
    let error = database
        .save_and_get(&new(), &[], Some(held.token()))
        .unwrap_err();
    assert!(matches!(error, StoreError::ClaimLost { .. }), "{error:?}");
    let again = database.claim(&["test", "a"], Waiting::default()).unwrap();
    database
        .save_and_get(&new(), &[], Some(again.token()))
        .unwrap();
}

#[test]
fn a_session_that_ended_unnoticed_is_nobodys_claim() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let database = open(&url);
    drop(claim(&database, "a").unwrap());
    let name = url.rsplit('/').next().unwrap();
    let others = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    );
    server.psql_in(name, &others).unwrap();
    let held = claim(&database, "a").unwrap();
    assert!(!held.has_waited());
}

#[test]
fn a_claim_that_was_given_up_saves_nothing() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let (one, other) = (open(&url), open(&url));
    let token = claim(&one, "a").unwrap().token();
    let _others = claim(&other, "a").unwrap();
    let mine = claim(&one, "b").unwrap();
    let error = one.save_and_get(&new(), &[], Some(token)).unwrap_err();
    assert!(matches!(error, StoreError::ClaimLost { .. }), "{error:?}");
    one.save_and_get(&new(), &[], Some(mine.token())).unwrap();
}

#[test]
fn a_claim_does_not_wait_for_what_another_saves() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let database = open(&url);
    let held = claim(&database, "a").unwrap();
    let token = held.token();
    let mut other = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    let mut blocker = other.transaction().unwrap();
    blocker
        .batch_execute("LOCK TABLE analysis_jobs IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    std::thread::scope(|scope| {
        let saving = scope.spawn(|| database.save_and_get(&new(), &[], Some(token)));
        crate::faults::until_somebody_waits(server, url.rsplit('/').next().unwrap());
        let hasty = Waiting {
            patience: Some(Duration::from_millis(50)),
            cancel: None,
        };
        let answer = database.claim(&["test", "b"], hasty);
        assert!(is_taken(&answer), "{answer:?}");
        assert!(!saving.is_finished());
        blocker.rollback().unwrap();
        saving.join().unwrap().unwrap();
    });
    drop(claim(&database, "b").unwrap());
}

#[test]
fn users_with_other_schemas_of_their_own_share_claims_and_tables() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    drop(open(&url));
    let psql = |sql: &str| server.psql_in(name, sql).unwrap();
    psql("CREATE SCHEMA alice; CREATE SCHEMA bob; DROP INDEX idx_analysis_hash_created_at");
    let [alice, bob] =
        ["alice", "bob"].map(|own| format!("{url}?options=-csearch_path%3D{own},public"));
    // What is missing is mended where the tables are.
    let mended = media_postgres::adopt(&alice).unwrap();
    assert_eq!(mended.differences, []);
    assert_eq!(mended.schema.as_deref(), Some("public"));
    let count = "SELECT count(*) FROM pg_tables WHERE schemaname IN ('alice', 'bob')";
    assert_eq!(psql(count).trim(), "0");
    let (alice, bob) = (open(&alice), open(&bob));
    let _held = claim(&alice, "a").unwrap();
    assert!(is_taken(&claim(&bob, "a")));
    alice.save_and_get(&new(), &[], None).unwrap();
    assert!(saved(&bob));
}

#[test]
fn no_claim_while_the_server_is_gone() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    let timeout = Duration::from_millis(300);
    let database = ConnectOptions::new()
        .timeout(timeout)
        .open(&server.url())
        .unwrap();
    server.stop().unwrap();
    let started = Instant::now();
    let error = database
        .claim(&["test", "a"], Waiting::default())
        .unwrap_err();
    assert!(matches!(error, ClaimError::Lock { .. }), "{error:?}");
    // It may come back meanwhile.
    assert!(started.elapsed() >= timeout, "{:?}", started.elapsed());
    server.start().unwrap();
    database.claim(&["test", "a"], Waiting::default()).unwrap();
}
