//! Opening: which servers are refused, and with what words.

use std::net::TcpListener;
use std::time::Duration;

use media_postgres::{ConnectError, ConnectOptions, PostgresDatabase};
use media_schema::{Backend as _, LineageBackend as _};
use postgres_cluster::Cluster;

use crate::samples::{analyses, analysis, get_analysis};
use crate::support::words;

fn open(address: &str) -> Result<PostgresDatabase, ConnectError> {
    ConnectOptions::new().open(address)
}

fn refused(address: &str) -> ConnectError {
    match open(address) {
        Err(error) => error,
        Ok(database) => panic!("{database:?} was opened"),
    }
}

#[test]
fn an_address_that_is_none_is_not_repeated() {
    for address in [
        "postgres://ada:secret@host:port/media",
        "postgres://ada:secret@host/media?sslmode=perhaps",
        "postgres://ada:secret@host/media?colour=blue",
        "postgres://ada:secret@host/media?sslcert=a.pem",
        "postgres://ada:secret@host/media?sslrootcert=%zz",
        "postgres:///media",
        "postgres://",
        "postgres:/ada:secret@host/media",
        "mysql://ada:secret@host/media",
        "postgres://ada:a@secret@host/media",
    ] {
        let error = refused(address);
        assert!(matches!(error, ConnectError::Address { .. }), "{error:?}");
        assert!(!words(&error).contains("secret"), "{error:?}");
    }
}

#[test]
fn nobody_there() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let error = refused(&format!("postgres://ada:secret@127.0.0.1:{port}/media"));
    assert!(
        matches!(error, ConnectError::Unreachable { .. }),
        "{error:?}"
    );
    assert!(words(&error).contains(&format!("ada@127.0.0.1:{port}/media")));
    assert!(!words(&error).contains("secret"));
}

#[test]
fn a_wrong_password() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .role("ada", "right")
        .start()
        .unwrap();
    let error = refused(&server.url_as("ada", "not-this-one", "postgres"));
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(!words(&error).contains("not-this-one"), "{error:?}");

    let database = open(&server.url_as("ada", "right", "postgres")).unwrap();
    assert!(!format!("{database:?} {}", database.name()).contains("right"));
}

#[test]
fn no_password() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .role("ada", "right")
        .start()
        .unwrap();
    let url = server.url_as("ada", "right", "postgres");
    let error = refused(&url.replace(":right@", "@"));
    assert!(
        matches!(error, ConnectError::NoPassword { .. }),
        "{error:?}"
    );
}

#[test]
fn a_database_that_cannot_hold_every_path() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    server
        .psql("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        .unwrap();
    let error = refused(&server.url_of("latin"));
    let ConnectError::Encoding { found, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(found, "LATIN1");
}

#[test]
fn of_several_hosts_one_is_waited_for() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = Cluster::builder(&programs).start().unwrap();
    drop(open(&primary.url()).unwrap());
    let standby = primary.standby(true).unwrap();
    let address = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        primary.port(),
        standby.port()
    );
    primary.kill().unwrap();
    let hasty = ConnectOptions::new().timeout(Duration::from_millis(50));
    let error = hasty.open(&address).unwrap_err();
    assert!(
        matches!(
            error,
            ConnectError::ReadOnly { .. } | ConnectError::Unreachable { .. }
        ),
        "{error:?}"
    );
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| open(&address).map(drop));
        standby.promote().unwrap();
        opening.join().unwrap().unwrap();
    });
}

#[test]
fn no_such_database() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .role("ada", "secret")
        .start()
        .unwrap();
    let error = refused(&server.url_as("ada", "secret", "nowhere"));
    assert!(
        matches!(error, ConnectError::NoDatabase { .. }),
        "{error:?}"
    );
    let words = words(&error);
    assert!(words.contains("nowhere"), "{words}");
    assert!(!words.contains("secret"), "{words}");
}

