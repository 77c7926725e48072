//! Under which conditions was measured.

use std::fs;
use std::path::Path;
use std::process::Command;

use postgres_cluster::Programs;

use crate::bench::Bench;
use crate::real;

/// A list for the page.
pub(crate) fn conditions(bench: &Bench, command: &str) -> String {
    let mut lines = machine(command, bench.data.folder());
    lines.push(format!(
        "This project {}, SQLite {}",
        env!("CARGO_PKG_VERSION"),
        sqlite()
    ));
    lines.extend(load());
    lines.push(format!(
        "Peers: {}",
        [
            format!("rusqlite {}", locked("rusqlite")),
            format!("symphonia {}", locked("symphonia")),
            python(bench),
            first_line("openssl", &["version"]),
            first_line("sha256sum", &["--version"]),
            match &*bench.b3sum {
                Ok(b3sum) => first_line(&b3sum.display().to_string(), &["--version"]),
                Err(why) => format!("b3sum missing ({why})"),
            },
            first_line("ffmpeg", &["-version"])
                .split(" Copyright")
                .next()
                .unwrap_or_default()
                .to_owned(),
        ]
        .join("; ")
    ));
    listed(&lines)
}

/// A list for the page of what was measured on a server.
pub(crate) fn server_conditions(bench: &Bench, command: &str) -> String {
    // The server's folder is a temporary one.
    let mut lines = machine(command, &std::env::temp_dir());
    let server = Programs::find().map_or_else(
        |error| format!("PostgreSQL missing ({error})"),
        |programs| format!("PostgreSQL {}", programs.version()),
    );
    lines.push(format!(
        "This project {}, {server}, `fsync` on",
        env!("CARGO_PKG_VERSION")
    ));
    lines.extend(load());
    lines.push(format!(
        "Peers: postgres {}; ml-metadata {}",
        locked("postgres"),
        bench.first_environment.version("ml-metadata")
    ));
    listed(&lines)
}

fn listed(lines: &[String]) -> String {
    format!("- {}\n", lines.join("\n- "))
}

/// What is the same for everything; the file system is that of `folder`.
fn machine(command: &str, folder: &Path) -> Vec<String> {
    vec![
        format!("Command: `{command}`"),
        format!("Date: {}", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"])),
        format!(
            "Processor: {}, {} cores",
            processor(),
            std::thread::available_parallelism().map_or(0, usize::from)
        ),
        format!("System: {}", said("uname", &["-srm"])),
        format!(
            "File system: {}",
            said("stat", &["-f", "-c", "%T", &folder.display().to_string()])
        ),
        format!(
            "Commit: {}",
            said("git", &["describe", "--always", "--dirty"])
        ),
    ]
}

fn load() -> Option<String> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    let load: Vec<_> = load.split_whitespace().take(3).collect();
    Some(format!(
        "Load averages at the end (1, 5, 15 minutes): {}",
        load.join(" ")
    ))
}

fn sqlite() -> &'static str {
    media_sqlite::sqlite_version()
}

fn python(bench: &Bench) -> String {
    let ask = "import platform, sqlite3; \
               print(f'Python {platform.python_version()} with SQLite {sqlite3.sqlite_version}')";
    let python = bench.first_environment.python().map_or_else(
        |why| format!("Python missing ({why})"),
        |python| said(&python.display().to_string(), &["-c", ask]),
    );
    let first = |package| format!("{package} {}", bench.first_environment.version(package));
    let library = "cjm-media-plugin-system";
    [
        python,
        format!(
            "{} and {}",
            first(library),
            bench.second_environment.version(library)
        ),
        first("diskcache"),
        first("joblib"),
        first("ml-metadata"),
    ]
    .join("; ")
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        let mut lines = text.lines().filter(|line| line.starts_with(name));
        lines
            .next()
            .and_then(|line| Some(line.split_once(": ")?.1.to_owned()))
    };
    let mhz = field("cpu MHz").and_then(|mhz| mhz.parse::<f64>().ok());
    let name = field("model name").unwrap_or_else(|| said("uname", &["-p"]));
    match mhz {
        Some(mhz) => format!("{name} at {:.1} GHz", mhz / real(1000)),
        None => name,
    }
}

/// The version in Cargo.lock of the clone that this was built from.
fn locked(package: &str) -> String {
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.lock");
    let text = fs::read_to_string(lock).unwrap_or_default();
    let name = format!("name = \"{package}\"");
    let mut lines = text.lines().skip_while(|line| *line != name).skip(1);
    lines
        .next()
        .and_then(|line| line.strip_prefix("version = "))
        .map_or_else(
            || "unknown".into(),
            |version| version.trim_matches('"').into(),
        )
}

fn first_line(program: &str, arguments: &[&str]) -> String {
    said(program, arguments)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// What a program prints, or that it is missing.
fn said(program: &str, arguments: &[&str]) -> String {
    match Command::new(program).args(arguments).output() {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => format!("{program} missing ({error})"),
    }
}
