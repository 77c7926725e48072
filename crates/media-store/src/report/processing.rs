//! Processing jobs, from which the page walks the lineage.

use std::io;

use media_schema::{MediaProcessingRow, StoredHash};
use serde::Serialize;

use super::embed::{Excerpt, block_of_kind, block_of_row};
use super::{Report, Section};

#[derive(Serialize)]
struct Details<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    config_hash: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters: Option<Excerpt<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Excerpt<'a>>,
}

impl Section for MediaProcessingRow {
    fn write(report: &mut Report<'_>, rows: &[&Self]) -> io::Result<()> {
        for row in rows {
            let details = Details {
                config_hash: row.config_hash.as_ref().map(StoredHash::as_str),
                parameters: row.parameters.as_ref().map(|text| Excerpt(text.as_str())),
                metadata: row.metadata.as_ref().map(|text| Excerpt(text.as_str())),
            };
            block_of_row(report.out, "job", row.id, &details)?;
        }
        let lines: Vec<_> = rows
            .iter()
            .map(|row| {
                (
                    row.id,
                    &row.job_id,
                    &row.action,
                    &row.input_path,
                    row.input_hash.as_str(),
                    &row.output_path,
                    row.output_hash.as_str(),
                    row.created_at.as_unix_seconds(),
                )
            })
            .collect();
        report.totals.jobs += rows.len();
        block_of_kind(report.out, "jobs", &lines)
    }
}
