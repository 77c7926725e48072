//! Finding the job that need not be done again.

use std::fs;
use std::sync::atomic::AtomicBool;

use media_hash::{Md5, Sha256, hash_bytes, hash_file};
use media_processing_store::Outcome;
use media_schema::{NewProcessing, StoreError};
use serde_json::{Value, json};

use crate::fresh;
use crate::process::ask_for;

#[test]
fn a_peers_row_is_reused_whatever_its_form() {
    let store = fresh();
    let (input, output) = (store.input(), store.at("out.txt"));
    fs::write(&output, "ABC").unwrap();
    let md5 = hash_file::<Md5>(&output).unwrap();
    let parameters = json!({"loud": true, "pitch": 1.0});
    let content = hash_bytes::<Sha256>("abc");
    let save = |name: &str, text: Option<&str>| {
        let new = NewProcessing::new(
            name,
            "shout",
            ("/gone", content.clone()),
            (&output, md5.clone()),
        );
        let mut new = new.unwrap();
        if let Some(text) = text {
            new = new.with_parameters_json(text).unwrap();
        }
        store.storage.save(&new).unwrap();
    };
    let found = |parameters: &Value| {
        let found = store.storage.find_reusable("shout", &content, parameters);
        found.unwrap().map(|row| row.job_id)
    };
    save("spaced", Some(r#"{ "pitch": 1.0, "loud": true }"#));
    assert_eq!(found(&parameters).as_deref(), Some("spaced"));
    assert_eq!(found(&json!({"loud": true, "pitch": 1})), None);
    assert_eq!(found(&json!({})), None);
    save("none", None);
    for none in [json!({}), json!(null)] {
        assert_eq!(found(&none).as_deref(), Some("none"));
    }
    save("empty", Some("{}"));
    assert_eq!(found(&json!({})).as_deref(), Some("empty"));
    assert_eq!(
        store
            .storage
            .find_reusable("whisper", &content, &())
            .unwrap(),
        None
    );

    // Recorded by another algorithm, it is checked by that and copied.
    let other = store.at("other.txt");
    let copied = ask_for(&store.storage, &input, &other, &parameters);
    assert!(matches!(copied.outcome, Outcome::Copied { .. }));
    assert_eq!(copied.row.output_hash, hash_bytes::<Sha256>("ABC"));
    fs::write(&output, "ABD").unwrap();
    fs::remove_file(&other).unwrap();
    assert_eq!(found(&parameters), None);
}

#[test]
fn the_newest_that_holds_is_found() {
    let store = fresh();
    let content = hash_bytes::<Sha256>("abc");
    for name in ["first", "second", "third"] {
        let path = store.at(name);
        fs::write(&path, name).unwrap();
        let output = (&path, hash_bytes::<Sha256>(name));
        let new = NewProcessing::new(name, "cut", ("/in", content.clone()), output).unwrap();
        store.storage.save(&new).unwrap();
    }
    let found = || {
        let found = store.storage.find_reusable("cut", &content, &());
        found.unwrap().map(|row| row.job_id)
    };
    assert_eq!(found().as_deref(), Some("third"));
    // What cannot be read or compared is no answer, and no obstacle.
    for (damage, next) in [
        ("output_hash = 'x'", "second"),
        ("created_at = 'x'", "second"),
        ("output_path = '/gone'", "second"),
    ] {
        let kept: (String, String, f64) = store
            .stranger()
            .query_row(
                "SELECT output_hash, output_path, created_at FROM processing_jobs WHERE job_id = 'third'",
                [],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .unwrap();
        let damage = format!("UPDATE processing_jobs SET {damage} WHERE job_id = 'third'");
        store.stranger().execute_batch(&damage).unwrap();
        assert_eq!(found().as_deref(), Some(next), "{damage}");
        store
            .stranger()
            .execute(
                "UPDATE processing_jobs SET output_hash = ?1, output_path = ?2, created_at = ?3
                 WHERE job_id = 'third'",
                kept,
            )
            .unwrap();
    }
    fs::remove_file(store.at("third")).unwrap();
    fs::remove_file(store.at("second")).unwrap();
    fs::create_dir(store.at("second")).unwrap();
    assert_eq!(found().as_deref(), Some("first"));
    fs::write(store.at("first"), "FIRST").unwrap();
    assert_eq!(found(), None);
}

#[test]
fn many_places_are_looked_up_in_one_walk() {
    let store = fresh();
    let content = hash_bytes::<Sha256>("abc");
    let wanted: Vec<_> = (0..5)
        .map(|number| {
            (
                json!({"number": number}),
                store.at(&format!("{number}.txt")),
            )
        })
        .collect();
    for (parameters, output) in &wanted {
        fs::write(output, "x").unwrap();
        let name = parameters["number"].to_string();
        let output = (output, hash_bytes::<Sha256>("x"));
        let new = NewProcessing::new(name, "cut", ("/in", content.clone()), output).unwrap();
        let text = parameters.to_string().replace(':', " : ");
        let new = new.with_parameters_json(text).unwrap();
        store.storage.save(&new).unwrap();
    }
    fs::write(&wanted[1].1, "y").unwrap();
    fs::remove_file(&wanted[2].1).unwrap();
    let mut asked = wanted.clone();
    asked[3].1 = store.at("elsewhere.txt");
    let ask = |cancel: Option<&AtomicBool>| {
        let store = &store.storage;
        store.find_reusable_at("cut", &content, &asked, cancel)
    };
    let names: Vec<_> = ask(None)
        .unwrap()
        .into_iter()
        .map(|row| row.map(|row| row.job_id))
        .collect();
    assert_eq!(
        names,
        [Some("0".into()), None, None, None, Some("4".into())]
    );
    let error = ask(Some(&AtomicBool::new(true))).unwrap_err();
    assert!(matches!(error, StoreError::Verify { .. }), "{error:?}");
}
