//! Everything that can happen to a file whose hash is remembered: the answer is
//! of what it holds now, and nothing is computed that need not be.

use std::cell::Cell;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use media_analysis_store::{Analysis, AnalyzeOptions, MediaAnalysisStorage};
use media_sqlite::Durability;
use serde_json::{Value, json};

use crate::analyze::settle;
use crate::{Fresh, content, fresh};

/// A folder with `clip.wav` ("first"), `hard.wav` and `link.wav` that are the
/// same file, and `other.wav` ("other") of the same size and time.
struct Scene {
    store: Fresh,
    computed: Cell<u32>,
}

impl Scene {
    fn new() -> io::Result<Self> {
        let store = fresh();
        let folder = Folder(store.folder.path());
        let time = UNIX_EPOCH + Duration::from_secs(1_500_000_000);
        folder.write("clip.wav", "first", time)?;
        folder.write("other.wav", "other", time)?;
        fs::hard_link(folder.path("clip.wav"), folder.path("hard.wav"))?;
        symlink("clip.wav", folder.path("link.wav"))?;
        fs::create_dir(folder.path("sub"))?;
        let computed = Cell::new(0);
        Ok(Self { store, computed })
    }

    fn folder(&self) -> Folder<'_> {
        Folder(self.store.folder.path())
    }

    /// The content that the answer is of, its reason, and the bytes read to
    /// hash the file.
    fn ask(&self, name: &str) -> (String, String, u64) {
        let path = self.folder().path(name);
        let read = AtomicU64::new(0);
        let progress = |bytes| {
            read.fetch_add(bytes, Ordering::Relaxed);
        };
        let options = AnalyzeOptions {
            progress: Some(&progress),
            ..AnalyzeOptions::default()
        };
        let answer = self
            .store
            .storage
            .get_or_analyze_with(&path, "a", options, |path| {
                self.computed.set(self.computed.get() + 1);
                let metadata = json!({"content": fs::read_to_string(path)?});
                let ranges = Vec::new();
                Ok::<_, io::Error>(Analysis { ranges, metadata })
            })
            .unwrap();
        let metadata: Value = answer.row.metadata_as().unwrap().unwrap();
        let of = metadata["content"].as_str().unwrap().to_owned();
        assert_eq!(answer.row.file_hash, content(&of));
        let reason = answer.outcome.reason().into_owned();
        let moved = format!("moved from {}", self.folder().path("").display());
        (of, reason.replace(&moved, "moved from "), read.into_inner())
    }
}

#[derive(Clone, Copy)]
struct Folder<'a>(&'a Path);

impl Folder<'_> {
    fn path(self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn time(self, name: &str) -> io::Result<SystemTime> {
        fs::metadata(self.path(name))?.modified()
    }

    fn set_time(self, name: &str, time: SystemTime) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(self.path(name))?;
        file.set_modified(time)
    }

    /// Writes into the file that is there, or into a new one.
    fn write(self, name: &str, text: &str, time: SystemTime) -> io::Result<()> {
        fs::write(self.path(name), text)?;
        self.set_time(name, time)
    }

    fn rename(self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    fn retarget(self, link: &str, to: &str) -> io::Result<()> {
        fs::remove_file(self.path(link))?;
        symlink(to, self.path(link))
    }
}

