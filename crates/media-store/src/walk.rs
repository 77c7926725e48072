//! The files that arguments stand for.

use std::iter;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::failure::Failure;

/// The files that `paths` stand for, in the order given. With `recursive` a
/// folder stands for the regular files below it, in the order of their names;
/// links that are met on the way are passed over.
pub(crate) fn files(
    paths: &[PathBuf],
    recursive: bool,
) -> impl Iterator<Item = Result<PathBuf, Failure>> {
    paths
        .iter()
        .flat_map(move |path| match (path.is_dir(), recursive) {
            (false, _) => one(Ok(path.clone())),
            (true, true) => Box::new(below(path)),
            (true, false) => one(Err(Failure::Directory { path: path.clone() })),
        })
}

type Files = Box<dyn Iterator<Item = Result<PathBuf, Failure>>>;

fn one(item: Result<PathBuf, Failure>) -> Files {
    Box::new(iter::once(item))
}

fn below(folder: &Path) -> impl Iterator<Item = Result<PathBuf, Failure>> + use<> {
    let folder = folder.to_owned();
    WalkDir::new(&folder)
        .sort_by_file_name()
        .into_iter()
        .filter_map(move |entry| match entry {
            Ok(entry) => entry.file_type().is_file().then(|| Ok(entry.into_path())),
            Err(error) => Some(Err(Failure::File {
                action: "list",
                path: error.path().unwrap_or(&folder).to_owned(),
                source: error.into(),
            })),
        })
}
