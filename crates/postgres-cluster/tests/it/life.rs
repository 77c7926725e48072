//! Starting, stopping, killing, standing still.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use postgres_cluster::{Cluster, Error};

use crate::support::until;

#[test]
fn it_starts_and_answers() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .setting("application_name", r"it's a \ sign")
        .setting("max_connections", "20")
        .start()
        .unwrap();
    assert_eq!(server.psql("select 1").unwrap(), "1");
    let set = "show application_name; show max_connections; show fsync";
    assert!(server.psql(set).unwrap().ends_with("20\noff"));
    let in_file = "select setting from pg_file_settings where name = 'application_name'";
    assert_eq!(server.psql(in_file).unwrap(), r"it's a \ sign");
    let version = server.psql("show server_version").unwrap();
    assert!(version.starts_with(programs.version()), "{version}");
    assert!(server.log().contains("database system is ready"));

    let url = server.create_database("two words").unwrap();
    let port = server.port();
    assert_eq!(
        url,
        format!("postgres://postgres@127.0.0.1:{port}/two%20words")
    );
    let database = server.psql_in("two words", "select current_database(), null, 'x'");
    assert_eq!(database.unwrap(), "two words||x");
    let error = server.psql("select 1; select wrong").unwrap_err();
    assert!(
        error
            .to_string()
            .contains(r#"column "wrong" does not exist"#),
        "{error}"
    );
}

#[test]
fn a_setting_that_it_does_not_take_is_told() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let builder = Cluster::builder(&programs).setting("max_connections", "many");
    let error = builder.start().unwrap_err();
    assert!(matches!(error, Error::Ended { .. }), "{error}");
    let said = format!("{error:?}");
    assert!(said.contains("invalid value for parameter"), "{said}");
}

#[test]
fn what_is_committed_survives_a_kill() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    let port = server.port();
    server
        .psql("create table t as select generate_series(1, 1000) as n")
        .unwrap();
    thread::scope(|threads| {
        // It looks at its first process only when it waits, which it never does.
        let busy = threads.spawn(|| {
            server.psql("set application_name = 'busy'; do $$ begin loop end loop; end $$")
        });
        let others = "select count(*) from pg_stat_activity where application_name = 'busy'";
        until(|| server.psql(others).unwrap() == "1");
        server.kill().unwrap();
        busy.join().unwrap().unwrap_err();
    });
    assert!(matches!(
        server.kill(),
        Err(Error::State { running: false, .. })
    ));
    server.psql("select 1").unwrap_err();
    server.start().unwrap();
    assert!(matches!(
        server.start(),
        Err(Error::State { running: true, .. })
    ));
    assert_eq!(server.psql("select count(*) from t").unwrap(), "1000");
    assert!(server.log().contains("not properly shut down"));
    server.restart().unwrap();
    assert_eq!(server.psql("select count(*) from t").unwrap(), "1000");
    assert_eq!(server.port(), port);
}

#[test]
fn it_stands_still_and_goes_on() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    server.pause().unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    // A request for TLS, to which the answer is N.
    client.write_all(&[0, 0, 0, 8, 4, 210, 22, 47]).unwrap();
    let short = Duration::from_millis(200);
    client.set_read_timeout(Some(short)).unwrap();
    let mut answer = [0];
    client.read_exact(&mut answer).unwrap_err();
    server.resume().unwrap();
    client.set_read_timeout(None).unwrap();
    client.read_exact(&mut answer).unwrap();
    assert_eq!(answer, *b"N");

    server.pause().unwrap();
    server.stop().unwrap();
}
