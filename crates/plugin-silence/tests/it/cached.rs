//! Through the cache.

use media_analysis_store::{AnalyzeError, AnalyzeOptions, Analyzed, MediaAnalysisStorage};
use media_schema::{AnalysisFilter, TimeRange};
use plugin_silence::{Control, SilenceError, SilenceOptions, analyze};
use serde_json::Value;
use std::fs;
use std::path::Path;

fn ask(
    storage: &MediaAnalysisStorage,
    path: &Path,
    options: &SilenceOptions,
    allow_damage: bool,
) -> Result<Analyzed, AnalyzeError<SilenceError>> {
    let mut control = Control {
        allow_damage,
        ..Control::default()
    };
    analyze(
        storage,
        path,
        options,
        AnalyzeOptions::default(),
        &mut control,
    )
}

#[test]
fn a_sample_is_computed_once_for_each_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let storage = MediaAnalysisStorage::open(folder.path().join("media.db")).unwrap();
    let clip = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/rain.flac");
    let options = SilenceOptions::default();
    let reasons: Vec<_> = [
        options.clone(),
        options.clone(),
        SilenceOptions {
            min_silence: 0.2,
            ..options
        },
    ]
    .iter()
    .map(|options| ask(&storage, &clip, options, false).unwrap())
    .map(|answer| answer.outcome.reason())
    .collect();
    assert_eq!(reasons, ["new", "unchanged", "other config"]);

    let answer = ask(&storage, &clip, &SilenceOptions::default(), false).unwrap();
    let ranges = answer.row.time_ranges().unwrap();
    let metadata: Value = answer.row.metadata_as().unwrap().unwrap();
    let total = |label: &str| -> f64 {
        let ranges = ranges.iter().filter(|range| range.label == label);
        ranges.map(TimeRange::duration).sum()
    };
    for (field, value) in [
        ("duration", ranges.last().unwrap().end),
        ("total_sound", total("sound")),
        ("total_silence", total("silence")),
    ] {
        assert!(
            (metadata[field].as_f64().unwrap() - value).abs() < 1e-9,
            "{field}"
        );
    }
    assert_eq!(
        metadata["segment_count"].as_u64(),
        Some(ranges.len() as u64)
    );
    assert!(metadata["sample_rate"].as_u64().unwrap() >= 8000);
    assert_eq!(metadata["channels"], 1);
}

#[test]
fn what_is_damaged_is_kept_only_for_those_who_allow_it() {
    let folder = tempfile::tempdir().unwrap();
    let storage = MediaAnalysisStorage::open(folder.path().join("media.db")).unwrap();
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/archive.wav");
    let clip = folder.path().join("cut off.wav");
    let whole = fs::read(sample).unwrap();
    fs::write(&clip, &whole[..whole.len() / 2]).unwrap();
    let options = SilenceOptions::default();

    let refused = ask(&storage, &clip, &options, false);
    assert!(matches!(refused, Err(AnalyzeError::Analyzer { .. })));
    assert_eq!(storage.count(&AnalysisFilter::default()).unwrap(), 0);

    let allowed = ask(&storage, &clip, &options, true).unwrap();
    let metadata: Value = allowed.row.metadata_as().unwrap().unwrap();
    assert_eq!(metadata["damaged"], true);
    assert_eq!(metadata["ended_early"], true);

    assert!(ask(&storage, &clip, &options, false).is_err());
    assert_eq!(
        ask(&storage, &clip, &options, true)
            .unwrap()
            .outcome
            .as_str(),
        "cached"
    );
}
