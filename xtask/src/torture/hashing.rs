//! Files that another process changes while they are hashed.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use media_hash::{HashFileError, Sha256, hash_bytes, hash_file};

use super::child::{Child, Role, say, spin};
use super::outcome::Outcome;
use crate::error::Error;
use crate::workspace::scratch;

const PAGE: usize = 4096;
const PAGES: usize = 64;
const VERSIONS: u8 = 8;

/// What a file may hold: so many pages of one byte.
fn content(version: u8, pages: usize) -> Vec<u8> {
    vec![version; pages * PAGE]
}

/// Replaces a file, appends to it, cuts it off and removes it, for ever, with
/// moments between. At any time it holds pages of one byte.
pub(super) fn change_files(folder: &Path, seed: u64) -> Result<(), Error> {
    let (path, other) = (folder.join("file"), folder.join("other"));
    let mut random = Rng::with_seed(seed);
    let mut version = 0;
    say("ready")?;
    loop {
        spin(Duration::from_micros(random.u64(..1500)));
        let done = match random.u8(..16) {
            0..=7 => {
                version = random.u8(..VERSIONS);
                fs::write(&other, content(version, PAGES / 2))
                    .and_then(|()| fs::rename(&other, &path))
            }
            8..=11 => OpenOptions::new()
                .append(true)
                .open(&path)
                .and_then(|mut file| {
                    let pages = file.metadata()?.len() / PAGE as u64;
                    if pages < PAGES as u64 {
                        file.write_all(&content(version, 1))?;
                    }
                    Ok(())
                }),
            12..=14 => OpenOptions::new().write(true).open(&path).and_then(|file| {
                let pages = file.metadata()?.len() / PAGE as u64;
                file.set_len(pages / 2 * PAGE as u64)
            }),
            _ => fs::remove_file(&path),
        };
        match done {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::io("change", &path)(error));
            }
            _ => {}
        }
    }
}

/// Hashes a file while it is changed: each hash must be of what it held.
pub(super) fn changes(hashes: u64) -> Result<Outcome, Error> {
    let folder = scratch()?;
    let path = folder.path().join("file");
    let held: HashSet<_> = (0..VERSIONS)
        .flat_map(|version| (0..=PAGES).map(move |pages| content(version, pages)))
        .map(hash_bytes::<Sha256>)
        .collect();
    let mut writer = Child::start(Role::ChangeFiles, folder.path(), 0, hashes)?;
    let mut outcome = Outcome::default();
    let ready = writer.is_ready();
    outcome.require(ready, || "nobody changes the file".to_owned());
    let mut changed = 0;
    while outcome.runs < hashes {
        outcome.runs += 1;
        let started = Instant::now();
        match hash_file::<Sha256>(&path) {
            Ok(hash) => {
                outcome.acknowledged += 1;
                outcome.lost += u64::from(!held.contains(&hash));
            }
            Err(HashFileError::ChangedWhileHashing { .. }) => changed += 1,
            Err(HashFileError::NotFound { .. }) => {}
            Err(error) => outcome.failures.push(format!("{error:?}")),
        }
        outcome.worst = outcome.worst.max(started.elapsed());
    }
    outcome.require(changed > 0 && outcome.acknowledged > 0, || {
        "the file never changed while it was hashed, or always".to_owned()
    });
    Ok(outcome)
}
