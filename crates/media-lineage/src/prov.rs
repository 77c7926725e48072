//! W3C PROV-JSON.

use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value, json};

use crate::run_id::analysis_run;
use crate::text::rfc3339;
use crate::{Analysis, Content, Derivation, Lineage};

impl Lineage {
    /// Writes a document in [PROV-JSON](https://www.w3.org/submissions/prov-json/).
    ///
    /// Contents are entities, jobs and analyses are activities; a job `used` its
    /// input, its output `wasGeneratedBy` it and `wasDerivedFrom` the input; an
    /// analysis `used` a content. Identifiers are made of hashes and names, so
    /// that documents of several databases can be merged: what is no letter,
    /// digit, `_` or `-` is written as `%` and its number. A time outside the
    /// years 1 to 9999 is left out.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_prov(&self, mut out: impl Write) -> io::Result<()> {
        let out: &mut dyn Write = &mut out;
        let id = |content: usize| content_id(&self.contents[content]);
        let prefix = json!({
            "media": "urn:media-store:",
            "content": "urn:media-store:content:",
            "job": "urn:media-store:job:",
            "analysis": "urn:media-store:analysis:",
        });
        out.write_all(b"{\n\"prefix\":")?;
        serde_json::to_writer(&mut *out, &prefix)?;
        let contents = self.contents.iter().map(entity);
        section(out, "entity", contents)?;
        let jobs = self.jobs.iter().map(job_activity);
        let analyses = self.analyses.iter().map(|analysis| self.activity(analysis));
        section(out, "activity", jobs.chain(analyses))?;
        let used = self
            .jobs
            .iter()
            .map(|job| (job_id(job), id(job.input)))
            .chain(
                self.analyses
                    .iter()
                    .map(|analysis| (self.analysis_id(analysis), id(analysis.content))),
            )
            .enumerate()
            .map(|(number, (activity, entity))| {
                let used = json!({"prov:activity": activity, "prov:entity": entity});
                (format!("_:u{number}"), used)
            });
        section(out, "used", used)?;
        let generated = self.jobs.iter().enumerate().map(|(number, job)| {
            let mut generated = json!({
                "prov:entity": id(job.output),
                "prov:activity": job_id(job),
            });
            if let Some(time) = rfc3339(job.created_at) {
                generated["prov:time"] = time.into();
            }
            (format!("_:g{number}"), generated)
        });
        section(out, "wasGeneratedBy", generated)?;
        let derived = self.jobs.iter().enumerate().map(|(number, job)| {
            let derived = json!({
                "prov:generatedEntity": id(job.output),
                "prov:usedEntity": id(job.input),
                "prov:activity": job_id(job),
            });
            (format!("_:d{number}"), derived)
        });
        section(out, "wasDerivedFrom", derived)?;
        out.write_all(b"\n}\n")
    }

    fn activity(&self, analysis: &Analysis) -> (String, Value) {
        let mut activity = json!({
            "prov:type": qualified("media:Analysis"),
            "prov:label": "analysis",
            "media:file_path": analysis.file_path,
            "media:config_hash": analysis.config_hash,
        });
        if let Some(time) = rfc3339(analysis.created_at) {
            activity["prov:endTime"] = time.into();
        }
        (self.analysis_id(analysis), activity)
    }

    fn analysis_id(&self, analysis: &Analysis) -> String {
        let content = &self.contents[analysis.content];
        format!("analysis:{}", analysis_run(content, analysis))
    }
}

/// Writes a member of the document: an object with these members.
fn section(
    out: &mut dyn Write,
    name: &str,
    members: impl Iterator<Item = (String, Value)>,
) -> io::Result<()> {
    write!(out, ",\n\"{name}\":{{")?;
    for (number, (id, value)) in members.enumerate() {
        out.write_all(if number == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &id)?;
        out.write_all(b":")?;
        serde_json::to_writer(&mut *out, &value)?;
    }
    out.write_all(b"}")
}

fn entity(content: &Content) -> (String, Value) {
    let paths: Vec<_> = content.files.iter().map(|file| &file.path).collect();
    let mut entity = Map::new();
    entity.insert("prov:type".into(), qualified("media:Content"));
    entity.insert("prov:label".into(), content.hash.as_str().into());
    if !paths.is_empty() {
        entity.insert("prov:location".into(), json!(paths));
    }
    if content.is_changed() {
        entity.insert("media:changed".into(), true.into());
    }
    if let Some(ancestor) = &content.changed_ancestor {
        entity.insert("media:changed_ancestor".into(), ancestor.as_str().into());
    }
    (content_id(content), entity.into())
}

fn job_activity(job: &Derivation) -> (String, Value) {
    let mut activity = json!({
        "prov:type": qualified("media:Job"),
        "prov:label": job.action,
        "media:job_id": job.job_id,
        "media:action": job.action,
        "media:input_path": job.input_path,
        "media:output_path": job.output_path,
    });
    if let Some(time) = rfc3339(job.created_at) {
        activity["prov:endTime"] = time.into();
    }
    (job_id(job), activity)
}

/// A name of a namespace in the document, as a value.
fn qualified(name: &str) -> Value {
    json!({"$": name, "type": "prov:QUALIFIED_NAME"})
}

fn content_id(content: &Content) -> String {
    format!("content:{}", local_name(content.hash.as_str()))
}

fn job_id(job: &Derivation) -> String {
    format!("job:{}", local_name(&job.job_id))
}

/// A text as the local part of a qualified name.
fn local_name(text: &str) -> String {
    let mut name = String::new();
    for byte in text.bytes() {
        match byte {
            b'-' if name.is_empty() => name.push_str("%2D"),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-' => name.push(byte.into()),
            other => {
                // Writing into a string does not fail.
                let _ = write!(name, "%{other:02X}");
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    /// See <https://www.w3.org/TR/prov-n/#prod-PN_LOCAL>.
    #[test]
    fn local_names_have_no_character_that_means_something() {
        assert_eq!(local_name("sha256:0a"), "sha256%3A0a");
        assert_eq!(local_name("-a-b_c.d/%"), "%2Da-b_c%2Ed%2F%25");
        assert_eq!(local_name("\u{e9}"), "%C3%A9");
        assert_eq!(local_name(""), "");
    }
}
