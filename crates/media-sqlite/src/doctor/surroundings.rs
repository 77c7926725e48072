//! What can be seen of a database without opening it.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use media_schema::findings::{Findings, counted};
use media_schema::{FindingKind, Severity};

use super::lock_holder::{Byte, LOG_USER, LOG_WRITER, WRITER, lock_holder};
use super::size::size_text;
use super::untouched::{Header, size};
use crate::OpenError;
use crate::filesystem::{available_bytes, is_writable, network_kind, other_owner};
use crate::location::beside;

/// The log is cut to this size when it is folded in: the limit that every
/// connection sets.
const LOG_LIMIT: u64 = 64 << 20;

/// Less than this on the disk, and a save may fail.
const SCARCE: u64 = 64 << 20;

/// Who holds the write lock for longer keeps others from their work.
const LONG: Duration = Duration::from_secs(2);

/// What lies longer than this is nobody's any more.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);

/// There is no file. If it left something behind it was deleted, otherwise
/// there is nothing to say.
pub(super) fn require_traces(path: &Path, findings: &mut Findings) -> Result<(), OpenError> {
    let traces: Vec<_> = ["-wal", "-journal"]
        .into_iter()
        .filter(|suffix| size(&beside(path, suffix)) > 0)
        .map(|suffix| beside(path, suffix).display().to_string())
        .collect();
    if traces.is_empty() {
        return Err(OpenError::NotFound { path: path.into() });
    }
    findings.add(
        Severity::Error,
        FindingKind::Deleted,
        format!(
            "there is no database any more, but what belongs to it is there: {}",
            traces.join(", ")
        ),
        "stop the programs that use it, put the database back from a backup, and move that away \
         first: it belongs to no other copy",
    );
    Ok(())
}

/// What cannot be a database, or cannot be looked at.
pub(super) fn refused(error: OpenError, findings: &mut Findings) {
    match error {
        OpenError::NotAFile { kind, .. } => findings.add(
            Severity::Error,
            FindingKind::NotAFile,
            format!("it is a {kind}, not a file"),
            "name the database itself",
        ),
        OpenError::Io { source, .. } if is_link_loop(&source) => findings.add(
            Severity::Error,
            FindingKind::LinkLoop,
            "it is a symbolic link that leads back to itself",
            "remove the link, or let it lead to the database",
        ),
        other => {
            let reason = std::error::Error::source(&other).map(ToString::to_string);
            findings.add(
                Severity::Error,
                FindingKind::Unreachable,
                format!(
                    "it cannot be looked at: {}",
                    reason.unwrap_or_else(|| other.to_string())
                ),
                "check the path and the permissions of its folders",
            );
        }
    }
}

fn is_link_loop(error: &std::io::Error) -> bool {
    #[cfg(unix)]
    const CODE: i32 = rustix::io::Errno::LOOP.raw_os_error();
    // ERROR_CANT_RESOLVE_FILENAME of Windows.
    #[cfg(not(unix))]
    const CODE: i32 = 1921;
    error.raw_os_error() == Some(CODE)
}

/// Looks at the file, its folder and its disk. Whether there is anything in it
/// to go on with.
pub(super) fn look_at_file(path: &Path, findings: &mut Findings) -> bool {
    let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = file.parent().unwrap_or(&file);
    let Ok(metadata) = fs::metadata(&file) else {
        findings.add(
            Severity::Warning,
            FindingKind::Changing,
            "it went away while it was looked at",
            "try again",
        );
        return false;
    };
    let before = findings.count();
    permissions(&file, &metadata, folder, findings);
    disk(folder, findings);
    if metadata.len() == 0 {
        findings.add(
            Severity::Warning,
            FindingKind::Empty,
            "the file is empty",
            "the first save makes a database of it; if there was one, restore a backup",
        );
        return false;
    }
    if findings.count() == before {
        findings.ok(
            FindingKind::File,
            format!(
                "a file of {} that can be read and written to",
                size_text(metadata.len())
            ),
        );
    }
    true
}

fn permissions(file: &Path, metadata: &Metadata, folder: &Path, findings: &mut Findings) {
    if let Some(user) = other_owner(metadata) {
        findings.add(
            Severity::Note,
            FindingKind::Owner,
            format!("the file belongs to another user (number {user})"),
            "let all its users share a group that may write to it and to its folder",
        );
    }
    let beside = ["-wal", "-shm"].map(|suffix| beside(file, suffix));
    let files = [file.to_owned(), folder.to_owned()]
        .into_iter()
        .chain(beside);
    let closed: Vec<_> = files
        .filter(|path| fs::metadata(path).is_ok_and(|metadata| !is_writable(path, &metadata)))
        .map(|path| path.display().to_string())
        .collect();
    if !closed.is_empty() {
        findings.add(
            Severity::Warning,
            FindingKind::Permission,
            format!("cannot be written to: {}", closed.join(", ")),
            "saving needs write permission for the file, its folder, and the -wal and -shm \
             beside it; with a log, so does reading",
        );
    }
}

fn disk(folder: &Path, findings: &mut Findings) {
    if let Some(kind) = network_kind(folder) {
        findings.add(
            Severity::Warning,
            FindingKind::NetworkFilesystem,
            format!("it lies on a network file system ({kind})"),
            "move it to a local disk, or use the rollback journal from one machine at a time",
        );
    }
    if let Some(message) = available_bytes(folder).and_then(scarcity) {
        findings.add(
            Severity::Warning,
            FindingKind::DiskSpace,
            message,
            "make room: a save that finds none fails and leaves the database as it was",
        );
    }
}

