//! All rows out of a store, and many into another.

use std::io::Write;

use media_schema::{
    AnalysisJob, AnyRow, Imported, JsonText, MediaAnalysisRow, MediaBackend, MediaProcessingRow,
    ProcessingJob, ProcessingKey, Walk,
};

use crate::samples::{
    analysis, at, config, counts, get_analysis, get_job, job, jobs, noise, results, rows, sha, walk,
};
use crate::{Fixture, Suite};

/// A walk meets every row once, by `id`, with the bytes of its text.
pub fn a_walk_meets_every_row<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new: Vec<_> = (0..3_000_u32)
        .map(|number| {
            // The order of times is another than that of the `id`s.
            let time = f64::from(number * 7919 % 3_000);
            let new = job(&format!("é{number}"), "cut", "a", "b").with_created_at(at(time));
            new.with_parameters_json("{ }").unwrap()
        })
        .collect();
    jobs(&backend).save_many(&new).unwrap();
    for number in (0..3_000).step_by(3) {
        let job_id = &format!("é{number}");
        assert!(jobs(&backend).remove(ProcessingKey { job_id }).unwrap());
    }
    let walked = walk(jobs(&backend));
    let expected = (0..3_000).filter(|number| number % 3 != 0);
    let names = walked.iter().map(|walked| walked.row.job_id.clone());
    assert!(names.eq(expected.map(|number| format!("é{number}"))));
    assert!(walked.is_sorted_by(|a, b| a.id < b.id));
    for walked in walked {
        let row = walked.row;
        assert_eq!(walked.id, row.id);
        let texts = [&row.job_id, &row.action, &row.input_path, &row.output_path];
        let hashes = row.input_hash.as_str().len() + row.output_hash.as_str().len();
        let bytes = texts.map(String::len).iter().sum::<usize>() + hashes + "{ }".len();
        assert_eq!(walked.bytes, bytes as u64);
    }
}

/// A page of a walk is bounded in number and in bytes: at most 10,000 rows, and
/// at most 16 MiB and one row.
pub fn a_page_of_a_walk_is_bounded<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
    for number in 0..12 {
        let new = analysis(&format!("/{number}"), "a", "x").with_metadata_json(large.clone());
        results(&backend).save(&new.unwrap()).unwrap();
    }
    let new: Vec<_> = (0..12_000)
        .map(|number| job(&format!("{number}"), "cut", "a", "b"))
        .collect();
    jobs(&backend).save_many(&new).unwrap();
    let (mut pages, mut rows) = (Walk::default(), 0);
    loop {
        let page = pages.next(results(&backend)).unwrap();
        let Some((last, others)) = page.split_last() else {
            break;
        };
        let held: u64 = others.iter().map(|walked| walked.bytes).sum();
        assert!(held < 16 << 20, "{held} bytes before {}", last.id);
        rows += page.len();
    }
    assert_eq!(rows, 12);
    let page = Walk::default().next(jobs(&backend)).unwrap();
    assert!((1..=10_000).contains(&page.len()), "{}", page.len());
    assert_eq!(walk(jobs(&backend)).len(), 12_000);
}

/// A page begins with the `id` that was asked for, or the next higher one.
pub fn a_page_begins_where_it_is_asked_to<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for number in 0..5 {
        let new = analysis(&format!("/{number}"), "a", "x");
        results(&backend).save(&new).unwrap();
    }
    let ids: Vec<_> = walk(results(&backend)).iter().map(|w| w.id).collect();
    let first = |from| {
        let page = results(&backend).walk(from).unwrap();
        page.first().map(|walked| walked.id)
    };
    assert_eq!(first(i64::MIN), Some(ids[0]));
    assert_eq!(first(ids[2]), Some(ids[2]));
    assert_eq!(first(ids[2] + 1), Some(ids[3]));
    assert_eq!(first(ids[4] + 1), None);
    assert_eq!(first(i64::MAX), None);
    let new = analysis("/later", "a", "x");
    results(&backend).save(&new).unwrap();
    assert!(first(ids[4] + 1).is_some());
}

/// Rows that are imported come as they were, under new `id`s in the order in
/// which they come; imported again, they change nothing.
pub fn an_import_is_complete_and_idempotent<F: Fixture>(suite: &Suite<F>) {
    let (from, into) = (suite.open(), suite.open());
    fill(&from);
    results(&into).save(&analysis("/other", "a", "x")).unwrap();
    let lines = export(&from);
    let imported = import(&into, &lines);
    assert_eq!(imported, vec![Imported::Inserted; lines.len()]);
    let exported = export(&into);
    let (other, copies): (Vec<_>, Vec<_>) = exported
        .iter()
        .cloned()
        .partition(|line| line.contains("\"/other\""));
    assert_eq!((other.len(), &copies), (1, &lines));
    let again = import(&into, &lines);
    assert_eq!(again, vec![Imported::Unchanged; lines.len()]);
    assert_eq!(export(&into), exported);
}

