//! Clips on the record.

use std::cell::Cell;
use std::fs;

use media_hash::{Verification, hash_file};
use media_processing_store::MediaProcessingStorage;
use media_schema::{ProcessingFilter, TimeRange};
use plugin_extract::{ACTION, Control, ExtractError, Progress, extract};
use serde::Deserialize;

use crate::support::{Place, noise};

#[derive(Debug, PartialEq, Deserialize)]
struct Parameters {
    start: f64,
    end: f64,
    label: String,
}

fn range(start: f64, end: f64) -> TimeRange {
    TimeRange::new(start, end, "sound")
}

#[test]
fn each_clip_is_a_job() {
    let place = Place::with_wav(8000, 1, &noise(16_000));
    let storage = MediaProcessingStorage::open(place.folder.path().join("media.db")).unwrap();
    // The third is the first again.
    let ranges = [range(0.25, 0.5), range(0.4, 1.5), range(0.25, 0.5)];
    let folder = place.folder.path();
    let extracted = extract(
        &storage,
        &place.source,
        None,
        &ranges,
        folder,
        &mut Control::default(),
    )
    .unwrap();
    assert_eq!(extracted.cut, 2);
    let jobs = extracted.jobs;
    assert_eq!(jobs.len(), 2);
    for (job, range) in jobs.iter().zip(&ranges) {
        assert_eq!(job.action, ACTION);
        assert_eq!(job.input_path, place.source.to_str().unwrap());
        let expected = Parameters {
            start: range.start,
            end: range.end,
            label: "sound".to_owned(),
        };
        assert_eq!(job.parameters_as().unwrap(), Some(expected));
        assert_eq!(
            storage.verify_input(&job.job_id).unwrap(),
            Some(Verification::Intact)
        );
        assert_eq!(
            storage.verify_output(&job.job_id).unwrap(),
            Some(Verification::Intact)
        );
        let hash = hash_file::<media_hash::Sha256>(&job.output_path).unwrap();
        assert_eq!(job.output_hash, hash);
    }
}

#[test]
fn what_is_there_is_not_cut_again() {
    let place = Place::with_wav(8000, 1, &noise(16_000));
    let storage = MediaProcessingStorage::open(place.folder.path().join("media.db")).unwrap();
    let ranges = [range(0.25, 0.5), range(0.4, 1.5), range(1.0, 1.25)];
    let decoded = Cell::new(false);
    let extract = || {
        decoded.set(false);
        let mut progress = |_: Progress| decoded.set(true);
        let mut control = Control {
            progress: Some(&mut progress),
            ..Control::default()
        };
        let extracted = extract(
            &storage,
            &place.source,
            None,
            &ranges,
            &place.clips,
            &mut control,
        )
        .unwrap();
        let paths: Vec<_> = extracted
            .jobs
            .iter()
            .map(|job| job.parameters_as::<Parameters>().unwrap().unwrap().start)
            .collect();
        assert_eq!(paths, [0.25, 0.4, 1.0]);
        extracted
    };
    let first = extract();
    assert_eq!((first.cut, decoded.get()), (3, true));
    let again = extract();
    assert_eq!((again.cut, decoded.get()), (0, false));
    assert_eq!(again.jobs, first.jobs);

    // One that is damaged is cut again, and only that one.
    fs::write(&first.jobs[1].output_path, "damaged").unwrap();
    let third = extract();
    assert_eq!((third.cut, decoded.get()), (1, true));
    assert_eq!(third.jobs[0], first.jobs[0]);
    assert_ne!(third.jobs[1].job_id, first.jobs[1].job_id);
    assert_eq!(third.jobs[1].output_hash, first.jobs[1].output_hash);
    assert_eq!(third.jobs[2], first.jobs[2]);
    assert_eq!(storage.count(&ProcessingFilter::default()).unwrap(), 4);

    // What damage was allowed in is not given to who did not allow it.
    let mut lenient = Control {
        allow_damage: true,
        ..Control::default()
    };
    let folder = place.folder.path();
    let cut = |ranges, control: &mut Control<'_>| {
        plugin_extract::extract(&storage, &place.source, None, ranges, folder, control)
            .unwrap()
            .cut
    };
    assert_eq!(cut(&ranges[..1], &mut lenient), 1);
    assert_eq!(cut(&ranges[..1], &mut lenient), 0);
    assert_eq!(cut(&ranges[..1], &mut Control::default()), 1);

    // The record is of a content: where it lies does not matter.
    let moved = place.folder.path().join("moved").join("source.wav");
    fs::create_dir(moved.parent().unwrap()).unwrap();
    fs::rename(&place.source, &moved).unwrap();
    let control = &mut Control::default();
    let moved = plugin_extract::extract(&storage, &moved, None, &ranges, &place.clips, control);
    let moved = moved.unwrap();
    assert_eq!((moved.cut, moved.jobs), (0, third.jobs));
}

