//! What must not be cut, and what is left behind then: nothing.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use plugin_extract::{AudioError, Control, Cut, CutError, Progress};

use crate::support::{Place, noise};

/// Two clips, of which the second is refused; the first must not appear either.
fn refused(place: &Place, start: f64, end: f64) -> CutError {
    fs::write(place.clip(0), "older").unwrap();
    let error = place.cut(&[(0.1, 0.2), (start, end)]).unwrap_err();
    assert_eq!(place.names(), ["0.wav"]);
    assert_eq!(fs::read(place.clip(0)).unwrap(), b"older");
    assert!(error.to_string().contains("source.wav"), "{error}");
    error
}

#[test]
fn ranges_that_make_no_sense_are_refused() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    for (start, end) in [
        (f64::NAN, 0.5),
        (0.1, f64::NAN),
        (-0.5, 0.5),
        (0.5, 0.5),
        (0.5, 0.4),
        (0.0, f64::INFINITY),
        (f64::NEG_INFINITY, 0.1),
    ] {
        let error = refused(&place, start, end);
        assert!(matches!(error, CutError::BadRange { .. }), "{error:?}");
    }
    let error = refused(&place, 0.5, 0.500_000_1);
    assert!(matches!(error, CutError::EmptyRange { .. }), "{error:?}");
    let error = refused(&place, 0.0, 300_000.0);
    assert!(matches!(error, CutError::TooLong { .. }), "{error:?}");
}

#[test]
fn ranges_of_another_file_are_refused() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    for (start, end) in [(0.5, 1.2), (1.0, 1.05), (3.0, 4.0)] {
        match refused(&place, start, end) {
            CutError::BeyondEnd { duration, .. } => assert_eq!(duration.to_bits(), 1_f64.to_bits()),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn two_ranges_do_not_share_a_file() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    let cut = Cut {
        start: 0.0,
        end: 0.5,
        output: place.clip(0),
    };
    let cuts = [cut.clone(), Cut { end: 0.6, ..cut }];
    let error = plugin_extract::cut(&place.source, &cuts, &mut Control::default()).unwrap_err();
    assert!(matches!(error, CutError::SameOutput { .. }), "{error:?}");
    assert!(place.names().is_empty());
}

#[test]
fn the_source_is_never_written_over() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    let before = fs::read(&place.source).unwrap();
    // The same file by another name.
    let output = place.clips.join("../source.wav");
    let cuts = [Cut {
        start: 0.0,
        end: 0.5,
        output,
    }];
    let error = plugin_extract::cut(&place.source, &cuts, &mut Control::default()).unwrap_err();
    assert!(matches!(error, CutError::OverInput { .. }), "{error:?}");
    assert_eq!(fs::read(&place.source).unwrap(), before);
}

#[test]
fn a_missing_folder_is_named() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    let output = place.folder.path().join("missing/clip.wav");
    let cuts = [Cut {
        start: 0.0,
        end: 0.5,
        output,
    }];
    let error = plugin_extract::cut(&place.source, &cuts, &mut Control::default()).unwrap_err();
    assert!(matches!(error, CutError::Write { .. }), "{error:?}");
    assert!(error.to_string().contains("missing"), "{error}");
}

#[test]
fn a_folder_in_the_way_is_an_error_and_stays() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    fs::create_dir(place.clip(0)).unwrap();
    fs::write(place.clip(0).join("inside"), "").unwrap();
    let error = place.cut(&[(0.0, 0.5)]).unwrap_err();
    assert!(matches!(error, CutError::Write { .. }), "{error:?}");
    assert_eq!(place.names(), ["0.wav"]);
    assert!(place.clip(0).join("inside").exists());
}

#[test]
fn damage_is_refused_unless_allowed_or_behind_the_last_range() {
    let place = Place::with_wav(8000, 1, &noise(8000));
    let bytes = fs::read(&place.source).unwrap();
    fs::write(&place.source, &bytes[..44 + 2 * 6000]).unwrap();
    let ranges = [(0.5, 0.76)];
    let error = place.cut(&ranges).unwrap_err();
    assert!(
        matches!(error, CutError::Audio(AudioError::Damaged { .. })),
        "{error:?}"
    );
    assert!(place.names().is_empty());

    let mut control = Control {
        allow_damage: true,
        ..Control::default()
    };
    let clips = plugin_extract::cut(&place.source, &place.cuts(&ranges), &mut control).unwrap();
    assert_eq!(clips[0].frames, 2000);
    place.cut(&[(0.0, 0.5)]).unwrap();
}

#[test]
fn clips_appear_only_when_all_are_complete_and_not_when_stopped() {
    let place = Place::with_wav(8000, 1, &noise(8000 * 8));
    let stop = AtomicBool::new(false);
    let mut seen = Vec::new();
    let mut watch = |progress: Progress| {
        seen.push(place.names());
        stop.store(progress.seconds > 4.0, Ordering::Relaxed);
    };
    let mut control = Control {
        progress: Some(&mut watch),
        cancel: Some(&stop),
        ..Control::default()
    };
    let cuts = place.cuts(&[(0.0, 1.5), (0.5, 7.5)]);
    let error = plugin_extract::cut(&place.source, &cuts, &mut control).unwrap_err();
    assert!(
        matches!(error, CutError::Audio(AudioError::Cancelled { .. })),
        "{error:?}"
    );

    assert!(!seen.is_empty());
    for names in seen {
        // Both are open, or complete, under other names.
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(
            names.iter().all(|name| name.starts_with(".clip-")),
            "{names:?}"
        );
    }
    assert!(place.names().is_empty());
}

#[test]
fn what_is_not_audio_is_an_error_that_names_it() {
    let place = Place::new("source.wav");
    fs::write(&place.source, "text").unwrap();
    let error = place.cut(&[(0.0, 1.0)]).unwrap_err();
    assert!(
        matches!(error, CutError::Audio(AudioError::UnsupportedFormat { .. })),
        "{error:?}"
    );
    assert!(error.to_string().contains("source.wav"), "{error}");
}
