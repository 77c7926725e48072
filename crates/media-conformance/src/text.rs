//! Texts of every kind, as keys and as values.

use std::cell::Cell;

use media_hash::ContentHash;
use media_schema::{
    AnalysisFilter, AnalysisKey, InvalidValue, NewAnalysis, NewProcessing, ProcessingFilter,
    ProcessingKey, Query, StoreError,
};
use proptest::collection::hash_set;
use proptest::test_runner::{Config, TestRunner};

use crate::samples::{analysis, config, get_analysis, get_job, job, jobs, noise, results, sha};
use crate::{Fixture, Suite};

/// Texts that some database, somewhere, has taken for something else, or for
/// one another.
fn unusual() -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "a",
        "A",
        "a ",
        " a",
        "a\t",
        "a\n",
        "a\r\n",
        "\u{1}\u{7f}",
        "'",
        "''",
        "\"quoted\"",
        "`tick`",
        "\\",
        "\\\\",
        "\\0",
        "\\x41",
        "\\N",
        "\\.",
        "'; DROP TABLE analysis_jobs; --",
        "$1",
        "?1",
        ":path",
        "%",
        "%s%n",
        "_",
        "a_b",
        "a%b",
        "*",
        "{a,b}",
        "[1]",
        "(a)",
        "NULL",
        "null",
        "true",
        "1",
        "1.0",
        "01",
        "1e3",
        "0x10",
        "NaN",
        "Infinity",
        "E'x'",
        "$$a$$",
        "/media/Straße.wav",
        "/media/STRASSE.wav",
        "/media/straße.wav",
        "é",
        "e\u{301}",
        "ﬁ",
        "fi",
        "İ",
        "ı",
        "日本語",
        "🎬",
        "👩‍👩‍👧",
        "\u{202e}abc\u{202c}",
        "\u{200f}",
        "\u{feff}a",
        "a\u{200b}",
        "\u{fffd}",
        "\u{ffff}",
        "\u{10ffff}",
        "\u{e000}",
        "\u{2028}",
        "\u{a0}",
    ]
    .map(str::to_owned)
    .into();
    texts.push(noise(2_704));
    texts.push(noise(10_000));
    texts.push("long/".repeat(20_000));
    texts.push(noise(100_000));
    texts.push(format!("{}other end", noise(100_000)));
    texts
}

/// Every text is a path of its own: it comes back as it was, is found to the
/// letter, and is taken for no other.
pub fn any_text_is_a_path<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let texts = unusual();
    let new: Vec<_> = texts.iter().map(|text| analysis(text, text, "x")).collect();
    results(&backend).save_many(&new).unwrap();
    let count = texts.len() as u64;
    let all = results(&backend).count(&AnalysisFilter::default());
    assert_eq!(all.unwrap(), count);
    for text in &texts {
        let row = get_analysis(&backend, text, "x").unwrap();
        assert_eq!(row.file_path, *text);
        assert_eq!(row.file_hash.as_str(), sha(text).as_str(), "{text:.80?}");
        let filter = AnalysisFilter {
            file_path: Some(text.clone()),
            ..AnalysisFilter::default()
        };
        assert_eq!(results(&backend).count(&filter).unwrap(), 1, "{text:.80?}");
        let page = results(&backend).list(&Query::from(filter)).unwrap();
        assert_eq!(page.into_rows().unwrap(), [row]);
    }
    let path = texts.last().unwrap();
    let key = config("x");
    let key = AnalysisKey {
        file_path: path,
        config_hash: key.as_str(),
    };
    assert!(results(&backend).remove(key).unwrap());
    let all = results(&backend).count(&AnalysisFilter::default());
    assert_eq!(all.unwrap(), count - 1);
}

/// So it is for a job's name, action and paths.
pub fn any_text_is_a_job<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let texts = unusual();
    for (number, text) in texts.iter().enumerate() {
        let output = format!("{text}.out");
        let new = NewProcessing::new(
            text.clone(),
            text.clone(),
            (text, sha("in")),
            (&output, sha("out")),
        );
        jobs(&backend).save(&new.unwrap()).unwrap();
        let row = get_job(&backend, text).unwrap();
        assert_eq!((&row.job_id, &row.action), (text, text));
        assert_eq!((&row.input_path, &row.output_path), (text, &output));
        let count = jobs(&backend).count(&ProcessingFilter::default());
        assert_eq!(count.unwrap(), number as u64 + 1, "{text:.80?}");
    }
    let any = ProcessingFilter::default;
    for text in &texts {
        for filter in [
            ProcessingFilter {
                action: Some(text.clone()),
                ..any()
            },
            ProcessingFilter {
                input_path: Some(text.clone()),
                ..any()
            },
            ProcessingFilter {
                output_path: Some(format!("{text}.out")),
                ..any()
            },
            ProcessingFilter {
                path: Some(text.clone()),
                ..any()
            },
        ] {
            let page = jobs(&backend).list(&Query::from(filter)).unwrap();
            let rows = page.into_rows().unwrap();
            let ids: Vec<_> = rows.iter().map(|row| &row.job_id).collect();
            assert_eq!(ids, [text]);
        }
    }
}

