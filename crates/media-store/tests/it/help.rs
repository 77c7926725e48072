//! Help, version and completions.

use crate::support::Home;

const COMMANDS: [&[&str]; 20] = [
    &["hash"],
    &["config-hash"],
    &["analyze"],
    &["exec", "analysis"],
    &["exec", "processing"],
    &["jobs", "analysis"],
    &["jobs", "processing"],
    &["show"],
    &["report"],
    &["verify"],
    &["lineage"],
    &["stats"],
    &["doctor"],
    &["export"],
    &["import"],
    &["prune"],
    &["schema", "show"],
    &["schema", "check"],
    &["schema", "adopt"],
    &["completions"],
];

#[test]
fn every_command_has_help_with_an_example_that_fits_the_screen() {
    let home = Home::new();
    for command in COMMANDS {
        let ran = home.run(&[command, &["--help"]].concat());
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{command:?}");
        let example = format!("  media-store {}", command.join(" "));
        assert!(ran.text().contains("Example"), "{command:?}");
        assert!(
            ran.text().contains(&example) || ran.text().contains("| media-store"),
            "{command:?}"
        );
        assert!(ran.text().contains("--db <PATH|ADDRESS>"), "{command:?}");
        let widest = ran.lines().iter().map(|line| line.chars().count()).max();
        assert!(widest.unwrap() <= 100, "{command:?}");
    }
}

#[test]
fn the_overview_names_every_command() {
    let ran = Home::new().run(&["--help"]);
    assert_eq!(ran.status, 0);
    for command in COMMANDS {
        let indented = format!("\n  {} ", command[0]);
        assert!(ran.text().contains(&indented), "{command:?}");
    }
    assert!(ran.text().contains("Exit status"));
}

#[test]
fn the_version_says_which_sqlite() {
    let ran = Home::new().run(&["--version"]);
    let expected = format!(
        "media-store {} (SQLite {})\n",
        env!("CARGO_PKG_VERSION"),
        rusqlite::version()
    );
    assert_eq!((ran.status, ran.text()), (0, &*expected));
}

#[test]
fn wrong_use_is_said_on_standard_error() {
    let home = Home::new();
    for args in [
        &[][..],
        &["frobnicate"],
        &["hash"],
        &["jobs"],
        &["jobs", "analysis", "--limit", "0"],
        &["jobs", "analysis", "--since", "soon"],
        &["hash", "--algo", "crc32", "x"],
        &["verify", "--analysis", "--job", "a"],
    ] {
        let ran = home.run(args);
        assert_eq!((ran.status, ran.text()), (2, ""), "{args:?}");
        assert!(!ran.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn shells_get_completions() {
    let home = Home::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = home.run(&["completions", shell]);
        assert_eq!((ran.status, &*ran.stderr), (0, ""), "{shell}");
        assert!(ran.text().contains("config-hash"), "{shell}");
    }
}
