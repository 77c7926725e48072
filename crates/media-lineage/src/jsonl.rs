//! JSON lines: an object for each content, job and analysis.

use std::io::{self, Write};

use serde::Serialize;

use crate::Lineage;

/// An object on a line. Keys that are columns have their names.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line<'a> {
    Content {
        hash: &'a str,
        above: Option<usize>,
        below: Option<usize>,
        files: Vec<File<'a>>,
        changed: bool,
        changed_ancestor: Option<&'a str>,
    },
    Job {
        id: i64,
        job_id: &'a str,
        action: &'a str,
        input_path: &'a str,
        input_hash: &'a str,
        output_path: &'a str,
        output_hash: &'a str,
        created_at: f64,
    },
    Analysis {
        id: i64,
        file_path: &'a str,
        file_hash: &'a str,
        config_hash: &'a str,
        created_at: f64,
    },
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    verdict: Option<&'a str>,
    actual: Option<&'a str>,
    checked_at: Option<f64>,
}

impl Lineage {
    /// Writes a JSON object on each line: the contents, then the jobs, then the
    /// analyses, in their order. `kind` tells them apart, other keys are named
    /// after the columns; `above` and `below` are those of
    /// [`Content`](crate::Content).
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_jsonl(&self, mut out: impl Write) -> io::Result<()> {
        let mut write = |line: &Line<'_>| -> io::Result<()> {
            serde_json::to_writer(&mut out, line)?;
            out.write_all(b"\n")
        };
        for content in &self.contents {
            write(&Line::Content {
                hash: content.hash.as_str(),
                above: content.above,
                below: content.below,
                files: content.files.iter().map(File::of).collect(),
                changed: content.is_changed(),
                changed_ancestor: content.changed_ancestor.as_ref().map(AsRef::as_ref),
            })?;
        }
        for job in &self.jobs {
            write(&Line::Job {
                id: job.id,
                job_id: &job.job_id,
                action: &job.action,
                input_path: &job.input_path,
                input_hash: self.contents[job.input].hash.as_str(),
                output_path: &job.output_path,
                output_hash: self.contents[job.output].hash.as_str(),
                created_at: job.created_at.as_unix_seconds(),
            })?;
        }
        for analysis in &self.analyses {
            write(&Line::Analysis {
                id: analysis.id,
                file_path: &analysis.file_path,
                file_hash: self.contents[analysis.content].hash.as_str(),
                config_hash: analysis.config_hash.as_str(),
                created_at: analysis.created_at.as_unix_seconds(),
            })?;
        }
        Ok(())
    }
}

impl<'a> File<'a> {
    fn of(file: &'a crate::RecordedFile) -> Self {
        let check = file.check.as_ref();
        Self {
            path: &file.path,
            verdict: check.map(|check| check.verdict.as_str()),
            actual: check.and_then(|check| Some(check.actual.as_ref()?.as_str())),
            checked_at: check.map(|check| check.checked_at.as_unix_seconds()),
        }
    }
}
