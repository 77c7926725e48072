//! The sample clips, whose pauses are known.

use plugin_silence::SilenceOptions;

use crate::support::{clips, compare, detect, silences};

#[test]
fn the_samples_folder_holds_only_the_clips_noted() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect::<Vec<_>>();
    files.sort();
    assert_eq!(
        files,
        clips()
            .into_iter()
            .map(|clip| clip.path)
            .collect::<Vec<_>>()
    );
}

#[test]
fn pauses_of_half_a_second_are_found_and_shorter_ones_are_not() {
    let options = SilenceOptions::default();
    for clip in clips() {
        let found = detect(&clip.path, &options);
        let long = clip
            .pauses
            .iter()
            .copied()
            .filter(|(start, end)| end - start >= 0.5);
        let long = long.collect::<Vec<_>>();
        assert!(
            long.len() < clip.pauses.len(),
            "{} has no short pause",
            clip.path.display()
        );
        let worst = compare(&silences(&found.segments), &long, 2.0 * options.window);
        println!(
            "{}: off by at most {:.1} ms",
            clip.path.display(),
            worst * 1000.0
        );
        assert!((found.summary.duration - clip.duration).abs() < 1e-5);
    }
}

#[test]
fn every_pause_is_found_when_short_ones_are_asked_for() {
    let options = SilenceOptions {
        min_silence: 0.2,
        ..SilenceOptions::default()
    };
    for clip in clips() {
        let found = detect(&clip.path, &options);
        compare(
            &silences(&found.segments),
            &clip.pauses,
            2.0 * options.window,
        );
    }
}