/// So it is for whatever else there is in Unicode, without NUL.
pub fn random_texts_come_back<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let settings = Config {
        cases: 20,
        failure_persistence: None,
        ..Config::default()
    };
    let batch = Cell::new(0);
    let texts = hash_set(r"[^\x00]{0,40}", 1..30);
    let outcome = TestRunner::new(settings).run(&texts, |texts| {
        batch.set(batch.get() + 1);
        let name = format!("{}", batch.get());
        let new: Vec<_> = texts
            .iter()
            .map(|text| analysis(text, text, &name))
            .collect();
        results(&backend).save_many(&new).unwrap();
        for text in &texts {
            let row = get_analysis(&backend, text, &name).unwrap();
            assert_eq!(
                (&row.file_path, row.file_hash.as_str()),
                (text, sha(text).as_str())
            );
        }
        Ok(())
    });
    outcome.unwrap();
}

/// Hashes may be long, by algorithms that nobody knows, and still be looked
/// for.
pub fn hashes_may_be_long_and_strange<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let hash = |text: String| text.parse::<ContentHash>().unwrap();
    let long = hash(format!("unheard-of_2.0:{}", noise(6_400)));
    let longer = hash(format!("{}ff", long.as_str()));
    let short = hash("x:0".into());
    for content in [&long, &longer, &short] {
        for key in [&long, &longer, &short] {
            let path = format!("/{}", content.as_str());
            let new = NewAnalysis::new(&path, content.clone(), key.clone()).unwrap();
            results(&backend).save(&new).unwrap();
            let key = AnalysisKey {
                file_path: &path,
                config_hash: key.as_str(),
            };
            let row = results(&backend).get(key).unwrap().unwrap();
            assert_eq!(row.file_hash.as_str(), content.as_str());
            assert_eq!(row.config_hash.as_str(), key.config_hash);
        }
        let input = ("/in", content.clone());
        let new = NewProcessing::new(content.as_str(), "cut", input, ("/out", sha("out")));
        jobs(&backend).save(&new.unwrap()).unwrap();
        let filter = AnalysisFilter {
            file_hash: Some(content.as_str().into()),
            ..AnalysisFilter::default()
        };
        assert_eq!(results(&backend).count(&filter).unwrap(), 3);
        let filter = ProcessingFilter {
            hash: Some(content.as_str().into()),
            ..ProcessingFilter::default()
        };
        assert_eq!(jobs(&backend).count(&filter).unwrap(), 1);
    }
}

/// A text with a NUL is refused before it gets to a backend.
pub fn a_nul_is_refused<F: Fixture>(suite: &Suite<F>) {
    let _ = suite;
    let nul = |result: Result<(), InvalidValue>| {
        assert!(
            matches!(result, Err(InvalidValue::Nul { offset: 1, .. })),
            "{result:?}"
        );
    };
    let file = |path: &'static str| (path, sha("a"));
    nul(NewAnalysis::new("a\0b", sha("a"), config("x")).map(drop));
    nul(NewProcessing::new("a\0b", "cut", file("/a"), file("/b")).map(drop));
    nul(NewProcessing::new("job", "c\0t", file("/a"), file("/b")).map(drop));
    nul(NewProcessing::new("job", "cut", file("/\0"), file("/b")).map(drop));
    nul(NewProcessing::new("job", "cut", file("/a"), file("/\0")).map(drop));
}

/// A key, a filter or a question with a NUL finds nothing, or is refused as
/// invalid; it is not an error of the backend's.
pub fn a_nul_finds_nothing<F: Fixture>(suite: &Suite<F>) {
    use media_schema::{AnalysisBackend, ProcessingBackend};
    let backend = suite.open();
    results(&backend).save(&analysis("/a", "a", "x")).unwrap();
    jobs(&backend).save(&job("/a", "cut", "a", "b")).unwrap();
    let nothing = |what: &str, found: Result<bool, StoreError>| {
        assert!(
            matches!(found, Ok(false) | Err(StoreError::Invalid { .. })),
            "{what}: {found:?}"
        );
    };
    let key = AnalysisKey {
        file_path: "/a\0",
        config_hash: "x",
    };
    let name = ProcessingKey { job_id: "/a\0" };
    let results = results(&backend);
    let jobs = jobs(&backend);
    nothing("get", results.get(key).map(|row| row.is_some()));
    nothing("get", jobs.get(name).map(|row| row.is_some()));
    nothing("remove", results.remove(key));
    nothing("remove", jobs.remove(name));
    let filter = AnalysisFilter {
        file_path: Some("/a\0".into()),
        ..AnalysisFilter::default()
    };
    nothing("count", results.count(&filter).map(|count| count > 0));
    let page = results.list(&Query::from(filter));
    nothing("list", page.map(|page| !page.rows.is_empty()));
    nothing("knows_path", backend.knows_path("/a\0"));
    let found = backend.newest_of_content("sha256:\0", "x");
    nothing("newest_of_content", found.map(|row| row.is_some()));
    nothing("knows_input", backend.knows_input("cut", "/a\0"));
    nothing("knows_content", backend.knows_content("cut\0", "/a"));
}
