//! The worked example, from one end to the other.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::ControlFlow;

use media_analysis_store::{Analysis, MediaAnalysisStorage, Outcome};
use media_audit::Audit;
use media_lineage::{Direction, Lineage, Start};
use media_processing_store::{MediaProcessingStorage, Recipe};
use media_schema::{MissReason, TimeRange, Verdict};

use crate::home::Home;
use crate::{Fixture, Suite};

/// A talk is analysed; its sound is cut out; the cut is converted; all is
/// verified; and from the last file there is a way back to the first. Each part
/// is done by a handle of its own, as different programs would.
pub fn a_talk_is_analysed_cut_converted_and_verified<F: Fixture>(suite: &Suite<F>) {
    let (place, home) = (suite.create(), Home::new());
    let talk = home.file("talk.wav", "....hello....");
    let analyses = MediaAnalysisStorage::with_source(place.open()).unwrap();
    let ask = || {
        let options = BTreeMap::from([("threshold", -40.0)]);
        let answer = analyses.get_or_analyze(&talk, &options, |path| {
            let text = fs::read_to_string(path)?;
            let start = text.find('h').unwrap_or(0);
            let end = text.rfind('o').map_or(0, |at| at + 1);
            let seconds = |at: usize| f64::from(u32::try_from(at).unwrap());
            Ok::<_, io::Error>(Analysis {
                ranges: vec![TimeRange::new(seconds(start), seconds(end), "sound")],
                metadata: BTreeMap::from([("bytes", text.len())]),
            })
        });
        answer.unwrap()
    };
    let first = ask();
    assert_eq!(first.outcome, Outcome::Computed(MissReason::New));
    assert_eq!(ask().outcome, Outcome::Cached);
    let [sound] = &first.row.time_ranges().unwrap()[..] else {
        panic!("{first:?}");
    };
    assert_eq!((sound.start, sound.end), (4.0, 9.0));

    let outputs = MediaProcessingStorage::with_source(place.open()).unwrap();
    let clip = home.path("clip.wav");
    let parameters = BTreeMap::from([("start", sound.start), ("end", sound.end)]);
    let recipe = Recipe {
        action: "extract_segment",
        input: &talk,
        output: &clip,
        parameters: &parameters,
    };
    let cut = || {
        outputs.get_or_process(&recipe, |input, output| {
            let text = fs::read_to_string(input)?;
            fs::write(output, &text[4..9])
        })
    };
    assert_eq!(cut().unwrap().outcome.as_str(), "computed");
    assert_eq!(cut().unwrap().outcome.as_str(), "cached");
    assert_eq!(fs::read_to_string(&clip).unwrap(), "hello");
    let recipe = Recipe {
        action: "convert",
        input: &clip,
        output: &home.path("clip.flac"),
        parameters: &(),
    };
    outputs
        .get_or_process(&recipe, |input, output| {
            fs::write(output, fs::read_to_string(input)?.to_uppercase())
        })
        .unwrap();

    let backend = place.open();
    let audit = Audit::new(&backend);
    let summary = audit.run(|_| ControlFlow::Continue(())).unwrap();
    assert_eq!(summary.totals.files, 3);
    assert_eq!(summary.totals.of(Verdict::Intact), 5);
    let start = Start::Path(home.text("clip.flac"));
    let lineage = Lineage::trace(&backend, start, Direction::Up).unwrap();
    let names: Vec<_> = lineage
        .contents
        .iter()
        .map(|content| content.files[0].path.rsplit('/').next().unwrap_or(""))
        .collect();
    assert_eq!(names, ["clip.flac", "clip.wav", "talk.wav"]);
    assert_eq!(lineage.analyses.len(), 1);

    fs::write(&talk, "...bit-rotten").unwrap();
    let summary = audit.run(|_| ControlFlow::Continue(())).unwrap();
    // As a source and as an input.
    assert_eq!(summary.totals.of(Verdict::Changed), 2);
    let start = Start::Path(home.text("clip.flac"));
    let lineage = Lineage::trace(&backend, start, Direction::Up).unwrap();
    let ancestor = lineage.contents[0].changed_ancestor.as_ref();
    assert_eq!(ancestor, Some(&lineage.contents[2].hash));
    let again = ask();
    assert!(matches!(
        again.outcome,
        Outcome::Computed(MissReason::FileChanged { .. })
    ));
}
