//! Which recorded files an audit is to check, as they were named.

use std::path::Path;

use media_audit::{Scope, Selected, is_recorded};

use crate::cli::VerifyArgs;
use crate::failure::Failure;
use crate::names::Names;
use crate::place::Database;

impl VerifyArgs {
    /// Whose files are asked for; both options together mean both.
    pub(crate) fn scope(&self) -> Scope {
        match (self.analysis, self.processing) {
            (true, false) => Scope::Analysis,
            (false, true) => Scope::Processing,
            _ => Scope::All,
        }
    }

    /// The files that are named, under the texts by which they are recorded;
    /// `None` if all are meant.
    pub(crate) fn selection(&self, database: &Database) -> Result<Option<Vec<Selected>>, Failure> {
        if self.path.is_empty() && self.job.is_empty() {
            return Ok(None);
        }
        let mut selection = Vec::new();
        for path in &self.path {
            selection.push(Selected::Path(recorded(database, self.scope(), path)?));
        }
        selection.extend(self.job.iter().cloned().map(Selected::Job));
        Ok(Some(selection))
    }
}

fn recorded(database: &Database, scope: Scope, path: &Path) -> Result<String, Failure> {
    Names::of_path(path)?.recorded(|path| Ok(u64::from(is_recorded(database, scope, path)?)))
}
