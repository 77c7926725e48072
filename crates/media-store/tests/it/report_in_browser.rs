//! `report`, opened in a browser.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use media_schema::{NewAnalysis, TimeRange};
use rusqlite::Connection;

use crate::browser::{self, Shown};
use crate::report::{HOSTILE, analysis, check, hash, job, report};
use crate::support::{Home, database};

fn open(home: &Home, fragment: &[(&str, &str)]) -> Shown {
    browser::open(&home.path("report.html"), fragment)
}

#[track_caller]
fn assert_says(shown: &Shown, wanted: &[&str]) {
    for wanted in wanted {
        assert!(
            shown.text.contains(wanted),
            "{wanted:?} not in {}",
            shown.text
        );
    }
}

/// The names in the boxes of the lineage, from the left, and what is said there.
fn lineage(shown: &Shown) -> Vec<String> {
    let (_, picture) = shown.html.split_once("class=\"lineage\"").unwrap();
    let (picture, _) = picture.split_once("</svg></div>").unwrap();
    let number = |text: &str, name: &str| -> f64 {
        let (_, after) = text.split_once(&format!(" {name}=\"")).unwrap();
        after.split_once('"').unwrap().0.parse().unwrap()
    };
    let mut boxes: Vec<_> = picture
        .split("<a ")
        .skip(1)
        .map(|link| {
            let (_, rect) = link.split_once("<rect").unwrap();
            let (_, label) = link.split_once("aria-label=\"").unwrap();
            let label = label.split_once('"').unwrap().0.to_owned();
            (number(rect, "x"), number(rect, "y"), label)
        })
        .collect();
    boxes.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.2.cmp(&b.2)));
    boxes.into_iter().map(|(_, _, label)| label).collect()
}

#[test]
fn the_sample_clips_are_shown() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-silence/samples");
    for name in ["archive.wav", "rain.flac", "station.mp3"] {
        fs::copy(samples.join(name), home.path(name)).unwrap();
        assert_eq!(home.run(&["analyze", "--db", "media.db", name]).status, 0);
    }
    let cut = [
        "extract",
        "--label",
        "sound",
        "--db",
        "media.db",
        "rain.flac",
    ];
    assert_eq!(home.run(&cut).status, 0);
    report(&home);

    let overview = open(&home, &[]);
    let totals = "Files 5 Analysis results 3 Ranges 11 Processing jobs 2";
    assert_says(
        &overview,
        &["5 files", totals, "No audit is recorded.", "Recent jobs"],
    );

    let rain = home.path("rain.flac");
    let rain = rain.to_str().unwrap();
    let whole = open(&home, &[("file", rain)]);
    assert_says(
        &whole,
        &[
            rain,
            "0:00.000 – 0:05.960",
            "5 of 5 ranges in view",
            "0:01.930 0:05.370 3.44 s sound",
            "\"sample_rate\": 16000,",
            "No job made it; 2 files were made from it.",
            "extract_segment",
        ],
    );
    let canvas = "Timeline from 0:00.000 to 0:05.960. Ranges: silence 3, sound 2";
    assert!(whole.html.contains(canvas), "{}", whole.html);
    assert_eq!(lineage(&whole).len(), 3);
    assert_eq!(lineage(&whole)[0], "rain.flac, source");

    let part = open(&home, &[("file", rain), ("from", "1"), ("to", "2")]);
    assert_says(&part, &["0:01.000 – 0:02.000", "3 of 5 ranges in view"]);
    let unknown = open(&home, &[("file", "/media/none.wav")]);
    assert_says(&unknown, &["Nothing is recorded of /media/none.wav."]);
}

