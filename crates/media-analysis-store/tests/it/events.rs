//! What the log is told.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use media_analysis_store::{Analysis, MediaAnalysisStorage};
use media_hash::{Sha256, config_hash, hash_file};

use crate::collector::{Fields, event, heard, listen};
use crate::{analysis, config, content, fresh};

fn ask(storage: &MediaAnalysisStorage, clip: &Path) {
    let answer = storage.get_or_analyze(clip, "a", |_| {
        Ok::<_, io::Error>(Analysis {
            ranges: Vec::new(),
            metadata: [("found", 0)]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>(),
        })
    });
    answer.unwrap();
}

#[test]
fn an_answer_is_one_event_and_a_save_is_one() {
    let store = fresh();
    let [clip, moved] = ["clip.wav", "moved.wav"].map(|name| store.folder.path().join(name));
    fs::write(&clip, "samples").unwrap();
    let file_hash = hash_file::<Sha256>(&clip).unwrap();
    let config = config_hash("a").unwrap();
    let answered = |message: &str, path: &Path, outcome, reason: &str| {
        let fields = [
            ("path", path.to_str().unwrap()),
            ("config_hash", config.as_str()),
            ("outcome", outcome),
            ("reason", reason),
        ];
        event("DEBUG", message, &fields)
    };
    let saved = |path: &Path| {
        let fields = [
            ("path", path.to_str().unwrap()),
            ("file_hash", file_hash.as_str()),
            ("config_hash", config.as_str()),
            ("saved", "inserted"),
        ];
        event("DEBUG", "saved an analysis", &fields)
    };

    let first = heard(|| ask(&store.storage, &clip));
    let mut computed = answered("computed", &clip, "computed", "new");
    computed.insert("elapsed_ms".into(), "some".into());
    assert_eq!(first, [saved(&clip), computed]);

    let hit = answered("answered from the cache", &clip, "cached", "unchanged");
    assert_eq!(heard(|| ask(&store.storage, &clip)), [hit]);

    fs::rename(&clip, &moved).unwrap();
    let from = format!("moved from {}", clip.display());
    let adopted = answered("answered from the cache", &moved, "cached", &from);
    assert_eq!(
        heard(|| ask(&store.storage, &moved)),
        [saved(&moved), adopted]
    );
}

#[test]
fn what_is_looked_up_and_saved_by_hand() {
    let store = fresh();
    let config = config("a");
    let fields = [("path", "/a.wav"), ("config_hash", config.as_str())];
    let looked =
        |message, more: &[(&str, &str)]| event("DEBUG", message, &[&fields, more].concat());
    let get = || heard(|| store.storage.get_cached("/a.wav", &config).unwrap());
    let miss = looked("looked up without comparing", &[("outcome", "miss")]);
    assert_eq!(get(), [miss]);

    let new = analysis("/a.wav", "x", "a");
    let file_hash = content("x");
    for saved in ["inserted", "replaced"] {
        let more = [("file_hash", file_hash.as_str()), ("saved", saved)];
        let said = heard(|| store.storage.save(&new).unwrap());
        assert_eq!(said, [looked("saved an analysis", &more)]);
    }
    let hit = looked("looked up without comparing", &[("outcome", "hit")]);
    assert_eq!(get(), [hit]);
    for (content_of, outcome, reason) in [("x", "hit", "unchanged"), ("y", "stale", "file changed")]
    {
        let lookup = store
            .storage
            .lookup("/a.wav", &config, &content(content_of));
        let said = heard(|| {
            let lookup = store
                .storage
                .lookup("/a.wav", &config, &content(content_of));
            lookup.unwrap().as_str()
        });
        assert_eq!(lookup.unwrap().as_str(), outcome);
        let more = [("outcome", outcome), ("reason", reason)];
        assert_eq!(said, [looked("looked up", &more)]);
    }

    let batch = [new.clone(), new];
    let said = heard(|| store.storage.save_many(&batch).unwrap());
    let fields = [("rows", "2"), ("elapsed_ms", "some")];
    assert_eq!(said, [event("DEBUG", "saved analyses", &fields)]);
}

/// Nothing is timed: the one who computes ends when the other says that it
/// waits.
#[test]
fn who_waits_for_what_and_how_it_went_on() {
    let store = fresh();
    let clip = store.folder.path().join("clip.wav");
    fs::write(&clip, "samples").unwrap();
    let (storage, clip) = (&store.storage, &*clip);
    let (begun, has_begun) = mpsc::channel();
    let (events, said) = mpsc::channel::<Fields>();
    let heard: Vec<Fields> = thread::scope(|scope| {
        let computing = scope.spawn(move || {
            let answer = storage.get_or_analyze(clip, "a", |_| {
                begun.send(()).unwrap();
                let waiting = said.recv().unwrap();
                let metadata = std::collections::BTreeMap::<&str, u8>::new();
                fs::write(clip.with_extension("said"), &waiting["message"])?;
                Ok::<_, io::Error>(Analysis {
                    ranges: Vec::new(),
                    metadata,
                })
            });
            answer.unwrap();
            said
        });
        has_begun.recv().unwrap();
        listen(events, || ask(storage, clip));
        computing.join().unwrap().into_iter().collect()
    });
    let first = fs::read_to_string(clip.with_extension("said")).unwrap();
    assert_eq!(first, "waiting for another's computation");
    let hashes = [content("samples"), config("a")];
    let claim = format!("analysis {} {}", hashes[0], hashes[1]);
    let path = clip.to_str().unwrap();
    let waited = [
        ("claim", &*claim),
        ("outcome", "claimed"),
        ("waited_ms", "some"),
        ("span.path", path),
    ];
    let waited = event("INFO", "waited for another's computation", &waited);
    let answered = [
        ("path", path),
        ("config_hash", hashes[1].as_str()),
        ("outcome", "cached"),
        ("reason", "unchanged"),
    ];
    let answered = event("DEBUG", "answered from the cache", &answered);
    assert_eq!(heard, [waited, answered]);
}
