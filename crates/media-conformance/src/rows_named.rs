//! Which files rows name, as audits ask for them.

use media_schema::{
    Cursor, FixityBackend, JobName, MediaBackend, NamingRow, Role, Scope, Selected, StoreError,
};

use crate::samples::{analysis, at, get_analysis, get_job, job, jobs, results, sha};
use crate::{Fixture, Suite};

const SCOPES: [Scope; 3] = [Scope::All, Scope::Analysis, Scope::Processing];

/// Two results of one path, and two jobs by which one file was made from
/// another and a third from that.
fn fill(backend: &impl MediaBackend) {
    let new = ["x", "y"].map(|name| analysis("/a", "a", name));
    results(backend).save_many(&new).unwrap();
    let new = [job("j1", "cut", "a", "b"), job("j2", "cut", "b", "c")];
    jobs(backend).save_many(&new).unwrap();
}

fn of_result(backend: &impl MediaBackend, name: &str) -> NamingRow {
    let row = get_analysis(backend, "/a", name).unwrap();
    NamingRow {
        path: row.file_path,
        role: Role::Source,
        hash: row.file_hash,
        job: JobName::Analysis { id: row.id },
    }
}

fn of_job(backend: &impl MediaBackend, job_id: &str) -> [NamingRow; 2] {
    let row = get_job(backend, job_id).unwrap();
    let naming = |path, role, hash| NamingRow {
        path,
        role,
        hash,
        job: JobName::Processing {
            id: row.id,
            job_id: row.job_id.clone(),
        },
    };
    [
        naming(row.input_path, Role::Input, row.input_hash),
        naming(row.output_path, Role::Output, row.output_hash),
    ]
}

fn sorted(mut rows: Vec<NamingRow>) -> Vec<NamingRow> {
    rows.sort_by_key(|row| (row.path.clone(), row.role, row.job.clone()));
    rows
}

fn naming_rows(backend: &impl FixityBackend, scope: Scope) -> Vec<NamingRow> {
    let (mut rows, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let (page, next) = backend.naming_rows(scope, after.as_ref()).unwrap();
        rows.extend(page.into_iter().map(Result::unwrap));
        match next {
            Some(_) => after = next,
            None => return sorted(rows),
        }
    }
}

fn named_paths(backend: &impl FixityBackend, scope: Scope) -> Vec<String> {
    let (mut paths, mut after) = (Vec::new(), None::<Cursor>);
    loop {
        let (page, next) = backend.named_paths(scope, after.as_ref()).unwrap();
        paths.extend(page);
        match next {
            Some(_) => after = next,
            None => return paths,
        }
    }
}

/// Every row of a scope says which file it names, once for each role.
pub fn rows_name_files<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for scope in SCOPES {
        assert_eq!(naming_rows(&backend, scope), []);
        assert_eq!(named_paths(&backend, scope).len(), 0);
    }
    fill(&backend);
    let of_results = ["x", "y"].map(|name| of_result(&backend, name)).to_vec();
    let of_jobs = ["j1", "j2"].map(|id| of_job(&backend, id)).concat();
    let all = [of_results.clone(), of_jobs.clone()].concat();
    assert_eq!(naming_rows(&backend, Scope::Analysis), sorted(of_results));
    assert_eq!(naming_rows(&backend, Scope::Processing), sorted(of_jobs));
    assert_eq!(naming_rows(&backend, Scope::All), sorted(all));
    let paths = |scope| {
        let mut paths = named_paths(&backend, scope);
        paths.sort();
        paths.join(" ")
    };
    assert_eq!(paths(Scope::Analysis), "/a");
    assert_eq!(paths(Scope::Processing), "/a /b /c");
    assert_eq!(paths(Scope::All), "/a /b /c");
}

/// The rows that are asked for come question by question: by path to the
/// letter, by job with both of its files, within the scope.
pub fn rows_that_are_selected<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let selected = [
        Selected::Path("/b".into()),
        Selected::Path("/none".into()),
        Selected::Job("j1".into()),
        Selected::Path("/a".into()),
        Selected::Job("none".into()),
        Selected::Path("/B".into()),
    ];
    let answers = |scope| {
        let answers = backend.rows_of(scope, &selected).unwrap();
        let readable = answers
            .into_iter()
            .map(|rows| sorted(rows.into_iter().map(Result::unwrap).collect()));
        readable.collect::<Vec<_>>()
    };
    let [j1_in, j1_out] = of_job(&backend, "j1");
    let [j2_in, _] = of_job(&backend, "j2");
    let of_a = ["x", "y"].map(|name| of_result(&backend, name)).to_vec();
    let b = sorted(vec![j1_out.clone(), j2_in]);
    let j1 = sorted(vec![j1_in.clone(), j1_out]);
    let none = Vec::new;
    assert_eq!(
        answers(Scope::Processing),
        [
            b.clone(),
            none(),
            j1.clone(),
            vec![j1_in.clone()],
            none(),
            none()
        ]
    );
    assert_eq!(
        answers(Scope::Analysis),
        [none(), none(), none(), sorted(of_a.clone()), none(), none()]
    );
    let a = sorted([of_a, vec![j1_in]].concat());
    assert_eq!(answers(Scope::All), [b, none(), j1, a, none(), none()]);
    assert_eq!(backend.rows_of(Scope::All, &[]).unwrap().len(), 0);
}