#[test]
fn nothing_of_the_data_is_markup() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    let path = format!("/media/{HOSTILE}.wav");
    let mut range = TimeRange::new(0.0, 1.0, HOSTILE);
    range.payload.insert(HOSTILE.to_owned(), HOSTILE.into());
    let saved = analysis(&path, 1, &[range])
        .with_metadata(
            &[(HOSTILE, HOSTILE)]
                .into_iter()
                .collect::<std::collections::BTreeMap<_, _>>(),
        )
        .unwrap();
    let made = media_schema::NewProcessing::new(
        HOSTILE,
        HOSTILE,
        (&path, hash(1)),
        (format!("/made/{HOSTILE}"), hash(2)),
    )
    .unwrap();
    database(&home.path("media.db"), &[saved], &[made]);
    report(&home);
    for fragment in [
        &[][..],
        &[("q", HOSTILE)],
        &[("file", &path)],
        &[("file", HOSTILE)],
    ] {
        let shown = open(&home, fragment);
        // What a browser would have made of it.
        assert!(!shown.html.contains("<!--"), "{fragment:?}");
        assert_says(&shown, &["</script><script>alert(1)</script><!-- "]);
    }
    let shown = open(&home, &[("file", &path)]);
    assert_says(
        &shown,
        &[
            "1 of 1 range in view",
            "No job made it; 1 file was made from it.",
        ],
    );
}

#[test]
fn an_empty_database_says_so() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    database(&home.path("media.db"), &[], &[]);
    report(&home);
    assert_says(&open(&home, &[]), &["Files 0", "Nothing is recorded."]);
}

#[test]
fn lineage_is_complete_and_marks_what_came_of_a_changed_file() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    // 1 → 2 → 4 → 5 and 1 → 3 → 4, a cycle back from 5 to 1, 6 beside it.
    let jobs = [
        job("split", 1, 2),
        job("split", 1, 3),
        job("mix", 2, 4),
        job("mix", 3, 4),
        job("mix", 4, 4),
        job("cut", 4, 5),
        job("loop", 5, 1),
        job("cut", 7, 8),
        job("cut", 8, 9),
    ];
    let media = home.path("media.db");
    database(&media, &[], &jobs);
    check(&media, 8, "intact", 1_700_000_000.0);
    check(&media, 8, "changed", 1_800_000_000.0);
    check(&media, 7, "intact", 1_800_000_000.0);
    // Of a content that no row names any more.
    check(&media, 5, "changed", 1_800_000_000.0);
    Connection::open(&media)
        .unwrap()
        .execute(
            "UPDATE fixity_checks SET expected = 'sha256:00' WHERE path LIKE '%/5.wav'",
            [],
        )
        .unwrap();
    report(&home);
    let cycle = open(&home, &[("file", "/lineage/4.wav")]);
    assert_says(
        &cycle,
        &[
            "Made from 4 files; 4 files were made from it.",
            "No audit has looked",
            "4.wav /lineage/ 4 jobs",
        ],
    );
    let mut boxes = lineage(&cycle);
    assert_eq!(boxes.last().unwrap(), "4.wav, mix ×3");
    boxes.sort_unstable();
    let expected = [
        "1.wav, loop",
        "2.wav, split",
        "3.wav, split",
        "4.wav, mix ×3",
        "5.wav, cut",
    ];
    assert_eq!(boxes, expected);
    assert_eq!(cycle.html.matches("marker-end=").count(), 7);

    let derived = open(&home, &[("file", "/lineage/9.wav")]);
    assert_says(
        &derived,
        &["A file that it was made from has changed since."],
    );
    let expected = [
        "7.wav, source",
        "8.wav, cut, changed",
        "9.wav, cut, from changed",
    ];
    assert_eq!(lineage(&derived), expected);
    let changed = open(&home, &[("file", "/lineage/8.wav")]);
    assert_says(
        &changed,
        &[
            "It does not hold what was recorded.",
            "changed sha256:00000000…",
        ],
    );
    let verdicts: Vec<_> = changed
        .text
        .rsplit("Note ")
        .next()
        .unwrap()
        .split(' ')
        .collect();
    assert!(
        verdicts.contains(&"changed") && verdicts.contains(&"intact"),
        "{verdicts:?}"
    );
    let overview = open(&home, &[]);
    assert_says(
        &overview,
        &[
            "1 changed 1 from changed 1 intact 5 not checked",
            "Needs attention",
        ],
    );
}

