//! The silence plugin beside a bare decode, and beside ffmpeg's filter.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use plugin_silence::{Control, SilenceOptions, detect};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::MetadataOptions;

use crate::Result;
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, contest, timed, timed_children};
use crate::python::run as run_command;
use crate::report::{Goal, Line, Topic};

const MINUTES: usize = 10;

/// Noise and tones with pauses, by ffmpeg, which also encodes them.
fn audio(bench: &Bench, name: &str) -> Result<PathBuf> {
    let folder = bench.data.folder();
    let source = "aevalsrc=exprs='0.3*sin(2*PI*440*t)*lt(mod(t,7),5)+0.05*(random(0)-0.5)*\
                  lt(mod(t,7),5)|0.3*sin(2*PI*330*t)*lt(mod(t,7),5)':s=44100";
    bench.data.once(&folder.join(name), |unfinished| {
        let made = unfinished.with_extension(name.rsplit('.').next().unwrap_or_default());
        let seconds = (MINUTES * 60).to_string();
        run_command(
            Command::new("ffmpeg")
                .args(["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", source])
                .args(["-t", &seconds])
                .arg(&made),
        )?;
        Ok(std::fs::rename(made, unfinished)?)
    })
}

#[expect(clippy::unnecessary_wraps, reason = "a group may fail")]
pub(crate) fn run(bench: &Bench) -> Result<Vec<Topic>> {
    let mut lines = Vec::new();
    for name in ["tones.wav", "tones.flac", "tones.mp3"] {
        let format = name.rsplit('.').next().unwrap_or_default().to_uppercase();
        let work = format!("{format}, {MINUTES} minutes");
        let path = match audio(bench, name) {
            Ok(path) => path,
            Err(error) => {
                lines.push(Line::absent(
                    &work,
                    &format!("no such file could be made: {error}"),
                ));
                continue;
            }
        };
        let options = SilenceOptions::default();
        let taken = contest(
            bench.rounds(15),
            vec![
                Contestant::new("this project", |_| {
                    timed(|| {
                        detect(&path, &options, &mut Control::default())?;
                        Ok(())
                    })
                }),
                Contestant::new("bare decode", |_| timed(|| decode(&path))),
                Contestant::new("ffmpeg silencedetect", |_| {
                    timed_children(|| {
                        run_command(
                            Command::new("ffmpeg")
                                .args(["-v", "error", "-nostdin", "-i"])
                                .arg(&path)
                                .args(["-af", "silencedetect=noise=-40dB:d=0.5"])
                                .args(["-f", "null", "-"]),
                        )
                    })
                }),
            ],
        );
        let cpu = Clock::Cpu;
        lines.push(Line::compare(
            &work,
            &taken[0],
            &taken[1],
            cpu,
            Goal::AtMost(1.3),
        ));
        lines.push(Line::compare(
            &work,
            &taken[0],
            &taken[2],
            cpu,
            Goal::AtLeast(1.0),
        ));
    }
    Ok(vec![Topic {
        name: "silence",
        title: "Silence plugin",
        work: "`detect` over stereo at 44.1 kHz, beside symphonia decoding the same file and \
               dropping the samples, and beside `ffmpeg -i FILE -af \
               silencedetect=noise=-40dB:d=0.5 -f null -`."
            .into(),
        lines,
    }])
}

/// What decoding costs by itself.
fn decode(path: &Path) -> Result<()> {
    let (source, stream) = (File::open(path)?, MediaSourceStreamOptions::default());
    let mut reader = symphonia::default::get_probe().probe(
        &Hint::new(),
        MediaSourceStream::new(Box::new(source), stream),
        FormatOptions::default(),
        MetadataOptions::default(),
    )?;
    let track = reader
        .default_track(TrackType::Audio)
        .ok_or("no audio track")?;
    let id = track.id;
    let parameters = track
        .codec_params
        .as_ref()
        .and_then(|parameters| parameters.audio())
        .ok_or("no audio parameters")?;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(parameters, &AudioDecoderOptions::default())?;
    let mut frames = 0;
    while let Some(packet) = reader.next_packet()? {
        if packet.track_id == id {
            frames += decoder.decode(&packet)?.frames();
        }
    }
    if frames < MINUTES * 60 * 44_000 {
        return Err(format!("only {frames} frames decoded").into());
    }
    Ok(())
}
