//! Where the database is looked for, and that reading creates nothing.

use std::fs;

use crate::support::{Home, Ran};

const READING: [&[&str]; 6] = [
    &["jobs", "analysis"],
    &["jobs", "processing"],
    &["verify"],
    &["schema", "check"],
    &["schema", "adopt"],
    &["jobs", "analysis", "--path", "x"],
];

#[test]
fn reading_creates_no_database() {
    let home = Home::new();
    for command in READING {
        for args in [command.to_vec(), [command, &["--db", "other.db"]].concat()] {
            let ran = home.run(&args);
            assert_eq!((ran.status, ran.text()), (2, ""), "{args:?}");
            assert!(
                ran.stderr.starts_with("error: no database at "),
                "{}",
                ran.stderr
            );
            assert_eq!(ran.stderr.lines().count(), 1);
            assert_eq!(home.names(), [""; 0], "{args:?}");
        }
    }
}

#[test]
fn the_option_outranks_the_variable_and_that_the_data_folder() {
    let home = Home::new();
    let in_error = |ran: &Ran| {
        let (_, rest) = ran.stderr.split_once('"').unwrap();
        let path = rest.split_once('"').unwrap().0;
        path.replace("\\\\", "/")
            .rsplit('/')
            .next()
            .unwrap()
            .to_owned()
    };
    let with =
        |variable: &str, args: &[&str]| Ran::of(home.command(args).env("MEDIA_STORE_DB", variable));
    let jobs = ["jobs", "analysis"];
    assert_eq!(
        in_error(&with("env.db", &["jobs", "analysis", "--db", "arg.db"])),
        "arg.db"
    );
    assert_eq!(in_error(&with("env.db", &jobs)), "env.db");
    assert_eq!(in_error(&with("", &jobs)), "media.db");
    #[cfg(target_os = "linux")]
    {
        let default = home.path("data/media-store/media.db");
        assert!(with("", &jobs).stderr.contains(default.to_str().unwrap()));
    }
}

#[test]
fn what_is_no_database_is_said_and_left_alone() {
    let home = Home::new();
    home.write(
        "text.db",
        "a text that is much longer than the header of a database is ".repeat(20),
    );
    fs::create_dir(home.path("folder")).unwrap();
    for (args, message) in [
        (
            ["jobs", "analysis", "--db", "text.db"],
            "is not a SQLite database",
        ),
        (
            ["schema", "adopt", "--db", "text.db"],
            "is not a SQLite database",
        ),
        (["jobs", "analysis", "--db", "folder"], "is a directory"),
        (["jobs", "analysis", "--db", "file:x"], "is a URI"),
    ] {
        let ran = home.run(&args);
        assert_eq!((ran.status, ran.text()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains(message), "{}", ran.stderr);
        assert!(ran.stderr.lines().count() <= 2);
    }
    assert_eq!(home.names(), ["folder", "text.db"]);
}
