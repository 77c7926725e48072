//! Files of a folder that rows name, and audits of them.

use std::num::NonZero;
use std::ops::ControlFlow;

use media_audit::{Audit, Event, Summary};
use media_hash::ContentHash;
use media_schema::{MediaBackend, NewAnalysis, NewProcessing, Verdict};

use crate::home::Home;
use crate::samples::{config, jobs, results, sha};

/// A database that names files of a folder.
pub(crate) struct Recorded<B> {
    pub(crate) backend: B,
    pub(crate) home: Home,
}

impl<B: MediaBackend> Recorded<B> {
    pub(crate) fn new(backend: B) -> Self {
        let home = Home::new();
        Self { backend, home }
    }

    pub(crate) fn analysed(&self, name: &str, hash: ContentHash) {
        let new = NewAnalysis::new(self.home.path(name), hash, config("x"));
        results(&self.backend).save(&new.unwrap()).unwrap();
    }

    /// Writes a file, and records a result of it.
    pub(crate) fn add(&self, name: &str) {
        self.home.write(name, name);
        self.analysed(name, sha(name));
    }

    pub(crate) fn processed(&self, job_id: &str, input: &str, output: &str) {
        let file = |name: &str| (self.home.path(name), sha(name));
        let new = NewProcessing::new(job_id, "cut", file(input), file(output));
        jobs(&self.backend).save(&new.unwrap()).unwrap();
    }

    pub(crate) fn audit(&self) -> Audit<'_, B> {
        let one = NonZero::<usize>::MIN;
        Audit::new(&self.backend).threads(one)
    }

    /// Runs an audit that ends after so many checks.
    pub(crate) fn run(&self, audit: &Audit<'_, B>, count: usize) -> Report {
        let prefix = self.home.text("");
        let name = |path: &str| path.strip_prefix(&prefix).unwrap_or(path).to_owned();
        let (mut checks, mut resumed) = (Vec::new(), false);
        let summary = audit.run(|event| {
            match event {
                Event::Begun { is_resumed, .. } => resumed = is_resumed,
                Event::Checked(file) => checks.push(Check {
                    name: name(file.path),
                    verdict: file.verdict,
                    found_at: file.found_at.map(name),
                }),
                Event::UnreadableRow(error) => panic!("{error}"),
                _ => {}
            }
            if checks.len() < count {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        Report {
            checks,
            resumed,
            summary: summary.unwrap(),
        }
    }

    pub(crate) fn run_all(&self, audit: &Audit<'_, B>) -> Report {
        self.run(audit, usize::MAX)
    }
}

pub(crate) struct Check {
    pub(crate) name: String,
    pub(crate) verdict: Verdict,
    pub(crate) found_at: Option<String>,
}

pub(crate) struct Report {
    pub(crate) checks: Vec<Check>,
    pub(crate) resumed: bool,
    pub(crate) summary: Summary,
}

impl Report {
    pub(crate) fn names(&self) -> Vec<&str> {
        self.checks.iter().map(|check| &*check.name).collect()
    }

    /// Names and verdicts, sorted.
    pub(crate) fn verdicts(&self) -> Vec<(&str, Verdict)> {
        let mut verdicts: Vec<_> = self
            .checks
            .iter()
            .map(|check| (&*check.name, check.verdict))
            .collect();
        verdicts.sort_unstable();
        verdicts
    }
}
