//! What the stores ask before they compute.

use media_hash::ContentHash;
use media_schema::{
    AnalysisBackend, Imported, JsonText, MediaProcessingRow, NewAnalysis, NewProcessing,
    ProcessingBackend,
};

use crate::samples::{analysis, at, config, get_analysis, job, jobs, noise, results, sha};
use crate::{Fixture, Suite};

/// Of the results of a content under a configuration the newest is found,
/// whatever its path; of those that are as new, the one with the highest `id`.
pub fn the_newest_of_a_content<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let newest = |content: &str, name: &str| {
        let (content, name) = (sha(content), config(name));
        let found = backend.newest_of_content(content.as_str(), name.as_str());
        found.unwrap()
    };
    assert_eq!(newest("a", "x"), None);
    for (path, content, name, time) in [
        ("/new", "a", "x", 3.0),
        ("/as new", "a", "x", 3.0),
        ("/old", "a", "x", 1.0),
        ("/other config", "a", "y", 9.0),
        ("/other content", "b", "x", 9.0),
    ] {
        let new = analysis(path, content, name).with_created_at(at(time));
        results(&backend).save(&new).unwrap();
    }
    assert_eq!(newest("a", "x"), get_analysis(&backend, "/as new", "x"));
    assert_eq!(newest("b", "y"), None);
    // Saved again, the first of them is the newest.
    let again = analysis("/new", "a", "x").with_created_at(at(4.0));
    results(&backend).save(&again).unwrap();
    assert_eq!(newest("a", "x").unwrap().file_path, "/new");
    // And of another content, none of them.
    results(&backend).save(&analysis("/new", "c", "x")).unwrap();
    assert_eq!(newest("a", "x").unwrap().file_path, "/as new");
    let (upper, x) = (sha("a").as_str().to_uppercase(), config("x"));
    let found = backend.newest_of_content(&upper, x.as_str()).unwrap();
    assert_eq!(found, None, "hashes are compared as stored");
}

/// Texts that begin alike, however far, are told apart.
pub fn long_texts_are_told_apart<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let long = noise(5_000);
    let [one, other] = ["a", "b"].map(|end| format!("{long}{end}"));
    let hash = |text: &str| -> ContentHash { format!("own:{text}").parse().unwrap() };
    for (text, number) in [(&one, 1.0), (&other, 2.0)] {
        let new = NewAnalysis::new(text, hash(text), hash(text)).unwrap();
        results(&backend)
            .save(&new.with_created_at(at(number)))
            .unwrap();
        let input = (text, hash(text));
        let new = NewProcessing::new(text, text, input, ("/out", sha("out"))).unwrap();
        jobs(&backend)
            .save(&new.with_created_at(at(number)))
            .unwrap();
    }
    for text in [&one, &other] {
        let hash = hash(text);
        let found = backend.newest_of_content(hash.as_str(), hash.as_str());
        assert_eq!(found.unwrap().unwrap().file_path, *text);
        let mut done = Vec::new();
        let each = &mut |job: media_schema::DoneJob<'_>| done.push(job.job_id.to_owned());
        backend.done_jobs(text, hash.as_str(), each).unwrap();
        assert_eq!(done, [text.as_str()]);
        assert!(backend.knows_path(text).unwrap());
        assert!(backend.knows_input(text, text).unwrap());
        assert!(backend.knows_content(text, hash.as_str()).unwrap());
    }
    assert!(!backend.knows_path(&long).unwrap());
    assert!(!backend.knows_input(&one, &other).unwrap());
    assert!(!backend.knows_input(&long, &one).unwrap());
    assert!(!backend.knows_content(&other, hash(&one).as_str()).unwrap());
    let crossed = backend.newest_of_content(hash(&one).as_str(), hash(&other).as_str());
    assert_eq!(crossed.unwrap(), None);
}

