//! The texts under which a path or a hash may be recorded.
//!
//! This project records absolute paths and hashes in lower case. Other
//! programs have recorded what they were given.

use std::path::{Path, PathBuf};

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

/// The path that this project records.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|source| Failure::File {
        action: "find the absolute path of",
        path: path.into(),
        source,
    })
}
