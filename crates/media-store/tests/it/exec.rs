//! `exec`: what its tests share, and what holds for every program.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::{Home, Ran};

/// A folder with a file to read and a FIFO that nobody writes to.
pub(crate) fn home() -> Home {
    let home = Home::new();
    home.write("in.wav", "samples");
    home
}

/// How often the programs of a folder ran: each adds a line.
pub(crate) fn runs(home: &Home) -> usize {
    fs::read_to_string(home.path("runs")).map_or(0, |runs| runs.lines().count())
}

pub(crate) fn outcome(ran: &Ran) -> [Value; 2] {
    assert_eq!((ran.status, ran.lines().len()), (0, 1), "{}", ran.stderr);
    let object = &ran.objects()[0];
    ["outcome", "reason"].map(|key| object[key].clone())
}

/// Whether a test with ffmpeg cannot run; where everything must be shown to
/// hold, it must.
pub(crate) fn ffmpeg_is_missing(test: &str) -> bool {
    let is_missing = Command::new("ffmpeg").arg("-version").output().is_err();
    if is_missing {
        assert!(
            std::env::var_os("REQUIRE_TEST_PROGRAMS").is_none(),
            "install ffmpeg"
        );
        not_run(&format!("there is no ffmpeg: {test}"));
    }
    is_missing
}

/// Says that a test cannot run, past the capture of output, so that it is seen.
pub(crate) fn not_run(why: &str) {
    let line = format!("\nnot run, for {why}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

pub(crate) fn fifo(home: &Home, name: &str) {
    let made = Command::new("mkfifo").arg(home.path(name)).status();
    assert!(made.unwrap().success());
}

/// The program while it runs another, which holds the FIFO `line` open for
/// writing: as long as any process has it, the end is not read.
pub(crate) struct Meanwhile {
    child: Child,
    line: BufReader<File>,
}

impl Meanwhile {
    pub(crate) fn start(home: &Home, args: &[&str]) -> Self {
        fifo(home, "line");
        fifo(home, "hold");
        let mut command = home.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        let line = BufReader::new(File::open(home.path("line")).unwrap());
        Self { child, line }
    }

    /// The next line that is written.
    pub(crate) fn read(&mut self) -> String {
        let mut line = String::new();
        self.line.read_line(&mut line).unwrap();
        line
    }

    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status();
        assert!(killed.unwrap().success());
    }

    /// Waits for the program, and then for all that has the FIFO.
    pub(crate) fn end(mut self) -> Output {
        let output = self.child.wait_with_output().unwrap();
        let mut rest = String::new();
        self.line.read_to_string(&mut rest).unwrap();
        output
    }
}

pub(crate) fn stopped(output: &Output) {
    assert_eq!(
        (output.status.code(), &*output.stdout),
        (Some(130), &b""[..])
    );
    assert!(output.stderr.ends_with(b"stopped\n"), "{output:?}");
}

#[test]
fn ctrl_c_ends_the_program() {
    let home = home();
    let script = "exec 3> line; echo ready >&3; cat hold; echo '[]'";
    let args = ["exec", "analysis", "in.wav", "--", "sh", "-c", script];
    let mut meanwhile = Meanwhile::start(&home, &args);
    assert_eq!(meanwhile.read(), "ready\n");
    meanwhile.signal("INT");
    stopped(&meanwhile.end());
    assert_eq!(home.run(&["jobs", "analysis"]).text(), "");
}

#[test]
fn ctrl_c_ends_a_program_that_ignores_signals_and_what_it_started() {
    let home = home();
    let script = "exec 3> line; trap '' INT TERM; cat hold & echo ready >&3; cat hold; echo '[]'";
    let args = ["exec", "analysis", "in.wav", "--", "sh", "-c", script];
    let mut meanwhile = Meanwhile::start(&home, &args);
    assert_eq!(meanwhile.read(), "ready\n");
    meanwhile.signal("INT");
    stopped(&meanwhile.end());
    assert_eq!(home.run(&["jobs", "analysis"]).text(), "");
}

#[test]
fn a_second_ctrl_c_waits_for_nothing() {
    let home = home();
    let script = "exec 3> line; trap 'echo asked >&3' TERM; echo ready >&3; \
                  while :; do cat hold; done";
    let args = ["exec", "analysis", "in.wav", "--", "sh", "-c", script];
    let mut meanwhile = Meanwhile::start(&home, &args);
    assert_eq!(meanwhile.read(), "ready\n");
    meanwhile.signal("INT");
    assert_eq!(meanwhile.read(), "asked\n");
    meanwhile.signal("INT");
    assert_eq!(meanwhile.end().status.code(), Some(130));
}

#[test]
fn what_is_left_running_is_ended() {
    let home = home();
    let script = "exec 3> line; cat hold & echo '[]'";
    let args = ["exec", "analysis", "in.wav", "--", "sh", "-c", script];
    let output = Meanwhile::start(&home, &args).end();
    assert!(output.status.success(), "{output:?}");
    // The same, where it does not hold standard output.
    let other = self::home();
    let script = "exec 3> line; cat hold > /dev/null & echo '[]'";
    let args = ["exec", "analysis", "in.wav", "--", "sh", "-c", script];
    let output = Meanwhile::start(&other, &args).end();
    assert!(output.status.success(), "{output:?}");
}