#[test]
fn files_are_found_by_what_is_known_of_them() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    let analyses = [
        analysis("/media/b.wav", 1, &[TimeRange::new(0.0, 1.0, "Applause")]),
        analysis("/media/a.wav", 2, &[TimeRange::new(0.0, 9.0, "speech")]),
        analysis("/media/sub/c.wav", 0xabcd, &[]),
    ];
    database(
        &home.path("media.db"),
        &analyses,
        &[job("normalise", 10, 11)],
    );
    report(&home);
    let names = |fragment: &[(&str, &str)]| -> Vec<String> {
        let shown = open(&home, fragment);
        let (_, list) = shown.html.split_once("id=\"list\"").unwrap();
        let (list, _) = list.split_once("</ul>").unwrap();
        list.split(" title=\"")
            .skip(1)
            .map(|item| {
                item.split_once('"')
                    .unwrap()
                    .0
                    .rsplit_once('/')
                    .unwrap()
                    .1
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(names(&[("q", "applause")]), ["b.wav"]);
    assert_eq!(names(&[("q", "ABCD")]), ["c.wav"]);
    assert_eq!(names(&[("q", "normalise lineage")]), ["10.wav", "11.wav"]);
    assert_eq!(
        names(&[("q", "/media/"), ("sort", "name")]),
        ["a.wav", "b.wav", "c.wav"]
    );
    assert_eq!(
        names(&[("q", "wav"), ("sort", "longest")])[..2],
        ["a.wav", "b.wav"]
    );
    assert_eq!(names(&[("q", "normalise 10.wav")]), ["10.wav"], "all words");
    assert_eq!(names(&[("q", "nowhere")]), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_shown_as_it_is() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    database(&home.path("media.db"), &[], &[]);
    let connection = Connection::open(home.path("media.db")).unwrap();
    connection
        .execute_batch(
            "INSERT INTO analysis_jobs (file_path, file_hash, config_hash, ranges, metadata, created_at)
             VALUES ('nan.wav', 'md5', 'SHA256:X', '[{\"start\": NaN}]', '{\"a\": NaN', 1e300),
                    ('blob.wav', 'md5:x', '', x'00', NULL, 1.0);",
        )
        .unwrap();
    drop(connection);
    let ran = home.run(&["report", "--db", "media.db", "-o", "report.html"]);
    assert_eq!(ran.status, 2);
    assert_says(
        &open(&home, &[]),
        &["Rows that cannot be read analysis_jobs row 2: column ranges"],
    );
    let shown = open(&home, &[("file", "nan.wav")]);
    let wanted = [
        "md5 not a hash",
        "[ { \"start\": NaN } ]",
        "{ \"a\": NaN",
        "1e+300",
    ];
    assert_says(&shown, &wanted);
}

#[test]
fn a_large_collection_opens() {
    if !browser::is_there() {
        return;
    }
    let home = Home::new();
    let mut ranges = "[".to_owned();
    for start in 0..200 {
        let comma = if start > 0 { "," } else { "" };
        let label = ["speech", "music", "silence"][start % 3];
        write!(
            ranges,
            "{comma}{{\"start\":{start},\"end\":{start}.75,\"label\":\"{label}\"}}"
        )
        .unwrap();
    }
    ranges.push(']');
    let analyses: Vec<_> = (0..5000)
        .map(|number| {
            NewAnalysis::new(format!("/media/{number:04}.wav"), hash(number), hash(0))
                .unwrap()
                .with_ranges_json(ranges.clone())
                .unwrap()
        })
        .collect();
    database(&home.path("media.db"), &analyses, &[]);
    report(&home);
    let shown = open(
        &home,
        &[("file", "/media/4321.wav"), ("from", "50"), ("to", "60.5")],
    );
    assert_says(
        &shown,
        &[
            "5,000 files",
            "0:50.000 – 1:00.500",
            "11 of 200 ranges in view",
            "1–50 of 5,000",
        ],
    );
    // A page of the list, not the list.
    assert_eq!(shown.html.matches("<li><a ").count(), 50);
    assert_says(&open(&home, &[]), &["Ranges 1,000,000"]);
}
