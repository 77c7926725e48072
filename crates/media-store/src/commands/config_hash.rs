//! `config-hash`: the hashes of configurations.

use std::fs;
use std::io;
use std::path::Path;

use media_hash::{ContentHash, canonical_config_json, config_hash_json};

use crate::cli::{ConfigHashArgs, Shared};
use crate::failure::{Failure, Status};
use crate::messages;
use crate::output::{Fields, Format, List, Listed, Page, Value};

pub(crate) fn run(shared: &Shared, args: &ConfigHashArgs) -> Result<Status, Failure> {
    let format = Format::or_text(shared.format);
    let mut list = List::new(format);
    let mut status = Status::Fine;
    for path in &args.files {
        match document(path, args.canonical, format) {
            Ok(document) => list.add(&document)?,
            Err(failure) => {
                messages::error(&failure);
                status = Status::Incomplete;
            }
        }
    }
    list.finish::<Document<'_>>()?;
    Ok(status)
}

fn document(path: &Path, canonical: bool, format: Format) -> Result<Document<'_>, Failure> {
    format.require_unicode(path)?;
    let text = read(path).map_err(|source| Failure::File {
        action: "read",
        path: path.into(),
        source,
    })?;
    let answer = if canonical {
        canonical_config_json(&text).map(Answer::Canonical)
    } else {
        config_hash_json(&text).map(Answer::Hash)
    };
    match answer {
        Ok(answer) => Ok(Document { path, answer }),
        Err(source) => Err(Failure::Document {
            document: name(path),
            source,
        }),
    }
}

fn read(path: &Path) -> io::Result<String> {
    if is_stdin(path) {
        io::read_to_string(io::stdin().lock())
    } else {
        fs::read_to_string(path)
    }
}

fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn name(path: &Path) -> String {
    if is_stdin(path) {
        "standard input".to_owned()
    } else {
        path.display().to_string()
    }
}

/// A document and what was asked about it.
struct Document<'a> {
    path: &'a Path,
    answer: Answer,
}

enum Answer {
    Hash(ContentHash),
    Canonical(String),
}

impl Listed for Document<'_> {
    const COLUMNS: &'static [&'static str] = &["path", "config_hash"];

    fn fields(&self) -> Fields<'_> {
        let answer = match &self.answer {
            Answer::Hash(hash) => ("config_hash", hash.as_str().into()),
            Answer::Canonical(json) => ("canonical", Value::Json(json.clone())),
        };
        vec![("path", self.path.to_str().into()), answer]
    }

    fn show(&self, page: &mut Page) -> io::Result<()> {
        page.line(match &self.answer {
            Answer::Hash(hash) => hash.as_str().as_bytes(),
            Answer::Canonical(json) => json.as_bytes(),
        })
    }
}
