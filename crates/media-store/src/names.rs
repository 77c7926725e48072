//! The texts under which a path or a hash may be recorded.
//!
//! This project records absolute paths and hashes in lower case. Other
//! programs have recorded what they were given.

use std::path::{Component, Path, PathBuf};

use media_hash::ContentHash;
use media_schema::{StoreError, path_key};

use crate::failure::Failure;

/// The text that this project records, and the text as it was given.
#[derive(Debug)]
pub(crate) struct Names {
    ours: String,
    given: String,
}

impl Names {
    /// A path: absolute, its links not resolved.
    pub(crate) fn of_path(path: &Path) -> Result<Self, Failure> {
        let absolute = absolute(path)?;
        Ok(Self {
            ours: path_key(&absolute, "--path")?.to_owned(),
            given: path_key(path, "--path")?.to_owned(),
        })
    }

    /// A hash: in lower case, if it is one.
    pub(crate) fn of_hash(text: &str) -> Self {
        Self {
            ours: text.parse().map_or_else(
                |_| text.to_owned(),
                |hash: ContentHash| hash.as_str().to_owned(),
            ),
            given: text.to_owned(),
        }
    }

    /// Both, ours first.
    pub(crate) fn both(self) -> [String; 2] {
        [self.ours, self.given]
    }

    /// The text as given if only that is recorded, otherwise ours.
    pub(crate) fn recorded(
        self,
        count: impl Fn(&str) -> Result<u64, StoreError>,
    ) -> Result<String, Failure> {
        let only_given =
            self.ours != self.given && count(&self.ours)? == 0 && count(&self.given)? > 0;
        Ok(if only_given { self.given } else { self.ours })
    }
}

/// The path that this project records: absolute, its links not resolved.
///
/// `folder/..` is taken out, so that a file has one name from wherever it is
/// looked at, but not behind a link: the parent of where it leads is another
/// folder.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    let absolute = std::path::absolute(path).map_err(|source| Failure::File {
        action: "find the absolute path of",
        path: path.into(),
        source,
    })?;
    if !absolute
        .components()
        .any(|part| part == Component::ParentDir)
    {
        return Ok(absolute);
    }
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match (part, plain.components().next_back()) {
            (Component::ParentDir, Some(Component::Normal(_))) if !plain.is_symlink() => {
                plain.pop();
            }
            // The root is its own parent.
            (Component::ParentDir, Some(Component::RootDir)) => {}
            (part, _) => plain.push(part),
        }
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_that_are_left_again_are_taken_out() {
        let here = std::env::current_dir().unwrap();
        let plain = |path: &str| absolute(Path::new(path)).unwrap();
        assert_eq!(plain("clip.wav"), here.join("clip.wav"));
        assert_eq!(plain("./a/../b/../clip.wav"), here.join("clip.wav"));
        let parent = here.parent().unwrap();
        assert_eq!(plain("../clip.wav"), parent.join("clip.wav"));
        let root = here.ancestors().last().unwrap();
        let up = "../".repeat(here.components().count() + 2);
        assert_eq!(plain(&format!("{up}clip.wav")), root.join("clip.wav"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_left_by_their_own_folder() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("elsewhere/deep", &link).unwrap();
        for path in ["../clip.wav", "../../clip.wav"] {
            let path = link.join(path);
            assert_eq!(absolute(&path).unwrap(), path);
        }
        let through = link.join("a/../clip.wav");
        assert_eq!(absolute(&through).unwrap(), link.join("clip.wav"));
    }
}