/// Of two results the newer stays, whichever was there first; of two that are
/// as new, the one that is there.
pub fn the_newer_result_stays<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let row = |content: &str, time: f64| {
        MediaAnalysisRow::from_columns(
            999,
            "/a".into(),
            [sha(content).into(), config("x").into()],
            [Some(JsonText::from_stored(format!("[{time}]"))), None],
            at(time),
        )
    };
    let import = |rows: &[MediaAnalysisRow]| results(&backend).import(rows).unwrap();
    assert_eq!(import(&[row("a", 5.0)]), [Imported::Inserted]);
    let id = get_analysis(&backend, "/a", "x").unwrap().id;
    assert_ne!(id, 999);
    assert_eq!(import(&[row("a", 5.0)]), [Imported::Unchanged]);
    assert_eq!(import(&[row("older", 4.0)]), [Imported::Kept]);
    assert_eq!(import(&[row("as new", 5.0)]), [Imported::Kept]);
    assert_eq!(import(&[row("newer", 6.0)]), [Imported::Replaced]);
    let kept = get_analysis(&backend, "/a", "x").unwrap();
    assert_eq!((kept.id, &kept.file_hash), (id, &sha("newer").into()));
    assert_eq!(kept.ranges, row("newer", 6.0).ranges);
    // All of them at once come to the same.
    let other = |content: &str, time: f64| {
        let mut row = row(content, time);
        row.file_path = "/b".into();
        row
    };
    let all = [
        other("a", 5.0),
        other("a", 5.0),
        other("older", 4.0),
        other("newer", 6.0),
        other("newer", 6.0),
        other("a", 5.0),
    ];
    assert_eq!(
        import(&all),
        [
            Imported::Inserted,
            Imported::Unchanged,
            Imported::Kept,
            Imported::Replaced,
            Imported::Unchanged,
            Imported::Kept,
        ]
    );
    let kept = get_analysis(&backend, "/b", "x").unwrap();
    assert_eq!(kept.file_hash.as_str(), sha("newer").as_str());
}

/// Rows are the same if every column is.
pub fn every_column_tells_rows_apart<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let json = |text: &str| Some(JsonText::from_stored(text.into()));
    let result = MediaAnalysisRow::from_columns(
        0,
        "/a".into(),
        [sha("a").into(), config("x").into()],
        [json("[]"), None],
        at(1.0),
    );
    let alter: [fn(&mut MediaAnalysisRow); 4] = [
        |row| row.file_hash = "SHA256:AB".into(),
        |row| row.ranges = None,
        |row| row.ranges = Some(JsonText::from_stored("[ ]".into())),
        |row| row.metadata = Some(JsonText::from_stored("{}".into())),
    ];
    let import = |row: &MediaAnalysisRow| {
        let row = std::slice::from_ref(row);
        results(&backend).import(row).unwrap()[0]
    };
    assert_eq!(import(&result), Imported::Inserted);
    for alter in alter {
        let mut other = result.clone();
        alter(&mut other);
        assert_eq!(import(&other), Imported::Kept, "{other:?}");
    }
    assert_eq!(import(&result), Imported::Unchanged);

    let job = MediaProcessingRow::from_columns(
        0,
        ["j".into(), "cut".into()],
        ("/a".into(), sha("a").into()),
        ("/b".into(), sha("b").into()),
        [json("{}"), None],
        at(1.0),
    );
    let alter: [fn(&mut MediaProcessingRow); 10] = [
        |row| row.action = "Cut".into(),
        |row| row.input_path = "/A".into(),
        |row| row.input_hash = "a".into(),
        |row| row.output_path = "/b ".into(),
        |row| row.output_hash = "b".into(),
        |row| row.parameters = None,
        |row| row.parameters = Some(JsonText::from_stored("{ }".into())),
        |row| row.metadata = Some(JsonText::from_stored("{}".into())),
        |row| row.created_at = at(1.0 + f64::EPSILON),
        |row| row.created_at = at(0.0),
    ];
    let import = |row: &MediaProcessingRow| {
        let row = std::slice::from_ref(row);
        jobs(&backend).import(row).unwrap()[0]
    };
    assert_eq!(import(&job), Imported::Inserted);
    for alter in alter {
        let mut other = job.clone();
        alter(&mut other);
        assert_eq!(import(&other), Imported::Conflict, "{other:?}");
    }
    assert_eq!(import(&job), Imported::Unchanged);
}

/// Another job of a name that is taken is a conflict, and the one that is there
/// stays, however new the other is. The rows beside it are imported.
pub fn another_job_of_that_name_is_a_conflict<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let row = |job_id: &str, action: &str, time: f64| {
        MediaProcessingRow::from_columns(
            999,
            [job_id.into(), action.into()],
            ("/a".into(), sha("a").into()),
            ("/b".into(), sha("b").into()),
            [None, None],
            at(time),
        )
    };
    let import = |rows: &[MediaProcessingRow]| jobs(&backend).import(rows).unwrap();
    assert_eq!(import(&[row("j", "cut", 1.0)]), [Imported::Inserted]);
    let before = get_job(&backend, "j");
    let outcome = import(&[
        row("j", "cut", 1.0),
        row("new", "mix", 1.0),
        row("j", "mix", 1.0),
        row("j", "cut", 2.0),
        row("new", "mix", 1.0),
        row("new", "cut", 1.0),
    ]);
    assert_eq!(
        outcome,
        [
            Imported::Unchanged,
            Imported::Inserted,
            Imported::Conflict,
            Imported::Conflict,
            Imported::Unchanged,
            Imported::Conflict,
        ]
    );
    assert_eq!(get_job(&backend, "j"), before);
    assert_eq!(counts(&backend), (0, 2));
    assert_eq!(import(&[]), []);
}

