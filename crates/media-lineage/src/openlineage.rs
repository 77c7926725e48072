//! OpenLineage run events.

use std::io::{self, Write};

use media_schema::Timestamp;
use serde_json::{Value, json};

use crate::run_id::{analysis_run, job_run};
use crate::text::rfc3339;
use crate::{Content, Lineage};

const PRODUCER: &str = concat!("urn:media-store:media-lineage:", env!("CARGO_PKG_VERSION"));

const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const DATASET_TAGS: &str =
    "https://openlineage.io/spec/facets/1-0-0/TagsDatasetFacet.json#/$defs/TagsDatasetFacet";
const RUN_TAGS: &str =
    "https://openlineage.io/spec/facets/1-0-0/TagsRunFacet.json#/$defs/TagsRunFacet";
const VERSION: &str = "https://openlineage.io/spec/facets/1-0-1/\
     DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet";

impl Lineage {
    /// Writes [OpenLineage](https://openlineage.io/docs/spec/object-model) events,
    /// one on each line: a completed run for each job and each analysis.
    ///
    /// Files are data sets in the namespace `file`, with their content's hash
    /// as the version. A run's id is the `job_id` if that is a UUID, otherwise
    /// one made of it; it is the same in every export. Tags of the run have the
    /// `job_id`, or the `config_hash` of an analysis; tags of a data set say
    /// that it has changed (`fixity`), or from which changed content it was made
    /// (`changed_ancestor`). A time outside the years 1 to 9999 is
    /// written as the nearest within.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_openlineage(&self, mut out: impl Write) -> io::Result<()> {
        let mut write = |event: &Value| -> io::Result<()> {
            serde_json::to_writer(&mut out, event)?;
            out.write_all(b"\n")
        };
        for job in &self.jobs {
            let input = dataset(&self.contents[job.input], &job.input_path);
            let output = dataset(&self.contents[job.output], &job.output_path);
            write(&json!({
                "eventType": "COMPLETE",
                "eventTime": event_time(job.created_at),
                "run": {
                    "runId": job_run(job).to_string(),
                    "facets": {"tags": tags(RUN_TAGS, &[("job_id", &job.job_id)])},
                },
                "job": {"namespace": "media-store", "name": job.action},
                "inputs": [input],
                "outputs": [output],
                "producer": PRODUCER,
                "schemaURL": EVENT,
            }))?;
        }
        for analysis in &self.analyses {
            let content = &self.contents[analysis.content];
            let config = analysis.config_hash.as_str();
            write(&json!({
                "eventType": "COMPLETE",
                "eventTime": event_time(analysis.created_at),
                "run": {
                    "runId": analysis_run(content, analysis).to_string(),
                    "facets": {"tags": tags(RUN_TAGS, &[("config_hash", config)])},
                },
                "job": {"namespace": "media-store", "name": "analysis"},
                "inputs": [dataset(content, &analysis.file_path)],
                "outputs": [],
                "producer": PRODUCER,
                "schemaURL": EVENT,
            }))?;
        }
        Ok(())
    }
}

fn dataset(content: &Content, path: &str) -> Value {
    let mut facets = json!({
        "version": {
            "_producer": PRODUCER,
            "_schemaURL": VERSION,
            "datasetVersion": content.hash,
        },
    });
    let mut marks = Vec::new();
    if content.is_changed() {
        marks.push(("fixity", "changed"));
    }
    if let Some(ancestor) = &content.changed_ancestor {
        marks.push(("changed_ancestor", ancestor.as_str()));
    }
    if !marks.is_empty() {
        facets["tags"] = tags(DATASET_TAGS, &marks);
    }
    json!({"namespace": "file", "name": path, "facets": facets})
}

fn tags(schema: &str, tags: &[(&str, &str)]) -> Value {
    let tag =
        |(key, value): &(&str, &str)| json!({"key": key, "value": value, "source": "media-store"});
    json!({
        "_producer": PRODUCER,
        "_schemaURL": schema,
        "tags": tags.iter().map(tag).collect::<Vec<_>>(),
    })
}

fn event_time(time: Timestamp) -> String {
    rfc3339(time).unwrap_or_else(|| {
        if time.as_unix_seconds() < 0.0 {
            "0001-01-01T00:00:00Z".to_owned()
        } else {
            "9999-12-31T23:59:59Z".to_owned()
        }
    })
}
