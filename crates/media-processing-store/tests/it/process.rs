//! Asking once for an output.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use media_hash::{Sha256, hash_bytes};
use media_processing_store::{MediaProcessingStorage, Outcome, Processed, Reason, Recipe};
use media_schema::ProcessingFilter;
use serde_json::{Value, json};

use crate::{Fresh, fresh};

impl Fresh {
    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn input(&self) -> PathBuf {
        let input = self.at("in.txt");
        fs::write(&input, "abc").unwrap();
        input
    }

    fn jobs(&self) -> u64 {
        self.storage.count(&ProcessingFilter::default()).unwrap()
    }

    /// What lies in the folder, but for the database's files.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with("media.db"))
            .collect();
        names.sort();
        names
    }
}

/// Turns a text's letters into upper case, and says how many bytes it has.
fn shout(input: &Path, output: &Path) -> io::Result<Value> {
    let text = fs::read_to_string(input)?.to_uppercase();
    fs::write(output, &text)?;
    Ok(json!({"bytes": text.len()}))
}

fn recipe<'a>(input: &'a Path, output: &'a Path, parameters: &'a Value) -> Recipe<'a, Value> {
    Recipe {
        action: "shout",
        input,
        output,
        parameters,
    }
}

fn ask_for(
    storage: &MediaProcessingStorage,
    input: &Path,
    output: &Path,
    parameters: &Value,
) -> Processed {
    let recipe = recipe(input, output, parameters);
    storage.get_or_process(&recipe, shout).unwrap()
}

fn ask(store: &Fresh, input: &Path, output: &Path) -> Processed {
    ask_for(&store.storage, input, output, &json!({"loud": true}))
}

fn made(reason: Reason) -> Outcome {
    Outcome::Made(reason)
}

#[test]
fn an_output_is_made_once() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    let first = ask(&store, &input, &output);
    assert_eq!(first.outcome, made(Reason::New));
    assert_eq!(fs::read(&output).unwrap(), b"ABC");
    let row = &first.row;
    assert_eq!(row.action, "shout");
    assert_eq!(row.input_path, input.to_str().unwrap());
    assert_eq!(row.input_hash, hash_bytes::<Sha256>("abc"));
    assert_eq!(row.output_path, output.to_str().unwrap());
    assert_eq!(row.output_hash, hash_bytes::<Sha256>("ABC"));
    assert_eq!(
        row.parameters.as_ref().unwrap().as_str(),
        r#"{"loud":true}"#
    );
    assert_eq!(row.metadata_as().unwrap(), Some(json!({"bytes": 3})));

    let second = ask(&store, &input, &output);
    assert_eq!(second.outcome, Outcome::Reused);
    assert_eq!(second.row, first.row);
    assert_eq!(store.jobs(), 1);
    assert_eq!(store.names(), ["in.txt", "out.txt"]);
}
