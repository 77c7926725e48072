//! An audit that is killed, and resumed.

use std::io::{BufRead, BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use media_audit::{Audit, Event};

use crate::support::{Home, Report, open};

const DATABASE: &str = "MEDIA_AUDIT_TEST_DATABASE";
const THREADS: &str = "MEDIA_AUDIT_TEST_THREADS";

const FILES: usize = 60;

fn spawn(database: &Path, threads: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "child::entry",
            "--nocapture",
            "--include-ignored",
        ])
        .env(DATABASE, database)
        .env(THREADS, threads.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Does nothing unless this process is a child: audits, and waits for a word
/// after each file.
#[test]
fn entry() {
    let Some(path) = std::env::var_os(DATABASE) else {
        return;
    };
    let threads: usize = std::env::var(THREADS).unwrap().parse().unwrap();
    let database = open(Path::new(&path));
    let audit = Audit::new(&database)
        .resume(true)
        .threads(threads.try_into().unwrap());
    let mut output = std::io::stdout();
    let run = audit.run(|event| {
        if let Event::Checked(_) = event {
            writeln!(output, "checked").unwrap();
            output.flush().unwrap();
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
        ControlFlow::Continue(())
    });
    run.unwrap();
}

/// Lets a child check so many files, and kills it.
fn kill_after(database: &Path, threads: usize, count: usize) {
    let mut child = spawn(database, threads);
    let mut words = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for number in 1..=count {
        let said = lines.by_ref().map_while(Result::ok);
        let mut said = said.filter(|line| line.ends_with("checked"));
        assert!(said.next().is_some(), "the child ended early");
        if number < count {
            words.write_all(b"on\n").unwrap();
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

fn home() -> Home {
    let home = Home::new();
    for number in 0..FILES {
        home.add(&format!("{number:02}"), &format!("content {number}"));
    }
    home
}

/// What was reported is recorded, so a killed audit repeats at most the files
/// that its threads were hashing.
#[test]
fn a_killed_audit_hashes_no_file_twice() {
    for threads in [1, 4] {
        let home = home();
        let mut reported = 0;
        for count in [1, 7, 20] {
            kill_after(home.database.path(), threads, count);
            reported += count;
            let recorded = home.query("SELECT path FROM fixity_checks").len();
            assert!(
                (reported..reported + threads).contains(&recorded),
                "{recorded} recorded, {reported} reported"
            );
            // Those that it had no chance to report are not repeated either.
            reported = recorded;
        }
        let rest = Report::of(&home, &Audit::new(&home.database).resume(true));
        assert!(rest.is_resumed);
        assert_eq!(rest.lines.len(), FILES - reported);
        let totals = rest.summary.totals;
        assert_eq!(totals.files, FILES as u64);
        assert!(totals.is_all_intact());
        let size: usize = (0..FILES).map(|n| format!("content {n}").len()).sum();
        assert_eq!(totals.bytes, size as u64, "each was recorded once");
        assert_eq!(
            home.query("SELECT path FROM fixity_checks GROUP BY path HAVING count(*) <> 1")
                .len(),
            0
        );
        assert_eq!(home.query("SELECT scope FROM fixity_audits"), ["all"]);
    }
}