#[test]
fn a_server_that_is_too_old() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    // It says what it is by a function of the search path's first schema.
    server
        .psql_in(
            name,
            "CREATE SCHEMA old; CREATE FUNCTION old.current_setting(text) RETURNS text \
             LANGUAGE sql AS $$ SELECT CASE $1 WHEN 'server_version_num' THEN '110022' \
             WHEN 'server_version' THEN '11.22' ELSE pg_catalog.current_setting($1) END $$",
        )
        .unwrap();
    let error = refused(&format!(
        "{url}?options=-csearch_path%3Dold,pg_catalog,public"
    ));
    let ConnectError::TooOld { found, least, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!((found.as_str(), *least), ("11.22", 12));
}

#[test]
fn a_standby_is_read_only() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = Cluster::builder(&programs).start().unwrap();
    let database = open(&primary.url()).unwrap();
    analyses(&database).save(&analysis("/a", "a", 1.0)).unwrap();
    let saved = get_analysis(&database, "/a");
    assert!(saved.is_some());
    let standby = primary.standby(true).unwrap();
    let error = refused(&standby.url());
    assert!(matches!(error, ConnectError::ReadOnly { .. }), "{error:?}");

    let database = ConnectOptions::new()
        .read_only(true)
        .open(&standby.url())
        .unwrap();
    assert_eq!(get_analysis(&database, "/a"), saved);
    // Without asking the server, and so even if there is nothing to write.
    let save = analyses(&database).save(&analysis("/b", "b", 1.0));
    for refused in [save.map(drop), database.remember_hashes(&[])] {
        let error = refused.unwrap_err();
        assert!(
            matches!(
                error,
                media_schema::StoreError::ReadOnly { source: None, .. }
            ),
            "{error:?}"
        );
    }

    // Of several hosts, the one is found that takes writes.
    let several = format!(
        "postgres://postgres@127.0.0.1:{},127.0.0.1:{}/postgres",
        standby.port(),
        primary.port()
    );
    open(&several).unwrap();
}

#[test]
fn no_tables_to_read() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let reading = ConnectOptions::new().read_only(true);
    let error = reading.open(&url).unwrap_err();
    assert!(matches!(error, ConnectError::NoTables { .. }), "{error:?}");
    drop(open(&url).unwrap());
    reading.open(&url).unwrap();
}

#[test]
fn no_right_to_create_tables() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).start().unwrap();
    server
        .psql("CREATE ROLE eve LOGIN PASSWORD 'pw'; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        .unwrap();
    let error = refused(&server.url_as("eve", "pw", "postgres"));
    assert!(matches!(error, ConnectError::NoRights { .. }), "{error:?}");
    let words = words(&error);
    assert!(
        words.contains("permission denied for schema public"),
        "{words}"
    );
}

#[test]
fn tables_of_a_newer_version_or_another_shape() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let name = url.rsplit('/').next().unwrap();
    drop(open(&url).unwrap());
    let psql = |sql: &str| server.psql_in(name, sql).unwrap();

    psql("INSERT INTO media_store_schema VALUES (99)");
    let error = refused(&url);
    assert!(
        matches!(error, ConnectError::Newer { found: 99, .. }),
        "{error:?}"
    );
    psql("DELETE FROM media_store_schema WHERE version = 99");

    psql("ALTER TABLE analysis_jobs ADD COLUMN remark text");
    drop(open(&url).unwrap());

    psql("ALTER TABLE analysis_jobs ALTER COLUMN ranges TYPE json USING ranges::json");
    let error = refused(&url);
    let ConnectError::Schema { difference, .. } = &error else {
        panic!("{error:?}");
    };
    assert_eq!(
        difference.to_string(),
        "analysis_jobs.ranges is json, not text"
    );
    psql("ALTER TABLE analysis_jobs ALTER COLUMN ranges TYPE text");
    psql("ALTER TABLE processing_job_names DROP CONSTRAINT processing_job_names_pkey");
    let error = refused(&url);
    assert!(
        matches!(&error, ConnectError::Schema { difference, .. }
            if difference.object == "processing_job_names"),
        "{error:?}"
    );
}