/// Of many rows, each path comes once and all rows of a path come in one page.
pub fn pages_of_names<F: Fixture>(suite: &Suite<F>) {
    const PATHS: usize = 5_000;
    let backend = suite.open();
    let new: Vec<_> = (0..PATHS)
        .flat_map(|number| ["x", "y"].map(|name| analysis(&format!("/{number}"), "a", name)))
        .collect();
    results(&backend).save_many(&new).unwrap();
    let new: Vec<_> = (0..PATHS / 2)
        .map(|number| {
            let (input, output) = (format!("{}", number * 2), format!("made {number}"));
            job(&format!("{number}"), "cut", &input, &output)
        })
        .collect();
    jobs(&backend).save_many(&new).unwrap();
    let mut paths = named_paths(&backend, Scope::All);
    paths.sort();
    assert_eq!(paths.len(), PATHS + PATHS / 2);
    assert!(paths.is_sorted_by(|a, b| a < b), "none comes twice");

    let (mut rows, mut after) = (0, None);
    let mut seen = std::collections::HashSet::new();
    loop {
        let (page, next) = backend.naming_rows(Scope::All, after.as_ref()).unwrap();
        rows += page.len();
        let names = page.into_iter().map(|row| row.unwrap().path);
        let names: std::collections::HashSet<_> = names.collect();
        assert!(names.is_disjoint(&seen), "a path in two pages");
        seen.extend(names);
        match next {
            Some(_) => after = next,
            None => break,
        }
    }
    assert_eq!(rows, PATHS * 2 + PATHS / 2 * 2);
    assert_eq!(seen.len(), paths.len());
}

/// The paths of a content come way by way of writing its hash; for each those
/// of sources, of outputs, of inputs; the ones that were recorded last first.
pub fn the_paths_of_a_content<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let upper = sha("a").as_str().to_uppercase();
    for (path, hash, time) in [
        ("/source 1", sha("a").as_str(), 1.0),
        ("/source 3", sha("a").as_str(), 3.0),
        ("/source 2", sha("a").as_str(), 2.0),
        ("/other", sha("b").as_str(), 2.0),
        ("/upper", &upper, 9.0),
    ] {
        let row = media_schema::MediaAnalysisRow::from_columns(
            0,
            path.into(),
            [hash.into(), "x".into()],
            [None, None],
            at(time),
        );
        results(&backend).import(&[row]).unwrap();
    }
    for (job_id, input, output, time) in [
        ("reads", ("/input", "a"), ("/x", "x"), 5.0),
        ("makes 1", ("/y", "y"), ("/output 1", "a"), 1.0),
        ("makes 2", ("/y", "y"), ("/output 2", "a"), 2.0),
    ] {
        let file = |(path, content): (&'static str, &str)| (path, sha(content));
        let new = media_schema::NewProcessing::new(job_id, "cut", file(input), file(output));
        let new = new.unwrap().with_created_at(at(time));
        jobs(&backend).save(&new).unwrap();
    }
    let lower = sha("a");
    let paths = |hashes: &[&str]| {
        let (mut paths, mut after) = (Vec::new(), None::<Cursor>);
        loop {
            let (page, next) = backend.paths_of_content(hashes, after.as_ref()).unwrap();
            paths.extend(page);
            match next {
                Some(_) => after = next,
                None => return paths,
            }
        }
    };
    let expected = [
        "/source 3",
        "/source 2",
        "/source 1",
        "/output 2",
        "/output 1",
        "/input",
    ];
    assert_eq!(paths(&[lower.as_str()]), expected);
    let both = [&expected[..], &["/upper"]].concat();
    assert_eq!(paths(&[lower.as_str(), &upper]), both);
    assert_eq!(paths(&[&upper, "none"]), ["/upper"]);
    assert_eq!(paths(&[]).len(), 0);
}

/// There may be many of them.
pub fn many_paths_of_a_content<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let new: Vec<_> = (0..500)
        .map(|number| analysis(&format!("/{number:03}"), "a", "x").with_created_at(at(1.0)))
        .collect();
    results(&backend).save_many(&new).unwrap();
    let new: Vec<_> = (0..100)
        .map(|number| job(&format!("{number}"), "cut", "a", "b"))
        .collect();
    jobs(&backend).save_many(&new).unwrap();
    let (mut paths, mut after) = (Vec::new(), None::<Cursor>);
    let a = sha("a");
    loop {
        let (page, next) = backend
            .paths_of_content(&[a.as_str()], after.as_ref())
            .unwrap();
        paths.extend(page);
        match next {
            Some(_) => after = next,
            None => break,
        }
    }
    let inputs = paths.split_off(500);
    assert!(paths.iter().rev().eq(new_paths().iter()));
    assert!(!inputs.is_empty() && inputs.iter().all(|path| path == "/a"));
}

fn new_paths() -> Vec<String> {
    (0..500).map(|number| format!("/{number:03}")).collect()
}

/// What is no cursor is refused.
pub fn what_is_no_cursor_is_refused<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    fill(&backend);
    let cursor = Cursor::new("🎬 no cursor");
    let refused = |error: StoreError| {
        assert!(matches!(error, StoreError::BadCursor { .. }), "{error:?}");
    };
    refused(backend.named_paths(Scope::All, Some(&cursor)).unwrap_err());
    refused(backend.naming_rows(Scope::All, Some(&cursor)).unwrap_err());
    let error = backend.paths_of_content(&["a"], Some(&cursor)).unwrap_err();
    refused(error);
}
