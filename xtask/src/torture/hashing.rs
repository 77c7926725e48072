//! Files that another process changes while they are hashed.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use fastrand::Rng;
use media_hash::{HashFileError, Sha256, hash_bytes, hash_file};

use super::child::{Child, Role, say, spin};
use super::outcome::Outcome;
use crate::error::Error;
use crate::workspace::scratch;

/// A write of one page is seen whole or not at all.
const PAGE: usize = 4096;
const PAGES: usize = 512;

/// What a file holds: each page a byte, over and over.
type Pages = Vec<u8>;

fn content(pages: &[u8]) -> Vec<u8> {
    let mut content = Vec::with_capacity(pages.len() * PAGE);
    for &byte in pages {
        content.resize(content.len() + PAGE, byte);
    }
    content
}

/// Replaces a file, overwrites pages of it, appends to it, cuts it off and
/// removes it, `changes` times with moments between. Says the hash of all that
/// it holds before it holds it.
pub(super) fn change_files(folder: &Path, changes: u64, seed: u64) -> Result<(), Error> {
    let (path, other) = (folder.join("file"), folder.join("other"));
    let failed = || Error::io("change", &path);
    let mut random = Rng::with_seed(seed);
    let mut pages: Pages = Vec::new();
    let replace = |pages: &mut Pages, random: &mut Rng| {
        *pages = vec![random.u8(..); random.usize(1..PAGES)];
        say_content(pages)?;
        fs::write(&other, content(pages))
            .and_then(|()| fs::rename(&other, &path))
            .map_err(failed())
    };
    replace(&mut pages, &mut random)?;
    say("ready")?;
    for _ in 0..changes {
        spin(Duration::from_micros(random.u64(..1000)));
        match random.u8(..16) {
            0..=3 => replace(&mut pages, &mut random)?,
            4..=8 => {
                let mut file = OpenOptions::new()
                    .write(true)
                    .open(&path)
                    .map_err(failed())?;
                for _ in 0..random.usize(1..4) {
                    let (at, byte) = (random.usize(..pages.len()), random.u8(..));
                    pages[at] = byte;
                    say_content(&pages)?;
                    file.seek(SeekFrom::Start((at * PAGE) as u64))
                        .and_then(|_| file.write_all(&[byte; PAGE]))
                        .map_err(failed())?;
                }
            }
            9..=11 => {
                let byte = random.u8(..);
                pages.push(byte);
                say_content(&pages)?;
                let file = OpenOptions::new().append(true).open(&path);
                file.and_then(|mut file| file.write_all(&[byte; PAGE]))
                    .map_err(failed())?;
            }
            12..=14 => {
                pages.truncate(pages.len().div_ceil(2));
                say_content(&pages)?;
                let file = OpenOptions::new().write(true).open(&path);
                file.and_then(|file| file.set_len((pages.len() * PAGE) as u64))
                    .map_err(failed())?;
            }
            _ => {
                // An empty file for a moment, then one of a page.
                pages.truncate(1);
                say_content(&[])?;
                say_content(&pages)?;
                fs::remove_file(&path)
                    .and_then(|()| fs::write(&path, content(&pages)))
                    .map_err(failed())?;
            }
        }
    }
    Ok(())
}

fn say_content(pages: &[u8]) -> Result<(), Error> {
    say(hash_bytes::<Sha256>(content(pages)).as_str())
}

/// Hashes a file while it is changed: each hash must be of what it held.
pub(super) fn changes(changes: u64) -> Result<Outcome, Error> {
    let folder = scratch()?;
    let path = folder.path().join("file");
    let mut writer = Child::start(Role::ChangeFiles, folder.path(), changes, changes)?;
    let mut held = HashSet::new();
    while let Some(line) = writer.line().filter(|line| line != "ready") {
        held.insert(line);
    }
    // Read all the while, or it would wait for its lines to be taken.
    let said = std::thread::spawn(move || writer.end());
    let (mut outcome, mut caught, mut given) = (Outcome::default(), 0_u64, Vec::new());
    while !said.is_finished() {
        outcome.runs += 1;
        let started = Instant::now();
        match hash_file::<Sha256>(&path) {
            Ok(hash) => given.push(hash),
            Err(HashFileError::ChangedWhileHashing { .. }) => caught += 1,
            Err(HashFileError::NotFound { .. }) => {}
            Err(error) => outcome.failures.push(format!("{error:?}")),
        }
        outcome.worst = outcome.worst.max(started.elapsed());
    }
    let (lines, success) = said.join().map_err(|_| Error::Child)??;
    outcome.require(success, || "nobody changed the file to the end".to_owned());
    held.extend(lines);
    outcome.acknowledged = given.len() as u64;
    let wrong = given.iter().filter(|hash| !held.contains(hash.as_str()));
    outcome.lost = wrong.count() as u64;
    outcome.require(caught > 0 && !given.is_empty(), || {
        "the file never changed while it was hashed, or always".to_owned()
    });
    Ok(outcome)
}
