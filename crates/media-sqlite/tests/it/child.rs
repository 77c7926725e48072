//! Child processes: this test binary again, running one entry point.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{insert, stranger, with_tables};

const ROLE: &str = "MEDIA_SQLITE_TEST_CHILD";
const DATABASE: &str = "MEDIA_SQLITE_TEST_DATABASE";

/// Starts a child that plays a role on a database.
pub(crate) fn spawn(role: &str, database: &Path) -> Child {
    let program = std::env::current_exe().unwrap();
    spawn_by(&mut Command::new(program), role, database)
}

/// Starts a child by a command, the child's program or one that runs its last
/// arguments.
pub(crate) fn spawn_by(command: &mut Command, role: &str, database: &Path) -> Child {
    command
        .args([
            "--exact",
            "child::entry",
            "--nocapture",
            "--include-ignored",
        ])
        .env(ROLE, role)
        .env(DATABASE, database)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until a child says `word`.
pub(crate) fn wait_for(child: &mut Child, word: &str) {
    let output = BufReader::new(child.stdout.as_mut().unwrap());
    let said = output
        .lines()
        .map_while(Result::ok)
        .any(|line| line.ends_with(word));
    assert!(said, "the child ended without saying {word}");
}

pub(crate) fn say(word: &str) {
    let mut output = std::io::stdout();
    writeln!(output, "{word}").unwrap();
    output.flush().unwrap();
}

pub(crate) fn listen() {
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Does nothing unless this process is a child.
#[test]
fn entry() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let path = std::env::var_os(DATABASE).unwrap();
    let path = Path::new(&path);
    match role.as_str() {
        // Opens at the same moment as its siblings, and saves one row.
        "open and save" => {
            say("ready");
            listen();
            let database = with_tables(path);
            insert(&database, &format!("/{}", std::process::id())).unwrap();
        }
        // Takes the write lock and keeps it until told.
        "hold the lock" => {
            let connection = stranger(path);
            connection.execute_batch("BEGIN IMMEDIATE").unwrap();
            say("locked");
            listen();
        }
        // Saves until it is killed, and says what was acknowledged.
        "save until killed" => {
            let database = with_tables(path);
            for number in 0.. {
                insert(&database, &format!("/{}/{number}", std::process::id())).unwrap();
                say("saved");
            }
        }
        // Saves a row and keeps the database open; saves another when told.
        "hold it open" => {
            let database = crate::open(path);
            insert(&database, "/child").unwrap();
            say("open");
            listen();
            insert(&database, "/child again").unwrap();
            say("saved");
        }
        // Makes the log and takes it away again, until it is killed.
        "come and go" => {
            say("going");
            for number in 0_u64.. {
                insert(&crate::open(path), &format!("/child {number}")).unwrap();
            }
        }
        // Has more to change than fits into memory, and does not come to its end.
        "change much" => {
            let connection = stranger(path);
            connection
                .execute_batch(
                    "PRAGMA cache_size = 2; BEGIN IMMEDIATE;
                     UPDATE analysis_jobs SET file_hash = hex(zeroblob(5000)) || id;
                     UPDATE processing_jobs SET input_hash = hex(zeroblob(5000)) || id;",
                )
                .unwrap();
            say("changed");
            listen();
        }
        "try to write" => {
            let connection = stranger(path);
            connection.busy_timeout(std::time::Duration::ZERO).unwrap();
            match connection.execute_batch("BEGIN IMMEDIATE") {
                Ok(()) => say("free"),
                Err(_) => say("busy"),
            }
        }
        other => crate::faults::play(other, path),
    }
}
