//! `exec analysis`.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde_json::json;

use crate::exec::{Meanwhile, ffmpeg_is_missing, fifo, home, outcome, runs};
use crate::support::{Home, Ran};

/// Runs a script of the shell over `in.wav`.
fn sh(home: &Home, options: &[&str], script: &str) -> Ran {
    let exec = ["exec", "analysis", "in.wav"];
    let program = ["--", "sh", "-c", script, "sh", "{input}"];
    home.run(&[&exec, options, &program].concat())
}

/// A run that failed: its status, and that nothing was saved.
fn failed(home: &Home, ran: &Ran, status: i32, said: &[&str]) {
    assert_eq!((ran.status, ran.text()), (status, ""), "{}", ran.stderr);
    let error = ran.stderr.lines().last().unwrap();
    assert!(error.starts_with("error: "), "{error}");
    for said in said {
        assert!(error.contains(said), "{said:?} is not in {error}");
    }
    if home.names().iter().any(|name| name == "data") {
        assert_eq!(home.run(&["jobs", "analysis"]).text(), "");
    }
}

const COUNTED: &str = "echo >> runs; echo '[{\"start\": 0, \"end\": 1.5}]'";

#[test]
fn a_result_is_computed_once_for_a_content_and_a_command() {
    let home = home();
    let first = sh(&home, &[], COUNTED);
    assert_eq!(outcome(&first), ["computed", "new"]);
    let row = &first.objects()[0];
    assert_eq!(row["file_path"], home.path("in.wav").to_str().unwrap());
    assert_eq!(row["ranges"], json!([{"start": 0, "end": 1.5}]));
    assert_eq!(row["metadata"], json!(null));
    assert_eq!(outcome(&sh(&home, &[], COUNTED)), ["cached", "unchanged"]);
    assert_eq!(runs(&home), 1);

    let forced = sh(&home, &["--force"], COUNTED);
    assert_eq!(outcome(&forced), ["computed", "forced"]);
    let other = sh(&home, &[], &format!("{COUNTED} "));
    assert_eq!(outcome(&other), ["computed", "other config"]);
    let config = ["--config", r#"{"model": 3}"#];
    let other = sh(&home, &config, COUNTED);
    assert_eq!(outcome(&other), ["computed", "other config"]);
    assert_eq!(
        outcome(&sh(&home, &config, COUNTED)),
        ["cached", "unchanged"]
    );
    home.write("in.wav", "other samples");
    let changed = sh(&home, &[], COUNTED);
    assert_eq!(outcome(&changed), ["computed", "file changed"]);
    assert_eq!(runs(&home), 5);
    fs::rename(home.path("in.wav"), home.path("old.wav")).unwrap();
    fs::copy(home.path("old.wav"), home.path("in.wav")).unwrap();
    assert_eq!(outcome(&sh(&home, &[], COUNTED)), ["cached", "unchanged"]);
    let program = ["--", "sh", "-c", COUNTED, "sh", "{input}"];
    let moved = home.run(&[&["exec", "analysis", "old.wav"][..], &program].concat());
    let from = format!("moved from {}", home.path("in.wav").display());
    assert_eq!(outcome(&moved), ["cached", &*from]);
    assert_eq!(runs(&home), 5);
}

#[test]
fn the_words_and_the_configuration_are_the_identity() {
    let home = home();
    let config = r#"{"n":123456789012345678901234567890, "f": 1e-7}"#;
    let identity =
        format!(r#"{{"config": {config}, "command": ["sh", "-c", "echo []", "{{input}}"]}}"#);
    home.write("identity.json", identity);
    home.write("config.json", config);
    let hash = home.run(&["config-hash", "identity.json"]);
    let run = |config| {
        let program = ["--", "sh", "-c", "echo []", "{input}"];
        home.run(
            &[
                &["exec", "analysis", "in.wav", "--config", config],
                &program[..],
            ]
            .concat(),
        )
    };
    let ran = run(config);
    assert_eq!(ran.objects()[0]["config_hash"], hash.text().trim_end());
    assert_eq!(outcome(&run("@config.json")), ["cached", "unchanged"]);
}

#[test]
fn ranges_and_metadata_are_kept_to_the_last_digit() {
    let home = home();
    let ran = sh(
        &home,
        &[],
        r#"echo '{"metadata": {"big": 123456789012345678901234567890},'
           echo ' "ranges": [{"start": -0.5, "end": 2, "id": 123456789012345678901234567890}]}'"#,
    );
    let row = ran.text();
    assert!(
        row.contains(r#""ranges":[{"end":2,"id":123456789012345678901234567890,"start":-0.5}]"#),
        "{row}"
    );
    assert!(row.contains(r#""metadata":{"big":123456789012345678901234567890}"#));
}

#[test]
fn what_is_no_analysis_is_an_error_that_says_where() {
    let home = home();
    for (output, said) in [
        ("", "nothing"),
        (" \n", "print []"),
        (
            "nonsense",
            "near `nonsense`: invalid JSON at line 1, column 1",
        ),
        ("[\n [1 2]]", "near ` [1 2]]`: invalid JSON at line 2"),
        ("[] []", "expected the end of the document"),
        (
            "null",
            "expected an array of ranges, or an object with `ranges`",
        ),
        (
            r#"{"metadata": {}}"#,
            "an object with `ranges`, found `{\"metadata\":{}}`",
        ),
        (r#"{"ranges": [], "x": 1}"#, "key \"x\""),
        (r#"{"ranges": {}}"#, "`ranges`: expected an array"),
        (
            r#"{"ranges": [], "metadata": []}"#,
            "`metadata`: expected an object",
        ),
        (
            r#"[{"start": 0, "end": 1}, 5]"#,
            "range 2: expected an object, found `5`",
        ),
        (
            r#"[{"start": 0, "end": 1}, {"end": 1}]"#,
            "range 2, `start`: expected a number",
        ),
        (
            r#"[{"start": 0, "end": "1"}]"#,
            "range 1, `end`: expected a number of seconds, found `\"1\"`",
        ),
        (
            r#"[{"start": 2, "end": 1}]"#,
            "range 1: expected a `start` that is not after `end`",
        ),
        (r#"[{"start": 0, "end": 1e400}]"#, "not finite"),
        (
            r#"[{"start": 0, "end": 1, "label": 7}]"#,
            "range 1, `label`: expected text",
        ),
        (
            r#"[{"start": 0, "end": 1, "confidence": "high"}]"#,
            "`confidence`",
        ),
        (r#"[{"start": 0, "end": 1, "payload": 7}]"#, "`payload`"),
        (
            r#"[{"start": 0, "end": 1, "note": "\ud800"}]"#,
            "range 1 cannot be read",
        ),
    ] {
        home.write("output", output);
        let ran = sh(&home, &[], "cat output");
        failed(
            &home,
            &ran,
            1,
            &["in.wav", "\"sh\"", "nothing was saved", said],
        );
    }
    home.write("output", b"[\xff]");
    failed(
        &home,
        &sh(&home, &[], "cat output"),
        1,
        &["not UTF-8 from byte 1"],
    );
    home.write("output", "[".repeat(100_000));
    failed(&home, &sh(&home, &[], "cat output"), 1, &["127 levels"]);
}

#[test]
fn a_program_that_fails_is_told_from_one_that_did_not_start() {
    let home = home();
    let ran = sh(&home, &[], "echo 'no such codec' >&2; echo '[]'; exit 3");
    failed(&home, &ran, 1, &["in.wav", "\"sh\"", "exit status: 3"]);
    assert!(ran.stderr.contains("\nno such codec\n"), "{}", ran.stderr);
    let ran = sh(&home, &[], "kill -9 $$");
    failed(&home, &ran, 1, &["\"sh\"", "SIGKILL"]);
    let ran = sh(&home, &[], "head -c 100000000 /dev/zero");
    failed(&home, &ran, 1, &["\"sh\"", "printed more than 64 MiB"]);

    let exec = |program: &str| home.run(&["exec", "analysis", "in.wav", "--", program]);
    failed(&home, &exec("nosuch"), 2, &["no program \"nosuch\""]);
    failed(&home, &exec("./nosuch"), 2, &["no program \"./nosuch\""]);
    failed(&home, &exec(""), 2, &["no program \"\""]);
    failed(&home, &exec("./in.wav"), 2, &["\"./in.wav\"", "executable"]);
    failed(&home, &exec("/"), 2, &["\"/\"", "executable"]);
}

#[test]
fn nothing_is_created_where_nothing_can_run() {
    let home = home();
    fs::create_dir(home.path("folder")).unwrap();
    fifo(&home, "fifo");
    let before = home.names();
    let exec = |args: &[&str]| home.run(&[&["exec", "analysis"], args].concat());
    for (args, said) in [
        (&["nowhere.wav", "--", "true"][..], "does not exist"),
        (&["folder", "--", "true"], "is a directory"),
        (&["fifo", "--", "true"], "is a FIFO"),
        (&["in.wav", "--", "nosuch"], "no program"),
        (&["in.wav", "--", "./in.wav"], "executable"),
        (
            &["in.wav", "--config", "[1]", "--", "true"],
            "--config takes a JSON object",
        ),
        (
            &["in.wav", "--config", "{", "--", "true"],
            "--config takes a JSON object: invalid JSON",
        ),
        (
            &["in.wav", "--config", "@none", "--", "true"],
            "--config: cannot read \"none\"",
        ),
        (
            &["in.wav", "--config", "@in.wav", "--", "true"],
            "--config @in.wav takes",
        ),
        (
            &["in.wav", "--config", r#"{"a": "\ud800"}"#, "--", "true"],
            "--config",
        ),
    ] {
        failed(&home, &exec(args), 2, &[said]);
    }
    let mut command = home.command(&["exec", "analysis", "in.wav", "--", "echo"]);
    let ran = Ran::of(command.arg(OsStr::from_bytes(b"\xff")));
    failed(&home, &ran, 2, &["word 2", "\"\\xFF\"", "UTF-8"]);
    let mut command = home.command(&["exec", "analysis"]);
    let name = OsStr::from_bytes(b"\xff.wav");
    let ran = Ran::of(command.arg(name).args(["--", "echo", "[]"]));
    failed(&home, &ran, 2, &["UTF-8"]);
    assert_eq!(exec(&["in.wav", "--"]).status, 2);
    assert_eq!(exec(&["in.wav", "true"]).status, 2);
    assert_eq!(home.names(), before);
}

#[test]
fn a_result_outlives_its_program() {
    let home = home();
    let exec = ["exec", "analysis", "in.wav", "--", "./tool"];
    home.write("tool", "#!/bin/sh\necho '[]'\n");
    let ran = home.run(&exec);
    failed(&home, &ran, 2, &["\"./tool\"", "executable"]);
    make_executable(&home.path("tool"));
    assert_eq!(outcome(&home.run(&exec)), ["computed", "new"]);
    fs::remove_file(home.path("tool")).unwrap();
    assert_eq!(outcome(&home.run(&exec)), ["cached", "unchanged"]);
    let forced = [&exec[..3], &["--force"], &exec[3..]].concat();
    assert_eq!(home.run(&forced).status, 2);

    home.write("tool", "echo '[]'\n");
    make_executable(&home.path("tool"));
    let ran = home.run(&forced);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("#!"), "{}", ran.stderr);
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn names_reach_the_program_as_they_are() {
    let home = Home::new();
    for name in [
        "two words.wav",
        "it's \"quoted\" $(x) `y` *.wav",
        "line\nbreak.wav",
        "{input} {output}.wav",
        "-n",
        "été.wav",
    ] {
        let path = home.write(name, "samples");
        // Both forms of the argument lead to the file, and nothing else does.
        let script = r#"[ $# = 2 ] && [ "--in=$1" = "$2" ] && cat "$1" >&2 && echo '[]'"#;
        let relative = format!("./{name}");
        let ran = home.run(&[
            "exec",
            "analysis",
            &relative,
            "--",
            "sh",
            "-c",
            script,
            "sh",
            "{input}",
            "--in={input}",
        ]);
        assert_eq!(ran.status, 0, "{name:?}: {}", ran.stderr);
        assert_eq!(ran.objects()[0]["file_path"], path.to_str().unwrap());
        assert!(ran.stderr.ends_with("samples") || ran.text().contains("moved from"));
    }
}

#[test]
fn standard_input_is_empty_and_quiet_is_quiet() {
    let home = home();
    let script = "cat; echo note >&2; echo '[]'";
    assert_eq!(sh(&home, &["-q"], script).stderr, "");
    let ran = sh(&home, &["-q"], "seq 5000 >&2; printf end >&2; exit 1");
    assert_eq!(ran.status, 1);
    let lines: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(lines[..2], ["4992", "4993"]);
    assert_eq!(lines[9], "end");
    assert!(lines[10].starts_with("error: ") && lines.len() == 11);
}

#[test]
fn a_command_that_is_not_told_the_file_is_told_so_when_it_runs() {
    let home = home();
    let exec = |options: &[&str]| {
        let exec = ["exec", "analysis", "in.wav"];
        home.run(&[&exec, options, &["--", "echo", "[]"]].concat())
    };
    let note = "no argument of the command holds {input}, the path to read\n";
    let ran = exec(&[]);
    assert!(
        ran.status == 0 && ran.stderr.ends_with(note),
        "{}",
        ran.stderr
    );
    assert_eq!(exec(&[]).stderr, "");
    assert_eq!(exec(&["--force", "-q"]).stderr, "");
    assert_eq!(exec(&["--force"]).stderr, note);
}

#[test]
fn people_see_the_ranges() {
    let home = home();
    let ran = sh(&home, &["--format", "table"], COUNTED);
    let path = home.path("in.wav");
    let expected = format!(
        "{}\n  computed (new)\n       0.000      1.500  segment\n",
        path.display()
    );
    assert_eq!(ran.text(), expected);
    let ran = sh(&home, &["--format", "csv"], COUNTED);
    assert!(ran.lines()[0].ends_with(",created_at,outcome,reason"));
    assert!(ran.lines()[1].ends_with(",cached,unchanged"));
}

#[test]
fn a_file_that_changes_meanwhile_has_no_result() {
    let home = home();
    let ran = sh(&home, &[], "echo more >> \"$1\"; echo '[]'");
    failed(&home, &ran, 2, &["in.wav", "changed while"]);
}

#[test]
fn of_two_at_once_one_runs_the_program() {
    let home = home();
    let script = "echo >> runs; exec 3> line; echo ready >&3; cat hold; echo '[]'";
    let args = ["exec", "analysis", "in.wav", "--", "sh", "-c", script];
    let mut first = Meanwhile::start(&home, &args);
    assert_eq!(first.read(), "ready\n");
    let mut second = home.command(&args);
    let second = second.stdout(std::process::Stdio::piped()).spawn().unwrap();
    fs::write(home.path("hold"), "").unwrap();
    assert!(first.end().status.success());
    let second = second.wait_with_output().unwrap();
    let row: serde_json::Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!(row["outcome"], "cached");
    assert_eq!(runs(&home), 1);
}

#[test]
fn silence_as_ffmpeg_finds_it() {
    if ffmpeg_is_missing("exec analysis of silence") {
        return;
    }
    let home = Home::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let clip = here.join("../plugin-silence/samples/rain.flac");
    fs::copy(clip, home.path("rain.flac")).unwrap();
    let tool = here.join("tests/programs/silencedetect.sh");
    let tool = tool.to_str().unwrap();
    let run = |noise| {
        let counted = "echo >> runs; exec sh \"$@\"";
        home.run(&[
            "exec",
            "analysis",
            "rain.flac",
            "--",
            "sh",
            "-c",
            counted,
            "sh",
            tool,
            noise,
            "0.5",
            "{input}",
        ])
    };
    let first = run("-40dB");
    assert_eq!(outcome(&first), ["computed", "new"]);
    let row = &first.objects()[0];
    let ranges = row["ranges"].as_array().unwrap();
    assert_eq!(ranges.len(), 3, "{ranges:?}");
    assert!((ranges[1]["start"].as_f64().unwrap() - 1.39).abs() < 0.03);
    assert!((ranges[1]["end"].as_f64().unwrap() - 1.93).abs() < 0.03);
    assert_eq!(row["metadata"], json!({"tool": "ffmpeg"}));

    let second = run("-40dB");
    assert_eq!(outcome(&second), ["cached", "unchanged"]);
    assert_eq!(second.objects()[0]["ranges"], row["ranges"]);
    assert_eq!(runs(&home), 1);
    assert_eq!(outcome(&run("-50dB")), ["computed", "other config"]);
    assert_eq!(runs(&home), 2);

    home.write("rain.flac", "no audio");
    let ran = run("-40dB");
    assert_eq!((ran.status, ran.text()), (1, ""), "{}", ran.stderr);
}
