//! `exec processing`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::exec::{Meanwhile, ffmpeg_is_missing, fifo, home, not_run, outcome, runs, stopped};
use crate::support::{Home, Ran};

/// Makes a file by a script of the shell.
fn sh(home: &Home, options: &[&str], files: [&str; 2], script: &str) -> Ran {
    let exec = ["exec", "processing", "--action", "convert"];
    let program = ["--", "sh", "-c", script, "sh", "{input}", "{output}"];
    home.run(&[&exec, options, &files, &program].concat())
}

/// A run that failed: its status, and that nothing was made or recorded.
fn failed(home: &Home, ran: &Ran, status: i32, said: &[&str]) {
    assert_eq!((ran.status, ran.text()), (status, ""), "{}", ran.stderr);
    let error = ran.stderr.lines().last().unwrap();
    assert!(error.starts_with("error: "), "{error}");
    for said in said {
        assert!(error.contains(said), "{said:?} is not in {error}");
    }
    let known = ["data", "folder", "in.wav", "line", "hold"];
    let names = home.names();
    assert!(
        names.iter().all(|name| known.contains(&&**name)),
        "{names:?}"
    );
    if names.iter().any(|name| name == "data") {
        assert_eq!(home.run(&["jobs", "processing"]).text(), "");
    }
}

const COUNTED: &str = "echo >> runs; cp \"$1\" \"$2\"; echo made >> \"$2\"";

