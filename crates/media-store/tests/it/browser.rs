//! A real browser: Chromium without a window.

use std::env;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;

const PROGRAM: &str = "chromium";

static SAID: Once = Once::new();

/// A page as it is after its scripts ran.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The document without its scripts, which hold all data whether shown or
    /// not.
    pub(crate) html: String,
    /// What a reader sees of it.
    pub(crate) text: String,
}

/// Whether there is a browser; if not, that is said, and where everything must
/// be shown to hold it is a failure.
pub(crate) fn is_there() -> bool {
    let version = Command::new(PROGRAM).arg("--version").output();
    if version.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(
        env::var_os("REQUIRE_TEST_PROGRAMS").is_none(),
        "install chromium"
    );
    // Once, and past the capture of output, so that it is seen.
    SAID.call_once(|| {
        let line = "\nnot run, for there is no chromium to open it in: report\n";
        io::stderr().lock().write_all(line.as_bytes()).unwrap();
    });
    false
}

/// Opens a page at a fragment. A message on the browser's console fails.
pub(crate) fn open(page: &Path, fragment: &[(&str, &str)]) -> Shown {
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-dev-shm-usage", "--no-first-run"])
        .args(["--enable-logging=stderr", "--window-size=1200,900"])
        // Time that timers see passes at once.
        .arg("--virtual-time-budget=5000")
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--dump-dom")
        .arg(address(page, fragment))
        .env("HOME", profile.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let console: Vec<_> = said
        .lines()
        .filter(|line| line.contains("CONSOLE"))
        .collect();
    assert!(console.is_empty(), "{console:?}");
    let html = without_scripts(&String::from_utf8(output.stdout).unwrap());
    let text = text_of(&html);
    Shown { html, text }
}

fn address(page: &Path, fragment: &[(&str, &str)]) -> String {
    let fields: Vec<_> = fragment
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let path = encoded(page.to_str().unwrap()).replace("%2F", "/");
    format!("file://{path}#{}", fields.join("&"))
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn without_scripts(html: &str) -> String {
    let mut pieces = html.split("<script");
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(piece.split_once("</script>").unwrap().1);
    }
    kept
}

/// The text between tags, of which the serialised document has no others.
fn text_of(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let mut text = String::new();
    for piece in body.split('<') {
        let between = piece.split_once('>').map_or("", |(_, text)| text);
        text.push_str(between);
        text.push(' ');
    }
    let text = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text, |text, (escaped, plain)| text.replace(escaped, plain));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