/// An import may be of any size.
pub fn ten_thousand_rows_are_imported<F: Fixture>(suite: &Suite<F>) {
    let (from, into) = (suite.open(), suite.open());
    let names: Vec<_> = (0..10_000).map(|number| format!("/{number}")).collect();
    let new: Vec<_> = names.iter().map(|name| analysis(name, name, "x")).collect();
    results(&from).save_many(&new).unwrap();
    let new: Vec<_> = names
        .iter()
        .map(|name| job(name, "cut", name, name))
        .collect();
    jobs(&from).save_many(&new).unwrap();
    let all = rows(results(&from));
    let imported = results(&into).import(&all).unwrap();
    assert_eq!(imported, [Imported::Inserted; 10_000]);
    assert_eq!(
        results(&into).import(&all).unwrap(),
        [Imported::Unchanged; 10_000]
    );
    let all = rows(jobs(&from));
    let imported = jobs(&into).import(&all).unwrap();
    assert_eq!(imported, [Imported::Inserted; 10_000]);
    assert_eq!(counts(&into), (10_000, 10_000));
    assert!(export(&from) == export(&into));
}

/// Moves a store from one backend to another and back: each time what is
/// exported is the same to the byte.
pub fn between<A: Fixture, B: Fixture>() {
    let (Some(one), Some(other)) = (A::start(), B::start()) else {
        return;
    };
    let open_one = || crate::fixture::open::<A>(&one.create());
    let open_other = || crate::fixture::open::<B>(&other.create());
    let from = open_one();
    fill(&from);
    let lines = export(&from);
    let there = open_other();
    let outcome = import(&there, &lines);
    assert_eq!(outcome, vec![Imported::Inserted; lines.len()]);
    assert_eq!(export(&there), lines);
    let back = open_one();
    import(&back, &export(&there));
    assert_eq!(export(&back), lines);
    let again = import(&there, &export(&back));
    assert_eq!(again, vec![Imported::Unchanged; lines.len()]);
}

/// Rows of every sort.
fn fill(backend: &impl MediaBackend) {
    let texts = [
        "{}",
        " { \"b\" : 1,\n\"a\":1e2, \"a\" : \"\\u0000\" }",
        "[NaN]",
        "null",
        "\"\\ud800\"",
        "",
    ];
    let times = [1.0, 1.0, -0.1, 1e300, 1_767_225_602.123_456_7, 5e-324];
    for (number, (text, time)) in texts.into_iter().zip(times).enumerate() {
        let path = format!("/{}'é🎬\\{number}", noise(3_000));
        let text = || Some(JsonText::from_stored(text.into()));
        let result = MediaAnalysisRow::from_columns(
            0,
            path.clone(),
            [sha("a").into(), format!("not-a-hash {number}").into()],
            [text(), None],
            at(time),
        );
        results(backend).import(&[result]).unwrap();
        let job = MediaProcessingRow::from_columns(
            0,
            [format!("job {number}"), "cut".into()],
            (path, sha("a").into()),
            ("/b".into(), "SHA256:AB".into()),
            [None, text()],
            at(time),
        );
        jobs(backend).import(&[job]).unwrap();
    }
    for number in 0..50 {
        let name = format!("{number}");
        let new = analysis(&name, &name, "x").with_ranges(&[]).unwrap();
        results(backend).save(&new).unwrap();
        let new = job(&name, "cut", "a", &name);
        jobs(backend).save(&new).unwrap();
    }
}

/// Every row as a line of JSON.
fn export(backend: &impl MediaBackend) -> Vec<String> {
    let mut lines = Vec::new();
    for walked in walk::<AnalysisJob>(backend) {
        walked.row.write_json_line(&mut lines).unwrap();
    }
    for walked in walk::<ProcessingJob>(backend) {
        walked.row.write_json_line(&mut lines).unwrap();
    }
    lines.flush().unwrap();
    let text = String::from_utf8(lines).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn import(backend: &impl MediaBackend, lines: &[String]) -> Vec<Imported> {
    let (mut of_results, mut of_jobs) = (Vec::new(), Vec::new());
    for line in lines {
        match AnyRow::from_json_line(line).unwrap() {
            AnyRow::Analysis(row) => of_results.push(row),
            AnyRow::Processing(row) => of_jobs.push(row),
            AnyRow::Audit(_) | AnyRow::Check(_) => panic!("{line}"),
        }
    }
    let mut outcome = results(backend).import(&of_results).unwrap();
    outcome.extend(jobs(backend).import(&of_jobs).unwrap());
    outcome
}