struct Case {
    name: &'static str,
    change: fn(Folder<'_>) -> io::Result<()>,
    /// What is asked then, the content that the answer must be of, and why.
    /// Whatever begins otherwise than `moved` or `unchanged` is computed.
    asked: &'static [(&'static str, &'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        name: "edited in place, size kept, mtime restored",
        change: |folder| folder.write("clip.wav", "third", folder.time("clip.wav")?),
        asked: &[
            ("clip.wav", "third", "file changed"),
            ("hard.wav", "third", "moved from clip.wav"),
            ("link.wav", "third", "moved from hard.wav"),
        ],
    },
    Case {
        name: "edited, mtime set back",
        change: |folder| folder.write("clip.wav", "third", UNIX_EPOCH),
        asked: &[("clip.wav", "third", "file changed")],
    },
    Case {
        name: "replaced by rename",
        change: |folder| {
            folder.write("new.wav", "the third", SystemTime::now())?;
            folder.rename("new.wav", "clip.wav")
        },
        asked: &[
            ("clip.wav", "the third", "file changed"),
            ("hard.wav", "first", "moved from link.wav"),
        ],
    },
    Case {
        name: "replaced by rename, size and mtime kept",
        change: |folder| {
            folder.write("new.wav", "third", folder.time("clip.wav")?)?;
            folder.rename("new.wav", "clip.wav")
        },
        asked: &[("clip.wav", "third", "file changed")],
    },
    Case {
        name: "replaced by another that lay still, size and mtime kept",
        change: |folder| folder.rename("other.wav", "clip.wav"),
        asked: &[("clip.wav", "other", "file changed")],
    },
    Case {
        name: "truncated",
        change: |folder| {
            let time = folder.time("clip.wav")?;
            let file = OpenOptions::new()
                .write(true)
                .open(folder.path("clip.wav"))?;
            file.set_len(3)?;
            file.set_modified(time)
        },
        asked: &[("clip.wav", "fir", "file changed")],
    },
    Case {
        name: "appended to",
        change: |folder| {
            let time = folder.time("clip.wav")?;
            let mut file = OpenOptions::new()
                .append(true)
                .open(folder.path("clip.wav"))?;
            file.write_all(b" and last")?;
            file.set_modified(time)
        },
        asked: &[("clip.wav", "first and last", "file changed")],
    },
    Case {
        name: "edited through its other name",
        change: |folder| folder.write("hard.wav", "third", folder.time("hard.wav")?),
        asked: &[("clip.wav", "third", "file changed")],
    },
    Case {
        name: "a link led elsewhere",
        change: |folder| {
            folder.write("new.wav", "the third", SystemTime::now())?;
            folder.retarget("link.wav", "new.wav")
        },
        asked: &[
            ("link.wav", "the third", "file changed"),
            ("clip.wav", "first", "unchanged"),
        ],
    },
    Case {
        name: "a link led to a file of equal size and mtime",
        change: |folder| folder.retarget("link.wav", "other.wav"),
        asked: &[
            ("link.wav", "other", "file changed"),
            ("other.wav", "other", "moved from link.wav"),
            ("clip.wav", "first", "unchanged"),
        ],
    },
    Case {
        name: "copied",
        change: |folder| {
            fs::copy(folder.path("clip.wav"), folder.path("copy.wav")).map(|_| ())?;
            folder.set_time("copy.wav", folder.time("clip.wav")?)
        },
        asked: &[
            ("copy.wav", "first", "moved from link.wav"),
            ("clip.wav", "first", "unchanged"),
        ],
    },
    Case {
        name: "moved to another folder",
        change: |folder| folder.rename("clip.wav", "sub/clip.wav"),
        asked: &[("sub/clip.wav", "first", "moved from link.wav")],
    },
    Case {
        name: "moved to another folder, and another put in its place",
        change: |folder| {
            folder.rename("clip.wav", "sub/clip.wav")?;
            folder.rename("other.wav", "clip.wav")
        },
        asked: &[
            ("clip.wav", "other", "file changed"),
            ("sub/clip.wav", "first", "moved from link.wav"),
            // The link goes by the name.
            ("link.wav", "other", "moved from clip.wav"),
        ],
    },
    Case {
        name: "swapped with another by renames",
        change: |folder| {
            folder.rename("clip.wav", "away.wav")?;
            folder.rename("other.wav", "clip.wav")?;
            folder.rename("away.wav", "other.wav")
        },
        asked: &[
            ("clip.wav", "other", "file changed"),
            ("other.wav", "first", "moved from link.wav"),
        ],
    },
    Case {
        name: "deleted and made again",
        change: |folder| {
            let time = folder.time("clip.wav")?;
            // The last name goes too, so that the number may be given again.
            fs::remove_file(folder.path("hard.wav"))?;
            fs::remove_file(folder.path("clip.wav"))?;
            folder.write("clip.wav", "third", time)
        },
        asked: &[("clip.wav", "third", "file changed")],
    },
    Case {
        name: "touched",
        change: |folder| folder.set_time("clip.wav", SystemTime::now()),
        asked: &[
            ("clip.wav", "first", "unchanged"),
            ("link.wav", "first", "unchanged"),
        ],
    },
    Case {
        name: "written again with the same content",
        change: |folder| File::create(folder.path("clip.wav"))?.write_all(b"first"),
        asked: &[("clip.wav", "first", "unchanged")],
    },
];

/// Once with files that lay still, whose hashes are remembered, and once with
/// files of just now.
#[test]
fn whatever_happens_to_a_file_the_answer_is_of_what_it_holds() {
    for settled in [true, false] {
        let scenes: Vec<_> = CASES
            .iter()
            .map(|case| (case, Scene::new().unwrap()))
            .collect();
        for (case, scene) in scenes {
            let label = format!("{}, settled: {settled}", case.name);
            if settled {
                settle(&scene.folder().path("clip.wav"));
                settle(&scene.folder().path("other.wav"));
            }
            for name in ["clip.wav", "link.wav"] {
                assert_eq!(scene.ask(name).0, "first", "{label}");
            }
            if settled {
                let again = ("first".into(), "unchanged".into(), 0);
                assert_eq!(scene.ask("clip.wav"), again, "{label}");
            }
            assert_eq!(scene.computed.take(), 1, "{label}");

            (case.change)(scene.folder()).unwrap();
            for (name, of, reason) in case.asked {
                let label = format!("{label}: {name}");
                let (found, why, _) = scene.ask(name);
                assert_eq!((&*found, &*why), (*of, *reason), "{label}");
                let computed = !(reason.starts_with("moved") || *reason == "unchanged");
                assert_eq!(scene.computed.take(), u32::from(computed), "{label}");
                let (found, why, _) = scene.ask(name);
                assert_eq!((&*found, &*why), (*of, "unchanged"), "{label}, again");
                assert_eq!(scene.computed.take(), 0, "{label}, again");
            }
        }
    }
}

/// As fast as it goes, so that the clock stands still between the hashing and
/// the next edit.
#[test]
fn edits_within_the_clocks_grain_are_seen() {
    let mut scene = Scene::new().unwrap();
    // A save that waits for the disk takes longer than a tick.
    let options = media_sqlite::OpenOptions::new().durability(Durability::Normal);
    let database = options.open(scene.store.path()).unwrap();
    scene.store.storage = MediaAnalysisStorage::with_source(database).unwrap();
    let folder = scene.folder();
    let old = folder.time("clip.wav").unwrap();
    // A file from the future never counts as one that lies still, however slow
    // the machine is.
    let to_come = SystemTime::now() + Duration::from_secs(3600);
    for round in 0..100 {
        let time = if round % 2 == 0 { old } else { to_come };
        let text = format!("no {round:02}");
        folder.write("clip.wav", &text, time).unwrap();
        let (found, why, _) = scene.ask("clip.wav");
        let reason = if round == 0 { "new" } else { "file changed" };
        assert_eq!((&*found, &*why), (&*text, reason));
        if time == to_come {
            let again = (text, "unchanged".into(), 5);
            assert_eq!(scene.ask("clip.wav"), again, "it was not read");
        }
    }
    assert_eq!(scene.computed.get(), 100);
}