/// What there is to say of the bytes that are left on a disk.
fn scarcity(available: u64) -> Option<String> {
    match available {
        0 => Some("the disk is full".to_owned()),
        1..SCARCE => Some(format!("the disk has {} left", size_text(available))),
        _ => None,
    }
}

/// Looks at what lies beside the database, and at its locks.
pub(super) fn look_around(path: &Path, header: Header, findings: &mut Findings) {
    match header.keeps_log {
        Some(true) => look_at_log(path, findings),
        Some(false) => look_at_journal(path, findings),
        None => findings.ok(
            FindingKind::Journal,
            "this process has it open, so its locks and its journal were not asked about",
        ),
    }
    let mut abandoned = path.as_os_str().to_owned();
    abandoned.push("-locks");
    leftovers(&PathBuf::from(abandoned), |_| true, findings);
}

fn look_at_log(path: &Path, findings: &mut Findings) {
    let (log, index) = (beside(path, "-wal"), beside(path, "-shm"));
    let bytes = size(&log);
    let user = lock_holder(&index, LOG_USER);
    let holder = user.map_or_else(|| "by nobody".to_owned(), by);
    findings.ok(
        FindingKind::Journal,
        format!("a write-ahead log of {}, open {holder}", size_text(bytes)),
    );
    keeps_lock(&index, LOG_WRITER, findings);
    if bytes > LOG_LIMIT {
        findings.add(
            Severity::Warning,
            FindingKind::LargeLog,
            format!("the log does not shrink: it has {}", size_text(bytes)),
            match user {
                Some(_) => {
                    "look for a program that reads without end, or stop all that use the \
                     database: the last one to close it folds the log in"
                }
                None => "open the database to write and close it again: that folds the log in",
            },
        );
    } else if user.is_none() && bytes > 0 && cfg!(unix) {
        // Empty ones are what every reader leaves.
        findings.add(
            Severity::Note,
            FindingKind::Leftover,
            format!(
                "a program ended without closing the database: {} of log are left",
                size_text(bytes)
            ),
            "nothing: the next program that writes takes it up; never delete it by hand",
        );
    }
}

fn look_at_journal(path: &Path, findings: &mut Findings) {
    let journal = beside(path, "-journal");
    findings.ok(FindingKind::Journal, "a rollback journal");
    keeps_lock(path, WRITER, findings);
    if journal.exists() && size(&journal) == 0 {
        findings.add(
            Severity::Note,
            FindingKind::Leftover,
            "an empty journal was left behind",
            "nothing: the next program that writes takes it away",
        );
    }
}

fn by(process: i32) -> String {
    match process {
        1.. => format!("by process {process}"),
        _ => "by a process of another machine or container".to_owned(),
    }
}

/// Says if one process holds a lock whenever it is asked about.
fn keeps_lock(path: &Path, byte: Byte, findings: &mut Findings) {
    let Some(first) = lock_holder(path, byte) else {
        return;
    };
    if !is_held_throughout(first, || lock_holder(path, byte)) {
        return;
    }
    findings.add(
        Severity::Warning,
        FindingKind::Locked,
        format!(
            "the write lock is held {}, for longer than {} s",
            by(first),
            LONG.as_secs()
        ),
        "let that program finish its transaction, or end it: what it did not commit is undone",
    );
}

/// Whether one process holds a lock for long, and not several in turn.
fn is_held_throughout(first: i32, mut holder: impl FnMut() -> Option<i32>) -> bool {
    let started = Instant::now();
    while started.elapsed() < LONG {
        if holder() != Some(first) {
            return false;
        }
        pause();
    }
    true
}

#[expect(
    clippy::disallowed_methods,
    reason = "the system tells who holds a lock now, not when it is free"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(20));
}

/// Says if a folder has files of ours that nobody can be using any more.
pub(super) fn leftovers(folder: &Path, is_ours: impl Fn(&str) -> bool, findings: &mut Findings) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let now = SystemTime::now();
    let is_abandoned = |entry: &fs::DirEntry| {
        let age = entry
            .metadata()
            .and_then(|metadata| metadata.modified())
            .map(|modified| now.duration_since(modified).unwrap_or_default());
        entry.file_name().to_str().is_some_and(&is_ours) && age.is_ok_and(|age| age > ABANDONED)
    };
    let count = entries.flatten().filter(is_abandoned).count() as u64;
    if count > 0 {
        findings.add(
            Severity::Note,
            FindingKind::Leftover,
            format!(
                "{} of a program that died: {}",
                counted(count, "temporary file"),
                folder.display()
            ),
            "delete them when nothing runs; they mean nothing",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writers_that_take_turns_hold_no_lock_for_long() {
        let mut holders = [Some(1), Some(1), Some(2), Some(1)].into_iter().flatten();
        assert!(!is_held_throughout(1, || holders.next()));
        assert_eq!(holders.next(), Some(1), "asked until it was another");
        assert!(!is_held_throughout(1, || None));
    }

    #[test]
    fn a_disk_is_full_before_nothing_is_left() {
        assert_eq!(scarcity(0).unwrap(), "the disk is full");
        assert_eq!(scarcity(4096).unwrap(), "the disk has 4.0 KiB left");
        assert_eq!(scarcity(SCARCE), None);
    }
}
