//! Ranges of time as bars: a row for each label, and under them the time.

use std::env;

use comfy_table::Color;
use indicatif::HumanCount;
use media_schema::TimeRange;
use unicode_width::UnicodeWidthStr;

use super::table::{Shorten, colored, printable, shorten, terminal_width};

/// The labels that get a row; more say less.
const LABELS: usize = 8;

/// The columns of the longest label.
const LABEL: usize = 14;

/// The columns between two marks of the time, at least.
const TICK: f64 = 12.0;

/// The most of a time that is written as a clock has it, some 30 years.
const CLOCK: f64 = 1e9;

const COLORS: [Color; 6] = [
    Color::Green,
    Color::Blue,
    Color::Yellow,
    Color::Magenta,
    Color::Cyan,
    Color::Red,
];

/// What bars are made of, from a touched cell to a full one.
#[derive(Debug, Clone, Copy)]
struct Glyphs {
    levels: &'static [char],
    tick: char,
}

const BLOCKS: Glyphs = Glyphs {
    levels: &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
    tick: '╵',
};

const ASCII: Glyphs = Glyphs {
    levels: &['.', ':', '+', '#'],
    tick: '|',
};

/// The lines that show where ranges lie, as wide as the terminal; none if there
/// is nothing to show. A cell is as high as the share of its time that the
/// ranges of its label cover.
pub(crate) fn timeline(ranges: &[TimeRange]) -> Vec<String> {
    let glyphs = if is_unicode() { BLOCKS } else { ASCII };
    draw(ranges, terminal_width(), glyphs, colored)
}

/// Whether the terminal shows more than ASCII, as its locale has it. Where
/// there are no locales, it does.
fn is_unicode() -> bool {
    if !cfg!(all(unix, not(target_os = "macos"))) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(env::var_os)
        .find(|value| !value.is_empty())
        .and_then(|value| value.into_string().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// The ranges of a label.
struct Track<'a> {
    label: &'a str,
    ranges: Vec<&'a TimeRange>,
}

impl Track<'_> {
    /// The label as it is shown.
    fn name(&self) -> String {
        shorten(&printable(self.label.to_owned()), LABEL, Shorten::Middle)
    }

    /// How many there are, and how long they are together.
    fn sum(&self) -> String {
        let total = self
            .ranges
            .iter()
            .map(|range| range.duration().max(0.0))
            .sum();
        format!(
            "{} in {}",
            length(total),
            HumanCount(self.ranges.len() as u64)
        )
    }
}

/// The time that a bar shows, and its cells.
#[derive(Debug, Clone, Copy)]
struct Scale {
    start: f64,
    span: f64,
    cells: usize,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "a screen has few cells")]
    fn place(self, time: f64) -> f64 {
        (time - self.start) / self.span * self.cells as f64
    }
}

fn draw(
    ranges: &[TimeRange],
    width: usize,
    glyphs: Glyphs,
    paint: fn(&str, Color) -> String,
) -> Vec<String> {
    let start = ranges.iter().map(|range| range.start).fold(0.0, f64::min);
    let end = ranges.iter().map(|range| range.end).fold(start, f64::max);
    let span = end - start;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let mut tracks = tracks(ranges);
    let others = tracks.len().saturating_sub(LABELS);
    tracks.truncate(LABELS);
    let widest = |texts: Vec<String>| texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let names = widest(tracks.iter().map(Track::name).collect());
    let sums = widest(tracks.iter().map(Track::sum).collect());
    let cells = width.saturating_sub(names + sums + 4).max(1);
    let scale = Scale { start, span, cells };
    let mut lines = Vec::new();
    for (track, color) in tracks.iter().zip(COLORS.into_iter().cycle()) {
        let name = track.name();
        let pad = names - name.width();
        let bar = paint(&bar(&track.ranges, scale, glyphs.levels), color);
        let sum = track.sum();
        lines.push(format!("{name}{:pad$}  {bar}  {sum:>sums$}", ""));
    }
    if let Some(axis) = axis(scale, glyphs.tick) {
        lines.push(format!("{:names$}  {axis}", ""));
    }
    if others > 0 {
        let plural = if others == 1 { "" } else { "s" };
        lines.push(format!("and {others} more label{plural}"));
    }
    lines
}

