//! The same commands for a database on a server.

use std::fs;

use serde_json::Value;

use crate::support::{Home, Ran, fixture};

/// A folder, and the address of an empty database on a server.
struct Server {
    home: Home,
    address: String,
}

impl Server {
    fn new() -> Option<Self> {
        let server = postgres_cluster::shared()?;
        Some(Self {
            home: Home::new(),
            address: server.fresh_database().unwrap(),
        })
    }

    /// Runs a command with the address in its environment.
    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.home.command(args).env("MEDIA_STORE_DB", &self.address))
    }

    fn fine(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.status, 0, "{args:?}: {ran:?}");
        ran
    }
}

const SAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../plugin-silence/samples/archive.wav"
);

fn keys(objects: &[Value], key: &str) -> Vec<String> {
    objects
        .iter()
        .map(|object| object[key].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_worked_example() {
    let Some(server) = Server::new() else { return };
    fs::copy(SAMPLE, server.home.path("talk.wav")).unwrap();
    let first = server.fine(&["analyze", "talk.wav"]);
    assert!(
        first.stderr.contains("created the tables in postgres://"),
        "{first:?}"
    );
    let again = server.fine(&["analyze", "talk.wav"]);
    assert_eq!(again.stderr, "");
    for (ran, outcome) in [(&first, "computed"), (&again, "cached")] {
        assert_eq!(ran.objects()[0]["outcome"], outcome);
    }
    // Another machine's user, with another home: it is known by its content.
    let other = Server {
        home: Home::new(),
        address: server.address.clone(),
    };
    fs::copy(SAMPLE, other.home.path("copy.wav")).unwrap();
    let moved = other.fine(&["analyze", "copy.wav"]).objects();
    assert!(
        moved[0]["reason"]
            .as_str()
            .unwrap()
            .starts_with("moved from ")
    );

    server.fine(&[
        "extract",
        "--label",
        "sound",
        "--output-dir",
        "clips",
        "talk.wav",
    ]);
    let twice = "cat \"$0\" \"$0\" > \"$1\"";
    let copy = [
        "--action", "twice", "talk.wav", "talk.bak", "--", "sh", "-c", twice, "{input}", "{output}",
    ];
    let process = [&["exec", "processing"][..], &copy[..]].concat();
    assert_eq!(server.fine(&process).objects()[0]["outcome"], "computed");
    assert_eq!(server.fine(&process).objects()[0]["outcome"], "cached");
    let analyse = [
        "exec",
        "analysis",
        "talk.wav",
        "--",
        "echo",
        r#"[{"start":0,"end":1}]"#,
    ];
    assert_eq!(server.fine(&analyse).objects()[0]["outcome"], "computed");
    assert_eq!(server.fine(&analyse).objects()[0]["outcome"], "cached");

    let jobs = server
        .fine(&["jobs", "processing", "--action", "twice"])
        .objects();
    assert_eq!(jobs.len(), 1);
    let job = jobs[0]["job_id"].as_str().unwrap();
    for name in ["talk.bak", job] {
        let lineage = server.fine(&["lineage", name, "--up", "--format", "tree"]);
        assert!(lineage.text().contains("made from:"), "{lineage:?}");
    }
    let shown = keys(&server.fine(&["show", "talk.wav"]).objects(), "kind");
    assert!(shown.contains(&"analysis".to_owned()) && shown.contains(&"job".to_owned()));

    let verified = server.fine(&["verify"]);
    // Of the recording as what was analysed and as what was read, of the one
    // that was moved, of the clip and of the file that a program made.
    let verdicts = keys(&verified.objects(), "verdict");
    assert_eq!(verdicts, ["intact"; 5]);
    fs::write(server.home.path("talk.bak"), "damaged").unwrap();
    let damaged = server.run(&["verify"]);
    assert_eq!(damaged.status, 1);
    assert!(keys(&damaged.objects(), "verdict").contains(&"changed".to_owned()));
    let tree = server.fine(&["lineage", "talk.bak", "--format", "jsonl"]);
    assert!(tree.text().contains("changed"));

    let stats = server.fine(&["stats"]).objects();
    assert_eq!(stats[0]["analyses"], 3);
    assert_eq!(stats[0]["audit"]["changed"], 1);
    server.fine(&["report", "--output", "report.html"]);
    let page = fs::read_to_string(server.home.path("report.html")).unwrap();
    assert!(page.contains("talk.bak") && page.contains("postgres://"));

    server.fine(&["prune", "--keep-latest", "1", "--dry-run"]);
    fs::remove_file(server.home.path("talk.bak")).unwrap();
    let pruned = server.fine(&["prune", "--missing"]);
    assert!(pruned.stderr.contains("removed 1 row"), "{pruned:?}");
}

#[test]
fn a_store_moves_to_a_server_and_back_to_the_byte() {
    let Some(server) = Server::new() else { return };
    for name in ["python-g1.db", "python-g2.db"] {
        let home = Home::with_fixture(name);
        let exported = |ran: Ran| {
            let mut lines: Vec<_> = ran.lines().into_iter().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        let before = exported(home.run(&["export", "--db", name]));
        assert!(fixture(name).exists() && before.len() > 10);
        home.run(&["export", "--db", name, "--to", "rows.jsonl"]);

        let database = postgres_cluster::shared()
            .unwrap()
            .fresh_database()
            .unwrap();
        let import = ["import", "rows.jsonl", "--db", &database];
        let first = home.run(&import);
        assert_eq!(first.status, 0, "{first:?}");
        let again = home.run(&import);
        assert!(again.stderr.contains("there already"), "{again:?}");
        assert!(!again.stderr.contains(" new"), "{again:?}");

        home.run(&["export", "--db", &database, "--to", "back.jsonl"]);
        let back = home.run(&["import", "back.jsonl", "--db", "back.db"]);
        assert_eq!(back.status, 0, "{back:?}");
        let after = exported(home.run(&["export", "--db", "back.db"]));
        // The column of the second generation follows from the parameters.
        let without = |lines: Vec<String>| -> Vec<Value> {
            lines
                .iter()
                .map(|line| {
                    let mut row: Value = serde_json::from_str(line).unwrap();
                    if row["table"] == "processing_jobs" {
                        row.as_object_mut().unwrap().remove("config_hash");
                    }
                    row
                })
                .collect()
        };
        if name == "python-g1.db" {
            assert_eq!(after, before);
        }
        assert_eq!(without(after), without(before));
    }
    drop(server);
}

#[test]
fn reading_creates_nothing() {
    let Some(server) = Server::new() else { return };
    for args in [
        &["jobs", "analysis"][..],
        &["stats"],
        &["verify"],
        &["show", "talk.wav"],
        &["export"],
        &["report", "--output", "report.html"],
    ] {
        let ran = server.run(args);
        assert_eq!(ran.status, 2, "{args:?}: {ran:?}");
        assert!(
            ran.stderr.contains("has no tables of media-store"),
            "{ran:?}"
        );
    }
    let checked = server.fine(&["schema", "check"]);
    assert!(
        checked.stderr.contains("the first save creates the tables"),
        "{checked:?}"
    );
    assert!(server.run(&["jobs", "analysis"]).status == 2);
    assert!(server.home.names().is_empty());
}

#[test]
fn the_schema_of_a_server() {
    let Some(server) = Server::new() else { return };
    let cluster = postgres_cluster::shared().unwrap();
    let name = server.address.rsplit('/').next().unwrap();
    let shown = server.fine(&["schema", "show"]);
    cluster.psql_in(name, shown.text()).unwrap();
    let checked = server.fine(&["schema", "check"]);
    assert!(
        checked.text().ends_with(", as it should be\n"),
        "{checked:?}"
    );

    cluster
        .psql_in(name, "DROP INDEX idx_analysis_hash_created_at")
        .unwrap();
    let differs = server.run(&["schema", "check"]);
    assert_eq!(differs.status, 1, "{differs:?}");
    assert!(differs.stderr.contains("schema adopt"), "{differs:?}");
    let adopted = server.fine(&["schema", "adopt"]);
    assert!(
        adopted
            .text()
            .contains("idx_analysis_hash_created_at created"),
        "{adopted:?}"
    );
    server.fine(&["schema", "check"]);

    cluster
        .psql_in(name, "ALTER TABLE analysis_jobs DROP COLUMN metadata")
        .unwrap();
    let broken = server.run(&["schema", "adopt"]);
    assert_eq!(broken.status, 1, "{broken:?}");
    assert!(
        broken.stderr.contains("analysis_jobs.metadata is missing"),
        "{broken:?}"
    );
    let refused = server.run(&["jobs", "analysis"]);
    assert_eq!(refused.status, 2);
    assert!(
        refused.stderr.contains("analysis_jobs.metadata is missing"),
        "{refused:?}"
    );
}

#[test]
fn a_password_is_never_said() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = postgres_cluster::Cluster::builder(&programs)
        .role("ada", "right")
        .start()
        .unwrap();
    let home = Home::new();
    let secret = "S3cret-and-wrong";
    let right = server.url_as("ada", "right", "postgres");
    let addresses = [
        server.url_as("ada", secret, "postgres"),
        format!("postgres://ada:{secret}@127.0.0.1:1/media"),
        format!("postgres://ada:{secret}@127.0.0.1:none/media"),
        format!("postgresql://ada:{secret}@host/media?colour=blue"),
        format!("postgres://ada@127.0.0.1:1/media?password={secret}"),
        format!("POSTGRES://ada:{secret}@127.0.0.1:1/media"),
        format!(" postgres://ada:{secret}@127.0.0.1:1/media"),
        format!("postgres:/ada:{secret}@127.0.0.1:1/media"),
        format!("mysql://ada:{secret}@127.0.0.1:1/media"),
        format!("host=127.0.0.1 password={secret}"),
        format!("postgres://ada:S3@{secret}@127.0.0.1:1/media"),
        format!("postgres://ada:pa?{secret}@127.0.0.1:1/media"),
        format!("postgres://ada:pa'{secret}@127.0.0.1:1/media"),
    ];
    for address in &addresses {
        for args in [
            &["jobs", "analysis", "--db", address][..],
            &["stats", "--db", address],
            &[address, "stats"],
            &["stats", address],
            &["schema", "check", "--db", address],
            &["hash", "--db", address, "--help"],
            &["hash", "--db", address, "no-such-file"],
            &["hash", address],
            &["import", address],
            &["show", address],
            &["verify", "--path", address],
        ] {
            let ran = home.run(args);
            assert!(!ran.stderr.contains(secret), "{ran:?}");
            assert!(
                !String::from_utf8_lossy(&ran.stdout).contains(secret),
                "{ran:?}"
            );
        }
        assert_eq!(home.run(&["jobs", "analysis", "--db", address]).status, 2);
    }
    fs::copy(SAMPLE, home.path("talk.wav")).unwrap();
    let analyzed = home.run(&["analyze", "talk.wav", "--db", &right]);
    assert_eq!(analyzed.status, 0, "{analyzed:?}");
    assert!(!analyzed.stderr.contains("right"), "{analyzed:?}");
    // Or from where libpq takes it.
    let without = right.replace(":right@", "@");
    let ran = Ran::of(
        home.command(&["stats", "--db", &without])
            .env("PGPASSWORD", "right"),
    );
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(!ran.text().contains("right"), "{ran:?}");
    assert!(!ran.stderr.contains("right"), "{ran:?}");
}

#[test]
fn a_program_that_is_run_is_not_told_the_password() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let server = postgres_cluster::Cluster::builder(&programs)
        .role("ada", "S3cret")
        .start()
        .unwrap();
    let home = Home::new();
    home.write("talk.wav", "talk");
    let address = server.url_as("ada", "S3cret", "postgres");
    let run = |program: &[&str]| {
        let args = [&["exec", "analysis", "talk.wav", "--"][..], program].concat();
        let mut command = home.command(&args);
        command.env("MEDIA_STORE_DB", &address);
        Ran::of(command.env("PGPASSWORD", "S3cret"))
    };
    let without = address.replace(":S3cret@", "@");
    // What this prints is no analysis, and the error quotes where it begins:
    // it would say a password that the program was told.
    let print = r#"echo "<$PGPASSWORD> <$MEDIA_STORE_DB>""#;
    let told = run(&["sh", "-c", print]);
    assert_eq!(told.status, 1, "{told:?}");
    let quoted = format!("`<> <{without}>");
    assert!(told.stderr.contains(&quoted), "{told:?}");
    assert!(!told.stderr.contains("S3cret"), "{told:?}");
    // No variable of any other name has it either.
    let search = "env | grep -q S3cret || echo '[]'";
    let searched = run(&["sh", "-c", search]);
    assert_eq!(searched.status, 0, "{searched:?}");
    let found = run(&[
        "sh",
        "-c",
        r#"test -z "$PGPASSWORD" && echo "[{\"start\":0,\"end\":1,\"label\":\"$MEDIA_STORE_DB\"}]""#,
    ]);
    let label = found.objects()[0]["ranges"][0]["label"].clone();
    assert_eq!(label, without);
}

#[test]
fn a_standby_is_read_and_not_written() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let primary = postgres_cluster::Cluster::builder(&programs)
        .start()
        .unwrap();
    let home = Home::new();
    fs::copy(SAMPLE, home.path("talk.wav")).unwrap();
    home.run(&["analyze", "talk.wav", "--db", &primary.url()]);
    let standby = primary.standby(true).unwrap();
    let listed = home.run(&["jobs", "analysis", "--db", &standby.url()]);
    assert_eq!(listed.objects().len(), 1, "{listed:?}");
    let verified = home.run(&["verify", "--db", &standby.url()]);
    assert_eq!(verified.status, 0, "{verified:?}");
    assert!(verified.stderr.contains("history"), "{verified:?}");
    let refused = home.run(&["analyze", "talk.wav", "--db", &standby.url()]);
    assert_eq!(refused.status, 2);
    assert!(refused.stderr.contains("takes no writes"), "{refused:?}");
}
