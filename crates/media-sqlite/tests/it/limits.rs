//! What the system does not allow: a process that is stopped with the lock in
//! its hands, a disk or a file that may not grow, files of other users.

use std::fs::{self, Permissions};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use media_schema::StoreError;
use media_sqlite::{Journal, OpenOptions};
use rustix::process::{Pid, Signal, geteuid, kill_process};

use crate::child::{say, spawn, spawn_by, wait_for};
use crate::{count, insert, open, with_tables};

pub(crate) fn play(role: &str, path: &Path) {
    match role {
        "save until full" => {
            say("started");
            save_until_full(path);
        }
        "say what is allowed" => {
            say("started");
            for read_only in [false, true] {
                say(&format!(
                    "{} {}",
                    if read_only { "reading" } else { "writing" },
                    allowed(path, read_only)
                ));
            }
        }
        other => panic!("no such role: {other}"),
    }
}

#[test]
fn a_process_that_is_stopped_with_the_lock_is_busy_and_then_free() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    drop(with_tables(&path));
    let timeout = Duration::from_millis(50);
    let database = OpenOptions::new()
        .busy_timeout(timeout)
        .open(&path)
        .unwrap();
    let mut holder = spawn("hold the lock", &path);
    wait_for(&mut holder, "locked");
    let pid = Pid::from_child(&holder);
    kill_process(pid, Signal::STOP).unwrap();

    let busy = insert(&database, "/a").unwrap_err();
    assert!(
        matches!(busy, StoreError::Busy { waited, .. } if waited >= timeout),
        "{busy:?}"
    );
    assert_eq!(count(&database, "analysis_jobs"), 0);

    // Its lock goes with it as soon as it goes on.
    kill_process(pid, Signal::CONT).unwrap();
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    insert(&database, "/a").unwrap();
    assert_eq!(count(&database, "analysis_jobs"), 1);
}

/// Saves until there is no room; asserts that all that was saved is there.
fn save_until_full(path: &Path) {
    let database = with_tables(path);
    let long = "long".repeat(5_000);
    let mut saved = 0;
    let error = loop {
        match insert(&database, &format!("/{saved}/{long}")) {
            Ok(()) => saved += 1,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(
            error,
            StoreError::Full { .. } | StoreError::WriteRefused { .. }
        ),
        "{error:?}"
    );
    say(&variant(&error));
    assert!(saved > 0);
    assert_eq!(count(&database, "analysis_jobs"), saved);
    // It stays so, and it stays readable.
    insert(&database, &format!("/again/{long}")).unwrap_err();
    drop(database);
    let reading = OpenOptions::new().read_only(true).open(path);
    match reading {
        Ok(database) => assert_eq!(count(&database, "analysis_jobs"), saved),
        Err(error) => panic!("{error:?}"),
    }
}

/// Waits for a child; its output is in the message if it failed.
fn end(mut child: Child) -> (ExitStatus, String) {
    let mut said = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut said)
        .unwrap();
    (child.wait().unwrap(), said)
}

#[test]
fn a_file_that_may_not_grow_says_so_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("media.db");
    // Blocks of 512 bytes in a shell; the signal would end the process.
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap());
    let (status, said) = end(spawn_by(&mut limited, "save until full", &path));
    assert!(
        status.success() && said.contains("WriteRefused\n"),
        "{said}"
    );
    // Without the limit it goes on.
    let database = open(&path);
    let before = count(&database, "analysis_jobs");
    insert(&database, "/after").unwrap();
    assert_eq!(count(&database, "analysis_jobs"), before + 1);
}

// Only Linux has namespaces to mount in.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_says_so_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    // Mounted where nobody else sees it, and gone with the process.
    let mut mounted = Command::new("unshare");
    if !geteuid().is_root() {
        mounted.arg("--map-root-user");
    }
    mounted
        .args([
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs -o size=1m none \"$0\" || exit 77; exec \"$@\"",
        ])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap());
    let path = folder.path().join("media.db");
    let (status, said) = end(spawn_by(&mut mounted, "save until full", &path));
    if !said.contains("started") {
        println!("not run: a file system cannot be mounted here");
        return;
    }
    assert!(status.success() && said.contains("Full\n"), "{said}");
}

/// What opening and saving, or reading, comes to.
fn allowed(path: &Path, read_only: bool) -> String {
    let database = match OpenOptions::new().read_only(read_only).open(path) {
        Ok(database) => database,
        Err(error) => return format!("open {}", variant(&error)),
    };
    if read_only {
        return format!("rows {}", count(&database, "analysis_jobs"));
    }
    match insert(&database, "/new") {
        Ok(()) => "saved".to_owned(),
        Err(error) => format!("save {}", variant(&error)),
    }
}

/// The name of an error's variant.
fn variant(error: &impl std::fmt::Debug) -> String {
    let debug = format!("{error:?}");
    let end = debug.find([' ', '(']).unwrap_or(debug.len());
    debug[..end].to_owned()
}

/// Asks a process without a right to anything that its permissions do not give.
fn of_another_user(path: &Path) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut program = std::env::current_exe().unwrap();
    let mut command = if geteuid().is_root() {
        // Where everybody may go.
        let copy = folder.path().join("program");
        fs::copy(&program, &copy).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        program = copy;
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        command.arg(&program);
        command
    } else {
        Command::new(&program)
    };
    let (status, said) = end(spawn_by(&mut command, "say what is allowed", path));
    assert!(status.success(), "{said}");
    let words = said.lines().filter_map(|line| {
        let at = line.find("writing ").or_else(|| line.find("reading "))?;
        Some(line[at..].to_owned())
    });
    words.collect()
}

/// A database with a row, in a folder that everybody may look into, with these
/// permissions of file and folder.
fn with_modes(journal: Journal, file: u32, folder: u32) -> (tempfile::TempDir, PathBuf) {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("media.db");
    drop(with_tables(&path));
    let database = OpenOptions::new().journal(journal).open(&path).unwrap();
    insert(&database, "/a").unwrap();
    drop(database);
    fs::set_permissions(&path, Permissions::from_mode(file)).unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(folder)).unwrap();
    (place, path)
}

#[test]
fn files_of_others_and_folders_that_take_no_writes() {
    for (journal, file, folder, expected) in [
        (
            Journal::Rollback,
            0o444,
            0o555,
            ["writing open ReadOnly", "reading rows 1"],
        ),
        (
            Journal::Rollback,
            0o444,
            0o777,
            ["writing open ReadOnly", "reading rows 1"],
        ),
        (
            Journal::Wal,
            0o444,
            0o555,
            ["writing open ReadOnly", "reading open WalInReadOnlyFolder"],
        ),
        (
            Journal::Wal,
            0o444,
            0o777,
            ["writing save ReadOnly", "reading rows 1"],
        ),
        (
            Journal::Rollback,
            0o000,
            0o755,
            ["writing open CannotOpen", "reading open CannotOpen"],
        ),
        (
            Journal::Wal,
            0o000,
            0o755,
            ["writing open CannotOpen", "reading open CannotOpen"],
        ),
    ] {
        let (place, path) = with_modes(journal, file, folder);
        let before = fs::read(&path);
        assert_eq!(
            of_another_user(&path),
            expected,
            "{journal:?} {file:o} {folder:o}"
        );
        assert_eq!(fs::read(&path).ok(), before.ok());
        // Or the folder could not be removed.
        fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_folder_that_takes_no_database() {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o555)).unwrap();
    let path = place.path().join("media.db");
    assert_eq!(
        of_another_user(&path),
        ["writing open CannotOpen", "reading open NotFound"]
    );
    assert!(!path.exists());
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
}
