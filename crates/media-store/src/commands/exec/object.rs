//! JSON objects that are given as options.

use std::collections::BTreeMap;
use std::fs;

use media_hash::canonicalize_json;
use serde_json::value::{RawValue, to_raw_value};

use crate::failure::Failure;
use crate::program::CommandLine;

/// A JSON object in canonical form, so that no number is altered.
#[derive(Debug)]
pub(super) struct Object(Box<RawValue>);

impl Object {
    /// Takes what an option was given: JSON, or `@` and the file that holds
    /// it. Without the option it is empty.
    pub(super) fn of_option(option: &str, given: Option<&str>) -> Result<Self, Failure> {
        let given = given.unwrap_or("{}");
        let (name, text) = match given.strip_prefix('@') {
            None => (option.to_owned(), given.to_owned()),
            Some(file) => {
                let text = fs::read_to_string(file).map_err(|source| Failure::OptionFile {
                    option: option.to_owned(),
                    path: file.into(),
                    source,
                })?;
                (format!("{option} @{file}"), text)
            }
        };
        let canonical = canonicalize_json(&text).map_err(|source| Failure::OptionJson {
            option: name.clone(),
            source,
        })?;
        if !canonical.starts_with('{') {
            return Err(Failure::Message(format!(
                "{name} takes a JSON object, such as '{{\"threshold\": -40}}'"
            )));
        }
        let json = |source| Failure::OptionObject {
            option: name.clone(),
            source,
        };
        // What a peer could not read, half a surrogate pair say, is refused.
        serde_json::from_str::<serde_json::Value>(&canonical).map_err(json)?;
        RawValue::from_string(canonical).map(Self).map_err(json)
    }

    /// A command, and this object under `config` beside it.
    pub(super) fn under_config(&self, command: &CommandLine) -> Result<Box<RawValue>, Failure> {
        let words = to_raw_value(&command.words())?;
        let object = BTreeMap::from([("command", &words), ("config", &self.0)]);
        Ok(to_raw_value(&object)?)
    }

    /// This object, given to `option`, and a command in it.
    pub(super) fn with_command(
        &self,
        option: &str,
        command: &CommandLine,
    ) -> Result<Box<RawValue>, Failure> {
        let words = to_raw_value(&command.words())?;
        let mut object: BTreeMap<String, &RawValue> = serde_json::from_str(self.0.get())?;
        if object.insert("command".to_owned(), &words).is_some() {
            return Err(Failure::Message(format!(
                "{option} has a key `command`, which is where the command's words go: rename it"
            )));
        }
        Ok(to_raw_value(&object)?)
    }
}