/// A path is known if there is a result for it under any configuration.
pub fn a_path_is_known<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    jobs(&backend).save(&job("j", "cut", "b", "c")).unwrap();
    assert!(backend.knows_path("/a").unwrap());
    assert!(!backend.knows_path("/A").unwrap());
    assert!(!backend.knows_path("/b").unwrap(), "a job is no result");
    assert!(!backend.knows_path("").unwrap());
}

/// The jobs of an action on a content come newest first, of those that are as
/// new the one with the higher `id`; without parameters as `{}`.
pub fn the_jobs_done_on_a_content<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for (job_id, action, input, time) in [
        ("old", "cut", "a", 1.0),
        ("new", "cut", "a", 3.0),
        ("as new", "cut", "a", 3.0),
        ("other action", "mix", "a", 9.0),
        ("other content", "cut", "b", 9.0),
    ] {
        let new = job(job_id, action, input, job_id).with_created_at(at(time));
        let new = match job_id {
            "new" => new.with_parameters_json(r#"{ "b": 1, "a": 2 }"#).unwrap(),
            _ => new,
        };
        jobs(&backend).save(&new).unwrap();
    }
    let done = |action: &str, input: &str| {
        let mut done = Vec::new();
        let content = sha(input);
        let each = &mut |job: media_schema::DoneJob<'_>| {
            assert_eq!(job.output_path, format!("/{}", job.job_id));
            assert_eq!(job.output_hash, sha(job.job_id).as_str());
            done.push((job.job_id.to_owned(), job.parameters.to_owned()));
        };
        backend.done_jobs(action, content.as_str(), each).unwrap();
        done
    };
    let pair = |job_id: &str, parameters: &str| (job_id.to_owned(), parameters.to_owned());
    assert_eq!(
        done("cut", "a"),
        [
            pair("as new", "{}"),
            pair("new", r#"{ "b": 1, "a": 2 }"#),
            pair("old", "{}")
        ]
    );
    assert_eq!(done("mix", "a"), [pair("other action", "{}")]);
    assert_eq!(done("Cut", "a"), []);
    assert_eq!(done("cut", "c"), []);
}

/// There may be many of them, and their parameters may be of any text.
pub fn many_jobs_done_on_a_content<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let rows: Vec<_> = (0..2_000)
        .map(|number| {
            MediaProcessingRow::from_columns(
                0,
                [format!("{number}"), "cut".into()],
                ("/a".into(), sha("a").into()),
                (format!("/{number}"), "no hash".into()),
                [
                    Some(JsonText::from_stored(format!("[NaN, {number}]"))),
                    None,
                ],
                at(f64::from(number)),
            )
        })
        .collect();
    let outcome = jobs(&backend).import(&rows).unwrap();
    assert_eq!(outcome, vec![Imported::Inserted; rows.len()]);
    let mut number = 2_000;
    let each = &mut |job: media_schema::DoneJob<'_>| {
        number -= 1;
        assert_eq!(job.job_id, format!("{number}"));
        assert_eq!(job.output_hash, "no hash");
        assert_eq!(job.parameters, format!("[NaN, {number}]"));
    };
    backend.done_jobs("cut", sha("a").as_str(), each).unwrap();
    assert_eq!(number, 0);
}

/// A content or a path is known for an action if a job of it read that.
pub fn an_input_is_known_by_action<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new = NewProcessing::new("j", "cut", ("/in", sha("a")), ("/out", sha("b")));
    jobs(&backend).save(&new.unwrap()).unwrap();
    let content = |action: &str, content: &str| {
        let content = sha(content);
        backend.knows_content(action, content.as_str()).unwrap()
    };
    assert!(content("cut", "a"));
    assert!(!content("mix", "a"));
    assert!(!content("cut", "b"), "that was written");
    assert!(backend.knows_input("cut", "/in").unwrap());
    assert!(!backend.knows_input("cut", "/IN").unwrap());
    assert!(!backend.knows_input("mix", "/in").unwrap());
    assert!(!backend.knows_input("cut", "/out").unwrap());
}