#[test]
fn an_output_is_made_once_for_a_content_and_a_command() {
    let home = home();
    let make = |options: &[&str]| sh(&home, options, ["in.wav", "out.wav"], COUNTED);
    let first = make(&["--params", r#"{"n": 123456789012345678901234567890}"#]);
    assert_eq!(outcome(&first), ["computed", "new"]);
    let row = &first.objects()[0];
    assert_eq!(row["action"], "convert");
    assert_eq!(row["input_path"], home.path("in.wav").to_str().unwrap());
    assert_eq!(row["output_path"], home.path("out.wav").to_str().unwrap());
    let words = json!(["sh", "-c", COUNTED, "sh", "{input}", "{output}"]);
    assert_eq!(row["parameters"]["command"], words);
    assert!(
        first
            .text()
            .contains("\"n\":123456789012345678901234567890}")
    );
    assert_eq!(
        fs::read_to_string(home.path("out.wav")).unwrap(),
        "samplesmade\n"
    );

    assert_eq!(outcome(&make(&[])), ["computed", "other parameters"]);
    assert_eq!(outcome(&make(&[])), ["cached", "unchanged"]);
    assert_eq!(outcome(&make(&["--force"])), ["computed", "forced"]);
    assert_eq!(runs(&home), 3);
    home.write("out.wav", "damaged");
    assert_eq!(outcome(&make(&[])), ["computed", "output changed"]);
    fs::remove_file(home.path("out.wav")).unwrap();
    assert_eq!(outcome(&make(&[])), ["computed", "output missing"]);
    assert_eq!(runs(&home), 5);

    fs::rename(home.path("in.wav"), home.path("moved.wav")).unwrap();
    let moved = sh(&home, &[], ["moved.wav", "out.wav"], COUNTED);
    assert_eq!(outcome(&moved), ["cached", "unchanged"]);
    let copied = sh(&home, &[], ["moved.wav", "copy.wav"], COUNTED);
    let from = format!("copied from {}", home.path("out.wav").display());
    assert_eq!(outcome(&copied), ["cached", &*from]);
    assert_eq!(runs(&home), 5);
    assert_eq!(home.run(&["verify", "--job", job(&copied)]).status, 0);
}

fn job(ran: &Ran) -> &str {
    let id = ran.text().split("\"job_id\":\"").nth(1).unwrap();
    id.split('"').next().unwrap()
}

#[test]
fn a_program_that_makes_nothing_right_leaves_nothing() {
    let home = home();
    let make = |script: &str| sh(&home, &[], ["in.wav", "out.wav"], script);
    failed(&home, &make("true"), 1, &["nothing was written", "out.wav"]);
    failed(
        &home,
        &make("mkdir \"$2\""),
        1,
        &["a folder was written", "out.wav"],
    );
    let ran = make("echo half > \"$2\"; echo 'no such codec' >&2; exit 3");
    failed(
        &home,
        &ran,
        1,
        &["in.wav", "out.wav", "\"sh\"", "exit status: 3"],
    );
    assert!(ran.stderr.contains("no such codec\n"), "{}", ran.stderr);
    let ran = make("echo half > \"$2\"; kill -9 $$");
    failed(&home, &ran, 1, &["SIGKILL"]);
    let ran = make("mkfifo hold; cat hold & echo whole > \"$2\"");
    failed(&home, &ran, 1, &["still running"]);
    home.write("folder/out.wav", "as it was");
    failed(
        &home,
        &sh(
            &home,
            &[],
            ["in.wav", "folder/out.wav"],
            "echo half > \"$2\"; false",
        ),
        1,
        &[],
    );
    let left = fs::read_to_string(home.path("folder/out.wav")).unwrap();
    assert_eq!(left, "as it was");
}

#[test]
fn nothing_is_created_where_nothing_can_run() {
    let home = home();
    fs::create_dir(home.path("folder")).unwrap();
    let before = home.names();
    let exec = |args: &[&str]| {
        let exec = ["exec", "processing", "--action", "convert"];
        home.run(&[&exec, args].concat())
    };
    for (args, said) in [
        (
            &["no.wav", "out", "--", "cp", "{input}", "{output}"][..],
            "does not exist",
        ),
        (
            &["folder", "out", "--", "cp", "{input}", "{output}"],
            "is a directory",
        ),
        (
            &["in.wav", "no/out", "--", "cp", "{input}", "{output}"],
            "no folder",
        ),
        (
            &["in.wav", "out", "--", "nosuch", "{output}"],
            "no program \"nosuch\"",
        ),
        (
            &[
                "in.wav", "out", "--params", "[]", "--", "cp", "{input}", "{output}",
            ],
            "--params takes a JSON object",
        ),
        (
            &[
                "in.wav",
                "out",
                "--params",
                r#"{"command": 1}"#,
                "--",
                "cp",
                "{output}",
            ],
            "`command`",
        ),
    ] {
        failed(&home, &exec(args), 2, &[said]);
        assert_eq!(home.names(), before);
    }
    let program = ["in.wav", "out", "--", "cp", "{input}", "{output}"];
    let ran = home.run(&[&["exec", "processing"], &program[..]].concat());
    assert!(ran.stderr.contains("--action"), "{}", ran.stderr);
    let ran = home.run(&[&["exec", "processing", "--action", ""], &program[..]].concat());
    assert!(ran.stderr.contains("--action"), "{}", ran.stderr);
    assert_eq!(home.names(), before);

    let copy = |output| exec(&["in.wav", output, "--", "cp", "{input}", "{output}"]);
    failed(&home, &copy("in.wav"), 2, &["its own input"]);
    failed(&home, &copy("folder"), 2, &["not a regular file"]);
}

#[test]
fn a_folder_that_is_read_only_is_an_error_that_names_the_output() {
    let home = home();
    let folder = home.path("folder");
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(folder.join("probe"), "").is_ok() {
        not_run("root may write anywhere: exec processing into a read-only folder");
        return;
    }
    let ran = sh(&home, &[], ["in.wav", "folder/out.wav"], COUNTED);
    failed(&home, &ran, 2, &["folder/out.wav", "rights"]);
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn names_and_formats_reach_the_program_as_they_are() {
    let home = home();
    for name in [
        "two words.wav",
        "it's \"$(x)\" *.wav",
        "line\nbreak.wav",
        "{input}.wav",
    ] {
        home.write(name, name);
        let output = format!("out {name}");
        // The output is new, and has its own name.
        let script = "[ ! -e \"$2\" ] && [ \"${2##*/}\" = \"out ${1##*/}\" ] && cp \"$1\" \"$2\"";
        let ran = sh(&home, &[], [name, &output], script);
        assert_eq!(outcome(&ran), ["computed", "new"], "{}", ran.stderr);
        assert_eq!(
            ran.objects()[0]["output_path"],
            home.path(&output).to_str().unwrap()
        );
        assert_eq!(fs::read_to_string(home.path(&output)).unwrap(), name);
    }
}

#[test]
fn what_the_program_prints_is_no_result() {
    let home = home();
    let script = "echo to stdout; echo to stderr >&2; cp \"$1\" \"$2\"";
    let ran = sh(&home, &["--format", "table"], ["in.wav", "out.wav"], script);
    assert_eq!(ran.lines()[0], home.path("out.wav").to_str().unwrap());
    assert!(
        ran.lines()[1].starts_with("  computed (new), job 01"),
        "{}",
        ran.text()
    );
    for said in ["\nto stdout\n", "\nto stderr\n"] {
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
    }
    let ran = sh(&home, &["-q", "--force"], ["in.wav", "out.wav"], script);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    let failing = "echo to stdout; echo to stderr >&2; false";
    let ran = sh(&home, &["-q"], ["in.wav", "out.wav"], failing);
    let mut lines: Vec<_> = ran.stderr.lines().take(2).collect();
    lines.sort_unstable();
    assert_eq!((ran.status, lines), (1, vec!["to stderr", "to stdout"]));
}

#[test]
fn only_standard_output_says_that_an_output_is_incomplete() {
    let home = home();
    fifo(&home, "hold");
    let script = "cat hold > /dev/null & cp \"$1\" \"$2\"";
    for options in [&["--force"][..], &["--force", "-q"]] {
        let ran = sh(&home, options, ["in.wav", "out.wav"], script);
        assert_eq!(outcome(&ran)[0], "computed");
    }
}

const SLOW: &str = "exec 3> line; echo x >> runs; echo half > \"$1\"; echo ready >&3; cat hold";

fn slow() -> [&'static str; 11] {
    [
        "exec",
        "processing",
        "--action",
        "convert",
        "in.wav",
        "out.wav",
        "--",
        "sh",
        "-c",
        SLOW,
        "sh",
    ]
}

#[test]
fn ctrl_c_leaves_no_file() {
    let home = home();
    let args = [&slow()[..], &["{output}"]].concat();
    let mut meanwhile = Meanwhile::start(&home, &args);
    assert_eq!(meanwhile.read(), "ready\n");
    meanwhile.signal("INT");
    stopped(&meanwhile.end());
    assert_eq!(home.names(), ["data", "hold", "in.wav", "line", "runs"]);
    assert_eq!(home.run(&["jobs", "processing"]).text(), "");
}

#[test]
fn of_two_at_once_one_runs_the_program() {
    let home = home();
    let args = [&slow()[..], &["{output}"]].concat();
    let mut first = Meanwhile::start(&home, &args);
    assert_eq!(first.read(), "ready\n");
    let second = home.command(&args).stdout(Stdio::piped()).spawn().unwrap();
    fs::write(home.path("hold"), "").unwrap();
    assert!(first.end().status.success());
    let second = second.wait_with_output().unwrap();
    let row: Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(row["outcome"], "cached");
    assert_eq!(runs(&home), 1);
}

#[test]
fn ffmpeg_converts_once() {
    if ffmpeg_is_missing("exec processing of a conversion") {
        return;
    }
    let home = Home::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-silence/samples");
    fs::copy(samples.join("archive.wav"), home.path("talk.wav")).unwrap();
    let convert = |input, level| {
        let counted = "echo >> runs; exec \"$@\"";
        home.run(&[
            "exec",
            "processing",
            "--action",
            "convert",
            input,
            "talk.flac",
            "--",
            "sh",
            "-c",
            counted,
            "sh",
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-i",
            "{input}",
            "-compression_level",
            level,
            "{output}",
        ])
    };
    assert_eq!(outcome(&convert("talk.wav", "5")), ["computed", "new"]);
    assert_eq!(outcome(&convert("talk.wav", "5")), ["cached", "unchanged"]);
    assert_eq!(runs(&home), 1);
    let other = convert("talk.wav", "0");
    assert_eq!(outcome(&other), ["computed", "other parameters"]);
    assert_eq!(runs(&home), 2);

    let mut flac = fs::read(home.path("talk.flac")).unwrap();
    assert!(flac.starts_with(b"fLaC"));
    let middle = flac.len() / 2;
    flac[middle] ^= 1;
    home.write("talk.flac", flac);
    let again = convert("talk.wav", "0");
    assert_eq!(outcome(&again), ["computed", "output changed"]);
    assert_eq!(home.run(&["verify", "--job", job(&again)]).status, 0);
    assert_eq!(runs(&home), 3);

    fs::rename(home.path("talk.wav"), home.path("moved.wav")).unwrap();
    assert_eq!(outcome(&convert("moved.wav", "0")), ["cached", "unchanged"]);
    assert_eq!(runs(&home), 3);
    home.write("moved.wav", "no audio");
    let ran = convert("moved.wav", "0");
    assert_eq!((ran.status, ran.text()), (1, ""), "{}", ran.stderr);
    assert!(
        fs::read(home.path("talk.flac"))
            .unwrap()
            .starts_with(b"fLaC")
    );
}

#[test]
fn a_command_that_is_not_told_where_to_write_is_told_so() {
    let home = home();
    let exec = |command: &[&str]| {
        let exec = [
            "exec",
            "processing",
            "--action",
            "convert",
            "in.wav",
            "out",
            "--",
        ];
        home.run(&[&exec, command].concat())
    };
    let ran = exec(&["true"]);
    failed(&home, &ran, 1, &["nothing was written"]);
    assert!(ran.stderr.contains("holds {output}"), "{}", ran.stderr);
    let ran = exec(&["sh", "-c", "exit 3"]);
    failed(&home, &ran, 1, &["exit status: 3"]);
    assert!(!ran.stderr.contains("{output}"), "{}", ran.stderr);
}
