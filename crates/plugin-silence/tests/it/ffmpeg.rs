//! Agreement with ffmpeg's silencedetect, where ffmpeg is installed.

use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use plugin_silence::SilenceOptions;

use crate::support::{Wav, clips, compare, detect, silences, tones};

#[test]
fn ranges_agree_with_silencedetect() {
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        // Where everything must be shown to hold, this must run.
        assert!(
            std::env::var_os("REQUIRE_TEST_PROGRAMS").is_none(),
            "install ffmpeg"
        );
        // Past the capture of output, so that it is seen.
        let line = "not run, for there is no ffmpeg to compare with: silence plugin";
        writeln!(io::stderr(), "\n{line}").unwrap();
        return;
    }
    let options = SilenceOptions::default();
    let synthetic = [
        Wav::new(
            44_100,
            1,
            &tones(44_100, &[44_100, 30_870, 61_740, 22_491, 22_050]),
        ),
        Wav::new(
            16_000,
            1,
            &tones(16_000, &[0, 12_345, 40_001, 7_900, 9_999, 8_321]),
        ),
        Wav::new(48_000, 2, &tones(48_000, &[100_000, 60_000, 100_000])),
    ];
    let paths = clips().into_iter().map(|clip| clip.path);
    for path in paths.chain(synthetic.iter().map(|wav| wav.path.clone())) {
        let found = detect(&path, &options);
        let expected = silencedetect(&path);
        let worst = compare(&silences(&found.segments), &expected, 2.0 * options.window);
        println!(
            "{}: off by at most {:.1} ms",
            path.display(),
            worst * 1000.0
        );
    }
}

fn silencedetect(path: &Path) -> Vec<(f64, f64)> {
    let output = Command::new("ffmpeg")
        .args(["-hide_banner", "-nostats", "-i"])
        .arg(path)
        .args(["-af", "silencedetect=noise=-40dB:d=0.5", "-f", "null", "-"])
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{log}");
    let numbers = |key: &str| {
        let after = log.split(key).skip(1);
        let words = after.map(|text| text.split_whitespace().next().unwrap());
        words
            .map(|word| word.parse::<f64>().unwrap())
            .collect::<Vec<_>>()
    };
    numbers("silence_start: ")
        .into_iter()
        .zip(numbers("silence_end: "))
        .collect()
}
