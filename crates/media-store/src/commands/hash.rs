//! `hash`: the content hashes of files.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use media_hash::{ContentHash, DynAlgorithm, FileHasher, HashFileError, Sha256};

use crate::cli::{HashArgs, Shared};
use crate::failure::{Failure, Status};
use crate::output::{Fields, Format, List, Listed, Page};
use crate::progress::Progress;
use crate::{messages, stop, walk};

pub(crate) fn run(shared: &Shared, args: &HashArgs) -> Result<Status, Failure> {
    let stop = stop::on_signal()?;
    let progress = Progress::new(shared.quiet);
    if progress.is_visible() {
        progress.set_total(total(args));
    }
    let algorithms = algorithms(&args.algo);
    let format = Format::or_text(shared.format);
    let mut list = List::new(format);
    let mut outcome: Result<_, Failure> = Ok(Status::Fine);
    let mut unlisted = false;

    let report = |error: &dyn Error| progress.aside(|| messages::error(error));
    let files = walk::files(&args.paths, args.recursive)
        .take_while(|_| !stop.load(Ordering::Relaxed))
        .filter_map(|file| {
            let listed = file.inspect_err(|failure| report(failure));
            unlisted |= listed.is_err();
            listed.ok()
        });
    let advance = |bytes| progress.advance(bytes);
    let hasher = FileHasher::new(&algorithms).progress(&advance).cancel(stop);
    hasher.hash_each(files, |path: PathBuf, hashed| {
        let written = match hashed {
            Ok(file) => progress.aside(|| write(&mut list, format, &path, &file.hashes)),
            Err(HashFileError::Cancelled { .. }) => return,
            Err(error) => {
                report(&error);
                Ok(Status::Incomplete)
            }
        };
        match written {
            Ok(status) => {
                if let Ok(worst) = &mut outcome {
                    *worst = status.max(*worst);
                }
            }
            Err(error) => {
                // Nobody reads on: the files that are left need no hash.
                stop.store(true, Ordering::Relaxed);
                outcome = Err(error.into());
            }
        }
    });
    let status = outcome?;
    list.finish::<Line<'_>>()?;
    stop::check(stop)?;
    Ok(if unlisted { Status::Incomplete } else { status })
}

/// Those asked for, each once: whoever names one twice wants no second line.
fn algorithms(asked: &[DynAlgorithm]) -> Vec<DynAlgorithm> {
    let mut algorithms: Vec<DynAlgorithm> = Vec::new();
    for algorithm in asked {
        if algorithms.iter().all(|one| one.name() != algorithm.name()) {
            algorithms.push(*algorithm);
        }
    }
    if algorithms.is_empty() {
        algorithms.push(DynAlgorithm::of::<Sha256>());
    }
    algorithms
}

/// The bytes of all files, as far as they can be seen.
fn total(args: &HashArgs) -> u64 {
    walk::files(&args.paths, args.recursive)
        .flatten()
        .map(|path| path.metadata().map_or(0, |metadata| metadata.len()))
        .sum()
}

/// Writes the hashes of a file; a name that the format cannot hold is said.
fn write(
    list: &mut List,
    format: Format,
    path: &Path,
    hashes: &[ContentHash],
) -> io::Result<Status> {
    if let Err(failure) = format.require_unicode(path) {
        messages::error(&failure);
        return Ok(Status::Incomplete);
    }
    for hash in hashes {
        list.add(&Line { path, hash })?;
    }
    list.flush()?;
    Ok(Status::Fine)
}

/// A hash of a file.
struct Line<'a> {
    path: &'a Path,
    hash: &'a ContentHash,
}

impl Listed for Line<'_> {
    const COLUMNS: &'static [&'static str] = &["path", "hash"];

    fn fields(&self) -> Fields<'_> {
        vec![
            ("path", self.path.to_str().into()),
            ("hash", self.hash.as_str().into()),
        ]
    }

    /// As sha256sum does it: a name with a line break would look like two
    /// files, so it is escaped, and a backslash before the line says so.
    fn show(&self, page: &mut Page) -> io::Result<()> {
        let name = self.path.as_os_str().as_encoded_bytes();
        let escaped = escape(name);
        let mark = if matches!(escaped, Cow::Owned(_)) {
            "\\"
        } else {
            ""
        };
        let mut line = format!("{mark}{}  ", self.hash).into_bytes();
        line.extend_from_slice(&escaped);
        page.line(&line)
    }
}

fn escape(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
        return Cow::Borrowed(name);
    }
    let mut escaped = Vec::with_capacity(name.len() + 8);
    for byte in name {
        match byte {
            b'\n' => escaped.extend_from_slice(b"\\n"),
            b'\r' => escaped.extend_from_slice(b"\\r"),
            b'\\' => escaped.extend_from_slice(b"\\\\"),
            other => escaped.push(*other),
        }
    }
    Cow::Owned(escaped)
}