/// The labels in the order in which they first occur.
fn tracks(ranges: &[TimeRange]) -> Vec<Track<'_>> {
    let mut sorted: Vec<_> = ranges.iter().collect();
    sorted.sort_by(|a, b| a.start.total_cmp(&b.start));
    let mut places = std::collections::HashMap::new();
    let mut tracks: Vec<Track<'_>> = Vec::new();
    for range in sorted {
        let place = *places.entry(range.label.as_str()).or_insert(tracks.len());
        match tracks.get_mut(place) {
            Some(track) => track.ranges.push(range),
            None => tracks.push(Track {
                label: &range.label,
                ranges: vec![range],
            }),
        }
    }
    tracks
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place is between 0 and the number of cells"
)]
fn bar(ranges: &[&TimeRange], scale: Scale, levels: &[char]) -> String {
    // What rounding leaves of a range that ends at the edge of a cell.
    const SLIVER: f64 = 1e-6;
    let last = scale.cells - 1;
    let mut covered = vec![0.0_f64; scale.cells];
    // Where runs of full cells begin and end, so that long ranges cost no more
    // than short ones.
    let mut runs = vec![0_i64; scale.cells + 1];
    for range in ranges {
        let from = scale.place(range.start);
        let to = scale.place(range.end).max(from);
        let first = (from as usize).min(last);
        let end = ((to.ceil() as usize).saturating_sub(1)).clamp(first, last);
        if first == end {
            // A moment is seen too.
            covered[first] += (to - from).max(2.0 * SLIVER);
        } else {
            covered[first] += (first + 1) as f64 - from;
            covered[end] += to - end as f64;
            runs[first + 1] += 1;
            runs[end] -= 1;
        }
    }
    let mut run = 0;
    let cells = covered.into_iter().zip(runs).map(|(part, change)| {
        run += change;
        let share = if run > 0 { 1.0 } else { part.min(1.0) };
        if share < SLIVER {
            return ' ';
        }
        let level = (share * levels.len() as f64 - SLIVER).ceil() as usize;
        levels[level.clamp(1, levels.len()) - 1]
    });
    cells.collect()
}

/// Marks of the time, each with its text to the right.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a place is between 0 and the number of cells"
)]
fn axis(scale: Scale, tick: char) -> Option<String> {
    if scale.start.abs() + scale.span > CLOCK {
        return None;
    }
    let step = step(scale.span * TICK / scale.cells as f64);
    let mut line = String::new();
    let mut used = 0;
    let mut number = (scale.start / step).ceil();
    loop {
        let time = number * step;
        let place = scale.place(time).round() as usize;
        let text = format!("{tick}{}", clock(time, step));
        if place + text.width() > scale.cells {
            break;
        }
        if place >= used {
            line.extend(std::iter::repeat_n(' ', place - used));
            used = place + text.width();
            line.push_str(&text);
        }
        number += 1.0;
    }
    (!line.is_empty()).then_some(line)
}

/// The first step between marks that is round and at least as long.
fn step(least: f64) -> f64 {
    const ROUND: [f64; 13] = [
        1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
    ];
    if (1.0..=3600.0).contains(&least) {
        return ROUND
            .into_iter()
            .find(|step| *step >= least)
            .unwrap_or(3600.0);
    }
    // Powers of ten of seconds, or of hours.
    let unit = if least < 1.0 { 1.0 } else { 3600.0 };
    let power = 10_f64.powf((least / unit).log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|factor| factor * power * unit >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power * unit
}

/// A point in time: `1:02:03`, or `2.5 s` where steps are short.
fn clock(time: f64, step: f64) -> String {
    if step < 1.0 {
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and 9"
        )]
        return format!("{time:.*} s", decimals as usize);
    }
    let sign = if time < 0.0 { "-" } else { "" };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no longer than CLOCK"
    )]
    let seconds = time.abs().round() as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes}:{seconds:02}")
    }
}