#[test]
fn files_of_one_name_make_clips_of_several() {
    let [one, other] =
        [noise(8000), vec![7; 8000]].map(|samples| Place::with_wav(8000, 1, &samples));
    let storage = MediaProcessingStorage::open(one.folder.path().join("media.db")).unwrap();
    assert_eq!(one.source.file_name(), other.source.file_name());
    let outputs = [&one, &other].map(|place| {
        let folder = one.folder.path();
        let ranges = [range(0.0, 0.5)];
        let jobs = extract(
            &storage,
            &place.source,
            None,
            &ranges,
            folder,
            &mut Control::default(),
        );
        jobs.unwrap().jobs[0].output_path.clone()
    });
    assert_ne!(outputs[0], outputs[1]);
}

#[test]
fn nothing_is_recorded_of_a_range_that_cannot_be_cut() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    let storage = MediaProcessingStorage::open(place.folder.path().join("media.db")).unwrap();
    let ranges = [range(0.0, 0.5), range(5.0, 6.0)];
    let folder = place.folder.path();
    let failed = extract(
        &storage,
        &place.source,
        None,
        &ranges,
        folder,
        &mut Control::default(),
    );
    assert!(matches!(failed, Err(ExtractError::Cut(_))));
    assert_eq!(storage.count(&ProcessingFilter::default()).unwrap(), 0);
    let none = extract(
        &storage,
        &place.source,
        None,
        &[],
        folder,
        &mut Control::default(),
    );
    assert_eq!(none.unwrap().jobs, []);
}

#[test]
fn an_input_that_changes_meanwhile_is_an_error() {
    let place = Place::with_wav(8000, 1, &noise(80_000));
    let storage = MediaProcessingStorage::open(place.folder.path().join("media.db")).unwrap();
    let mut change = |_: Progress| fs::write(&place.source, "other").unwrap();
    let mut control = Control {
        progress: Some(&mut change),
        ..Control::default()
    };
    let folder = place.folder.path();
    let ranges = [range(0.0, 1.5)];
    let failed = extract(&storage, &place.source, None, &ranges, folder, &mut control);
    assert!(
        matches!(
            failed,
            Err(ExtractError::Changed { .. } | ExtractError::Cut(_))
        ),
        "{failed:?}"
    );
    assert_eq!(storage.count(&ProcessingFilter::default()).unwrap(), 0);
}

#[test]
fn ranges_of_another_content_are_refused() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    let storage = MediaProcessingStorage::open(place.folder.path().join("media.db")).unwrap();
    let ranges = [range(0.0, 0.5)];
    let extract = |expected: &str| {
        let (expected, folder) = (expected.parse().unwrap(), place.folder.path());
        let mut control = Control::default();
        extract(
            &storage,
            &place.source,
            Some(&expected),
            &ranges,
            folder,
            &mut control,
        )
    };
    let md5 = hash_file::<media_hash::Md5>(&place.source).unwrap();
    let sha256 = hash_file::<media_hash::Sha256>(&place.source).unwrap();
    let [wrong_md5, wrong] = [&md5, &sha256].map(|hash| {
        let digit = if hash.hex().starts_with('0') {
            '1'
        } else {
            '0'
        };
        format!("{}:{digit}{}", hash.algorithm(), &hash.hex()[1..])
    });
    for wrong in [wrong_md5, wrong] {
        let refused = extract(&wrong);
        assert!(matches!(refused, Err(ExtractError::OtherContent { .. })));
    }
    assert!(matches!(
        extract("md4:00"),
        Err(ExtractError::Incomparable { .. })
    ));
    assert_eq!(storage.count(&ProcessingFilter::default()).unwrap(), 0);
    for right in [md5, sha256] {
        assert_eq!(extract(right.as_str()).unwrap().jobs.len(), 1);
    }
}