#[test]
fn many_open_an_empty_database_at_once() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..16)
            .map(|_| scope.spawn(|| open(&url).map(drop)))
            .collect();
        for opened in opening {
            opened.join().unwrap().unwrap();
        }
    });
    let name = url.rsplit('/').next().unwrap();
    assert_eq!(
        server
            .psql_in(name, "SELECT count(*) FROM media_store_schema")
            .unwrap()
            .trim(),
        "1"
    );
}

#[test]
fn encryption_is_checked_as_far_as_the_address_asks() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .role("ada", "pw")
        .tls()
        .start()
        .unwrap();
    let tls = server.tls().unwrap();
    let (ca, other) = (tls.ca().display(), tls.unrelated_ca().display());
    let url = server.url_as("ada", "pw", "postgres");
    let by_number = url.replace("localhost", "127.0.0.1");
    for (url, query) in [
        (&url, "sslmode=require".to_owned()),
        (&url, format!("sslmode=require&sslrootcert={ca}")),
        (&url, format!("sslmode=verify-ca&sslrootcert={ca}")),
        (&url, format!("sslmode=verify-full&sslrootcert={ca}")),
        (&by_number, format!("sslmode=verify-ca&sslrootcert={ca}")),
    ] {
        open(&format!("{url}?{query}")).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    }
    for (url, query) in [
        (&url, format!("sslmode=verify-ca&sslrootcert={other}")),
        (&url, format!("sslmode=require&sslrootcert={other}")),
        (&url, "sslmode=verify-full&sslrootcert=system".to_owned()),
        (&by_number, format!("sslmode=verify-full&sslrootcert={ca}")),
    ] {
        let error = refused(&format!("{url}?{query}"));
        assert!(
            matches!(
                error,
                ConnectError::Encryption { .. } | ConnectError::Certificate { .. }
            ),
            "{query}: {error:?}"
        );
    }
    // The server takes nothing in clear.
    let error = refused(&format!("{url}?sslmode=disable"));
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    let error = refused(&format!(
        "{url}?sslmode=verify-full&sslrootcert=/no/such/file"
    ));
    assert!(
        matches!(error, ConnectError::Certificate { .. }),
        "{error:?}"
    );

    let Some(plain) = postgres_cluster::shared() else {
        return;
    };
    let error = refused(&format!("{}?sslmode=require", plain.url()));
    assert!(
        matches!(error, ConnectError::Encryption { .. }),
        "{error:?}"
    );
}

#[test]
fn every_connection_is_in_use() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let url = server.fresh_database().unwrap();
    let timeout = Duration::from_secs(1);
    let database = ConnectOptions::new()
        .connections(1)
        .timeout(timeout)
        .open(&url)
        .unwrap();
    let fingerprint = media_hash::Fingerprint::of_path("Cargo.toml").unwrap();
    let other = database.clone();
    let ask = || other.remembered_hash(&fingerprint, "sha256");
    let mut asked = Vec::new();
    // No lock is held, but the one connection.
    database
        .read_lineage(&mut |_| {
            asked.push(ask());
            Ok(())
        })
        .unwrap();
    assert!(
        matches!(
            asked[..],
            [Err(media_schema::StoreError::Busy { waited, .. })] if waited >= timeout
        ),
        "{asked:?}"
    );
    assert_eq!(ask().unwrap(), None);
}

#[test]
fn one_connection_is_made_by_a_client_that_asks_one_thing_after_the_other() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs)
        .setting("log_connections", "on")
        .start()
        .unwrap();
    let url = server.fresh_database().unwrap();
    let before = server.log().len();
    let database = open(&url).unwrap();
    let fingerprint = media_hash::Fingerprint::of_path("Cargo.toml").unwrap();
    for _ in 0..2 {
        database.remembered_hash(&fingerprint, "sha256").unwrap();
    }
    let log = server.log();
    let made = log[before..].matches("connection authorized").count();
    assert_eq!(made, 1, "{log}");
}
