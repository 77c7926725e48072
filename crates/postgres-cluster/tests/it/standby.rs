//! A second server that takes over.

use postgres_cluster::{Cluster, Error};

use crate::support::until;

#[test]
fn a_synchronous_standby_takes_over() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = Cluster::builder(&programs).start().unwrap();
    let standby = primary.standby(true).unwrap();
    assert!(matches!(primary.promote(), Err(Error::Failed { .. })));
    let rows = "select count(*) from t";
    let error = standby.psql("create table t (n int)").unwrap_err();
    assert!(error.to_string().contains("read-only"), "{error}");
    let wait_for_all = "set synchronous_commit = remote_apply;";
    let fill = "create table t as select generate_series(1, 1000) as n";
    primary.psql(&format!("{wait_for_all} {fill}")).unwrap();
    assert_eq!(standby.psql(rows).unwrap(), "1000");

    primary.kill().unwrap();
    standby.promote().unwrap();
    standby.psql("insert into t values (1001)").unwrap();
    assert_eq!(standby.psql(rows).unwrap(), "1001");
}

#[test]
fn another_standby_follows_through_a_restart() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = Cluster::builder(&programs).tls().start().unwrap();
    let standby = primary.standby(false).unwrap();
    assert!(standby.tls().unwrap().ca().is_file());
    primary.restart().unwrap();
    primary.psql("create table t (n int)").unwrap();
    let there = "select to_regclass('t') is not null";
    until(|| standby.psql(there).unwrap() == "t");
}
