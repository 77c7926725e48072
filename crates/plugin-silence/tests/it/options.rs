//! Options as a configuration.

use plugin_silence::{Control, SilenceError, SilenceOptions, detect};

#[test]
fn options_left_out_take_their_defaults() {
    let options: SilenceOptions = serde_json::from_str(r#"{"min_silence": 1}"#).unwrap();
    assert_eq!(
        options,
        SilenceOptions {
            min_silence: 1.0,
            ..SilenceOptions::default()
        }
    );
}

/// These names are part of what cached results are looked up by: changing one loses them all.
#[test]
fn every_option_is_written_under_its_name() {
    let text = serde_json::to_string(&SilenceOptions::default()).unwrap();
    assert_eq!(
        text,
        r#"{"threshold_db":-40.0,"min_silence":0.5,"min_sound":0.05,"window":0.01}"#
    );
}

#[test]
fn unknown_options_are_refused() {
    let error = serde_json::from_str::<SilenceOptions>(r#"{"treshold_db": -50}"#).unwrap_err();
    assert!(error.to_string().contains("treshold_db"), "{error}");
}

#[test]
fn values_out_of_range_are_refused_before_the_file_is_opened() {
    let good = SilenceOptions::default;
    let bad = [
        (
            "threshold_db",
            SilenceOptions {
                threshold_db: f64::NAN,
                ..good()
            },
        ),
        (
            "threshold_db",
            SilenceOptions {
                threshold_db: 40.0,
                ..good()
            },
        ),
        (
            "threshold_db",
            SilenceOptions {
                threshold_db: f64::NEG_INFINITY,
                ..good()
            },
        ),
        (
            "min_silence",
            SilenceOptions {
                min_silence: -0.1,
                ..good()
            },
        ),
        (
            "min_silence",
            SilenceOptions {
                min_silence: f64::INFINITY,
                ..good()
            },
        ),
        (
            "min_sound",
            SilenceOptions {
                min_sound: f64::NAN,
                ..good()
            },
        ),
        (
            "window",
            SilenceOptions {
                window: 0.0,
                ..good()
            },
        ),
        (
            "window",
            SilenceOptions {
                window: 2.0,
                ..good()
            },
        ),
    ];
    for (field, options) in bad {
        match detect("no such file", &options, &mut Control::default()).unwrap_err() {
            SilenceError::Option { name, .. } => assert_eq!(name, field),
            other => panic!("{other:?}"),
        }
    }
}
