//! Watching and stopping.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use media_audio::{AudioError, AudioFile, Control, Progress};

use crate::support::{file_with, media, wav};

/// Decodes the rest of a file.
fn finish(audio: &mut AudioFile, control: &mut Control<'_>) -> Result<(), AudioError> {
    audio.for_each_block(control, |_| Ok(ControlFlow::Continue(())))
}

#[test]
fn progress_grows_to_the_whole_length() {
    let file = file_with(&wav(8000, 1, &vec![0; 8000 * 10 + 4]));
    let mut seen = Vec::new();
    let mut watch = |progress: Progress| seen.push((progress.seconds, progress.total));
    let mut control = Control {
        progress: Some(&mut watch),
        ..Control::default()
    };
    finish(&mut AudioFile::open(&file.path).unwrap(), &mut control).unwrap();
    assert!(
        seen.is_sorted() && (9..=12).contains(&seen.len()),
        "{seen:?}"
    );
    assert_eq!(seen.last(), Some(&(10.0005, Some(10.0005))));
}

#[test]
fn a_set_flag_stops_the_decode() {
    let stop = AtomicBool::new(false);
    let mut control = Control {
        cancel: Some(&stop),
        ..Control::default()
    };
    let mut blocks = 0;
    let stopped = AudioFile::open(media("tone.wav"))
        .unwrap()
        .for_each_block(&mut control, |_| {
            blocks += 1;
            stop.store(true, Ordering::Relaxed);
            Ok(ControlFlow::Continue(()))
        });
    assert!(matches!(
        stopped,
        Err::<(), _>(AudioError::Cancelled { .. })
    ));
    assert_eq!(blocks, 1);
}

#[test]
fn breaking_off_leaves_the_rest() {
    let mut audio = AudioFile::open(media("tone.wav")).unwrap();
    audio
        .for_each_block(&mut Control::default(), |_| {
            Ok::<_, AudioError>(ControlFlow::Break(()))
        })
        .unwrap();
    assert!(audio.position() > 0 && audio.position() < 16_000);
    finish(&mut audio, &mut Control::default()).unwrap();
    assert_eq!(audio.position(), 16_000);
}