/// A length of time: `4.2 s`, `1:02:03`.
fn length(seconds: f64) -> String {
    match seconds {
        60.0..CLOCK => clock(seconds, 1.0),
        0.0 => "0 s".to_owned(),
        0.095..60.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.3} s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(ranges: &[(f64, f64, &str)], width: usize, glyphs: Glyphs) -> Vec<String> {
        let ranges: Vec<_> = ranges
            .iter()
            .map(|&(start, end, label)| TimeRange::new(start, end, label))
            .collect();
        draw(&ranges, width, glyphs, |text, _| text.to_owned())
    }

    #[test]
    fn a_row_for_each_label_over_the_time() {
        let ranges = [
            (4.0, 8.0, "music"),
            (0.0, 1.0, "speech"),
            (1.0, 1.5, "speech"),
            (7.75, 8.0, "speech"),
            (2.5, 2.5, "cut"),
        ];
        assert_eq!(
            lines(&ranges, 36, BLOCKS),
            [
                "speech  ███            ▄  1.8 s in 3",
                "cut          ▁              0 s in 1",
                "music           ████████  4.0 s in 1",
                "        ╵0:00",
            ]
        );
        assert_eq!(
            lines(&ranges, 36, ASCII)[..2],
            [
                "speech  ###            :  1.8 s in 3",
                "cut          .              0 s in 1",
            ]
        );
    }

    #[test]
    fn a_cell_is_as_high_as_it_is_covered() {
        let ranges = [
            (0.0, 0.125, "a"),
            (1.0, 1.5, "a"),
            (2.2, 4.0, "a"),
            (3.0, 3.5, "a"),
        ];
        let lines = lines(&ranges, 19, BLOCKS);
        assert_eq!(lines[0], "a  ▁▄▇█  2.9 s in 4");
    }

    #[test]
    fn long_media_have_hours_and_every_line_fits() {
        let labels = ["a label that is long", "b"];
        let ranges: Vec<_> = (0..20_000)
            .zip(labels.into_iter().cycle())
            .map(|(n, label)| (f64::from(n), f64::from(n) + 0.5, label))
            .collect();
        let lines = lines(&ranges, 80, BLOCKS);
        assert_eq!(lines.len(), 3);
        assert!(
            lines[2].contains("╵2:00:00") && lines[2].contains("╵4:00:00"),
            "{lines:#?}"
        );
        for line in lines {
            assert!(line.width() <= 80, "{line}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_is_not() {
        for ranges in [
            &[][..],
            &[(0.0, 0.0, "a")],
            &[(-1e308, 1e308, "a")],
            &[(5.0, 1.0, "a"), (0.0, -1.0, "b")],
        ] {
            let drawn = lines(ranges, 80, BLOCKS);
            assert!(drawn.len() <= 3, "{drawn:#?}");
        }
        assert_eq!(
            lines(&[(0.0, 1e300, "a")], 40, BLOCKS).len(),
            1,
            "no clock goes so far"
        );
        let many: Vec<_> = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
            .map(|label| (0.0, 100.0, label))
            .into();
        assert_eq!(lines(&many, 80, BLOCKS).last().unwrap(), "and 1 more label");
        assert_eq!(lines(&many, 1, BLOCKS).len(), 9, "however narrow");
    }

    #[test]
    fn times_have_round_steps() {
        for (least, round) in [
            (0.0003, 0.0005),
            (0.2, 0.2),
            (0.7, 1.0),
            (7.0, 10.0),
            (400.0, 600.0),
            (4000.0, 7200.0),
            (50_000.0, 72_000.0),
        ] {
            assert!(
                (step(least) - round).abs() < 1e-9 * round,
                "{least}: {}",
                step(least)
            );
        }
        assert_eq!(clock(0.25, 0.05), "0.25 s");
        assert_eq!(clock(3723.0, 60.0), "1:02:03");
        assert_eq!(clock(-90.0, 30.0), "-1:30");
    }
}
