//! Who may connect, and how.

use std::fs;
use std::path::Path;
use std::process::Command;

use postgres_cluster::{Cluster, Programs};

/// Whether `psql` gets in, and what it says.
fn connect(programs: &Programs, url: &str, env: &[(&str, &Path)]) -> Result<String, String> {
    let output = Command::new(programs.folder().join("psql"))
        .args(["-XAtw", url, "-c", "select current_user"])
        .envs(env.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().trim().to_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

#[test]
fn a_role_needs_its_password() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let (role, password) = (r#"o'ne "role""#, "p@ss'/:%?");
    let builder = Cluster::builder(&programs).role(role, password);
    let server = builder.start().unwrap();
    for url in [server.url(), server.socket_url()] {
        assert_eq!(connect(&programs, &url, &[]).unwrap(), "postgres");
    }
    server.create_database("theirs").unwrap();
    for database in ["postgres", "theirs"] {
        let url = server.url_as(role, password, database);
        assert_eq!(connect(&programs, &url, &[]).unwrap(), role);
        let made = Command::new(programs.folder().join("psql"))
            .args(["-Xqw", &url, "-c", "create table t (n int)"])
            .status();
        assert!(made.unwrap().success());
        let url = server.url_as(role, "guess", database);
        let refused = connect(&programs, &url, &[]).unwrap_err();
        assert!(
            refused.contains("password authentication failed"),
            "{refused}"
        );
    }
    let stored = "select count(*) from pg_authid where rolpassword like 'SCRAM-SHA-256$%'";
    assert_eq!(server.psql(stored).unwrap(), "1");
}

#[test]
fn tls_is_verified_by_its_authority_and_name() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = Cluster::builder(&programs).tls().start().unwrap();
    let tls = server.tls().unwrap();
    let url = server.url();
    assert!(url.contains("@localhost:"));
    let full = Path::new("verify-full");
    let connect = |url: &str, mode: &Path, ca: &Path| {
        connect(
            &programs,
            url,
            &[("PGSSLMODE", mode), ("PGSSLROOTCERT", ca)],
        )
    };
    assert_eq!(connect(&url, full, tls.ca()).unwrap(), "postgres");
    let stranger = connect(&url, full, tls.unrelated_ca()).unwrap_err();
    assert!(stranger.contains("certificate verify failed"), "{stranger}");
    let misnamed = url.replace("localhost", "127.0.0.1");
    let misnamed = connect(&misnamed, full, tls.ca()).unwrap_err();
    assert!(misnamed.contains("does not match host name"), "{misnamed}");
    let open = connect(&url, Path::new("disable"), tls.ca()).unwrap_err();
    assert!(open.contains("no encryption"), "{open}");
}

#[test]
fn data_may_lie_elsewhere() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(folder.path(), everybody).unwrap();
    let builder = Cluster::builder(&programs).data_in(folder.path());
    let server = builder.start().unwrap();
    assert_eq!(server.psql("select 1").unwrap(), "1");
    assert!(server.data_folder().starts_with(folder.path()));
    assert!(server.data_folder().join("PG_VERSION").is_file());
    drop(server);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
