//! The canonical form of a text is that of Python's `json`, asked of a
//! `python3` that runs beside, and its own canonical form.
#![no_main]

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use libfuzzer_sys::fuzz_target;
use media_hash::{CanonicalJsonError, canonicalize_json};

const PYTHON: &str = include_str!("../../../crates/media-hash/tests/it/canonical.py");

fuzz_target!(|text: &str| {
    let ours = canonicalize_json(text);
    if let Ok(canonical) = &ours {
        assert!(canonical.is_ascii());
        assert_eq!(canonicalize_json(canonical).as_ref(), Ok(canonical));
    }
    if matches!(
        ours,
        Err(CanonicalJsonError::TooDeep { .. } | CanonicalJsonError::TooLong)
    ) {
        return;
    }
    assert_eq!(ours.ok(), python().lock().unwrap().canonical(text));
});

struct Python {
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
}

fn python() -> &'static Mutex<Python> {
    static PYTHON_CHILD: OnceLock<Mutex<Python>> = OnceLock::new();
    PYTHON_CHILD.get_or_init(|| {
        let mut child = Command::new("python3")
            .args(["-c", PYTHON])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 runs");
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Mutex::new(Python {
            _child: child,
            input,
            output,
        })
    })
}

impl Python {
    fn canonical(&mut self, text: &str) -> Option<String> {
        let len = u32::try_from(text.len()).unwrap();
        self.input.write_all(&len.to_le_bytes()).unwrap();
        self.input.write_all(text.as_bytes()).unwrap();
        let mut len = [0; 4];
        self.output.read_exact(&mut len).unwrap();
        let len = u32::from_le_bytes(len);
        if len == u32::MAX {
            return None;
        }
        let mut canonical = vec![0; len as usize];
        self.output.read_exact(&mut canonical).unwrap();
        Some(String::from_utf8(canonical).unwrap())
    }
}
