//! What was measured, as tables.

use std::fmt::Write as _;

use crate::bounds::bound;
use crate::cost::{Clock, Taken};

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    /// This project takes at most so many times as long as the other.
    AtMost(f64),
    /// The other takes at least so many times as long as this project.
    AtLeast(f64),
    /// Nobody asked; shown for comparison.
    None,
}

/// This project beside one other, at one piece of work.
#[derive(Debug)]
pub(crate) struct Line {
    work: String,
    ours: String,
    other: String,
    theirs: String,
    ratio: String,
    goal: String,
    /// `None` if it was not measured, or there is no goal.
    met: Option<bool>,
    has_goal: bool,
}

impl Line {
    /// Two that did the same work, side by side.
    pub(crate) fn compare(
        work: &str,
        ours: &Taken,
        other: &Taken,
        clock: Clock,
        goal: Goal,
    ) -> Self {
        let show = |taken: &Taken| match (&taken.costs, taken.median(clock)) {
            (Ok(_), Some(median)) => format!("{} {}", seconds(median), clock.name()),
            (Err(why), _) => format!("missing: {}", why.replace('|', "/").replace('\n', " ")),
            (Ok(_), None) => "no rounds".to_owned(),
        };
        let (ratio, met) = judge(goal, ours.ratio(other, clock));
        Self {
            work: work.to_owned(),
            ours: show(ours),
            other: other.name.clone(),
            theirs: show(other),
            ratio,
            goal: described(goal),
            met,
            has_goal: goal != Goal::None,
        }
    }

    /// A figure of this project alone, with the limit that it must keep.
    pub(crate) fn limit(work: &str, figure: f64, limit: f64, show: fn(f64) -> String) -> Self {
        Self {
            work: work.to_owned(),
            ours: show(figure),
            other: String::new(),
            theirs: String::new(),
            ratio: String::new(),
            goal: format!("under {}", show(limit)),
            met: Some(figure < limit),
            has_goal: true,
        }
    }

    /// A count of this project alone, and what it has to be.
    pub(crate) fn exactly(work: &str, count: usize, wanted: usize) -> Self {
        Self {
            goal: wanted.to_string(),
            met: Some(count == wanted),
            ..Self::absent(work, &count.to_string())
        }
    }

    /// Two figures of any kind, of which the first must not exceed the second by
    /// more than the goal allows.
    pub(crate) fn figures(
        work: &str,
        ours: f64,
        (other, theirs): (&str, f64),
        goal: Goal,
        show: fn(f64) -> String,
    ) -> Self {
        let (ratio, met) = judge(goal, Some(ours / theirs));
        Self {
            work: work.to_owned(),
            ours: show(ours),
            other: other.to_owned(),
            theirs: show(theirs),
            ratio,
            goal: described(goal),
            met,
            has_goal: goal != Goal::None,
        }
    }

    /// A figure of this project alone, to be known.
    pub(crate) fn figure(work: &str, figure: &str) -> Self {
        Self {
            has_goal: false,
            ..Self::absent(work, figure)
        }
    }

    /// What a run like this one does not measure.
    pub(crate) fn absent(work: &str, why: &str) -> Self {
        Self {
            work: work.to_owned(),
            ours: why.to_owned(),
            other: String::new(),
            theirs: String::new(),
            ratio: String::new(),
            goal: String::new(),
            met: None,
            has_goal: true,
        }
    }
}

/// The ratio as it is read, and whether it is good enough; `times` is this
/// project's time in times of the other's.
fn judge(goal: Goal, times: Option<f64>) -> (String, Option<bool>) {
    let Some(times) = times else {
        return (String::new(), None);
    };
    match goal {
        Goal::AtMost(most) => (format!("{times:.2} ×"), Some(times <= most)),
        Goal::AtLeast(least) => (faster(times.recip()), Some(times.recip() >= least)),
        Goal::None if times < 1.0 => (faster(times.recip()), None),
        Goal::None => (format!("{times:.2} ×"), None),
    }
}

fn faster(times: f64) -> String {
    let digits = if times < 10.0 { 2 } else { 0 };
    format!("{times:.digits$} × as fast")
}

fn described(goal: Goal) -> String {
    match goal {
        Goal::AtMost(most) => format!("≤ {most} ×"),
        Goal::AtLeast(least) => format!("≥ {least} × as fast"),
        Goal::None => String::new(),
    }
}

/// One row of the goals, with all that was measured for it.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// What was done, in a sentence or two.
    pub(crate) work: String,
    pub(crate) lines: Vec<Line>,
}

/// The whole page.
pub(crate) fn page(title: &str, about: &str, topics: &[Topic], conditions: &str) -> String {
    let mut text = format!("# {title}\n\n");
    text.push_str(
        "Written by `cargo xtask bench`; do not edit. Each figure is the median of many short\n\
         rounds, in which the contestants take turns; a ratio is the median over the rounds of the\n\
         ratio between neighbours, so it need not be the quotient of the two medians. `CPU` is\n\
         processor time in the program and in the kernel on its behalf, `wall` is time on the\n\
         clock.\n\n",
    );
    put(&mut text, &format!("{about}\n"));
    text.push_str(conditions);
    text.push_str("\n## Goals\n\n");
    let judged: Vec<_> = topics
        .iter()
        .flat_map(|topic| topic.lines.iter().map(move |line| (topic, line)))
        .filter(|(_, line)| line.has_goal)
        .collect();
    let count = |met| judged.iter().filter(|(_, line)| line.met == met).count();
    put(
        &mut text,
        &format!(
            "{} met, {} missed, {} not measured.\n",
            count(Some(true)),
            count(Some(false)),
            count(None)
        ),
    );
    for (met, heading) in [(Some(false), "Missed"), (None, "Not measured")] {
        if count(met) > 0 {
            put(&mut text, &format!("\n{heading}:\n"));
            for (topic, line) in judged.iter().filter(|(_, line)| line.met == met) {
                let other = if line.other.is_empty() {
                    ""
                } else {
                    ", beside "
                };
                let told = if line.ratio.is_empty() {
                    &line.ours
                } else {
                    &line.ratio
                };
                put(
                    &mut text,
                    &format!(
                        "- {}: {}{other}{}: {told} (goal: {})",
                        topic.title, line.work, line.other, line.goal
                    ),
                );
            }
        }
    }
    for topic in topics {
        put(
            &mut text,
            &format!(
                "\n## {}\n\n{}\n\nCommand: `cargo xtask bench {}`\n",
                topic.title, topic.work, topic.name
            ),
        );
        if topic.lines.iter().any(|line| line.met == Some(false))
            && let Some(bound) = bound(topic.title)
        {
            put(&mut text, &format!("What bounds it: {bound}\n"));
        }
        put(
            &mut text,
            "| work | this project | beside | its figure | ratio | goal | met |",
        );
        put(&mut text, "|---|---|---|---|---|---|---|");
        for line in &topic.lines {
            let met = match (line.has_goal, line.met) {
                (true, Some(true)) => "yes",
                (true, Some(false)) => "**no**",
                (true, None) => "not measured",
                (false, _) => "",
            };
            put(
                &mut text,
                &format!(
                    "| {} | {} | {} | {} | {} | {} | {met} |",
                    line.work, line.ours, line.other, line.theirs, line.ratio, line.goal
                ),
            );
        }
    }
    text
}

fn put(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

/// Seconds with three digits, in the unit that suits.
pub(crate) fn seconds(seconds: f64) -> String {
    let (value, unit) = match seconds {
        s if s < 1e-6 => (s * 1e9, "ns"),
        s if s < 1e-3 => (s * 1e6, "µs"),
        s if s < 1.0 => (s * 1e3, "ms"),
        s => (s, "s"),
    };
    format!("{} {unit}", three_digits(value))
}

pub(crate) fn megabytes(bytes: f64) -> String {
    format!("{} MB", three_digits(bytes / 1e6))
}

pub(crate) fn per_second(rate: f64) -> String {
    format!("{rate:.0} a second")
}

fn three_digits(value: f64) -> String {
    let digits = match value.abs() {
        v if v < 10.0 => 2,
        v if v < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Cost;

    fn taken(name: &str, wall: f64) -> Taken {
        Taken {
            name: name.into(),
            costs: Ok(vec![Cost { wall, cpu: wall }]),
        }
    }

    #[test]
    fn a_goal_is_judged_by_the_ratio() {
        let (ours, other) = (taken("ours", 1e-3), taken("other", 30e-3));
        let line = Line::compare("", &ours, &other, Clock::Cpu, Goal::AtLeast(25.0));
        assert_eq!(
            (line.ratio.as_str(), line.met),
            ("30 × as fast", Some(true))
        );
        let line = Line::compare("", &other, &ours, Clock::Cpu, Goal::AtMost(25.0));
        assert_eq!((line.ratio.as_str(), line.met), ("30.00 ×", Some(false)));
        let line = Line::compare("", &ours, &other, Clock::Cpu, Goal::None);
        assert_eq!((line.ratio.as_str(), line.met), ("30 × as fast", None));
    }

    #[test]
    fn what_is_missing_is_neither_met_nor_missed() {
        let mut gone = taken("gone", 1.0);
        gone.costs = Err("not installed".into());
        let goal = Goal::AtLeast(2.0);
        let line = Line::compare("a hit", &taken("ours", 1.0), &gone, Clock::Wall, goal);
        let topic = Topic {
            name: "x",
            title: "X",
            work: String::new(),
            lines: vec![line],
        };
        let page = page("X", "", &[topic], "");
        assert!(page.contains("0 met, 0 missed, 1 not measured"), "{page}");
        assert!(page.contains("| missing: not installed |"), "{page}");
    }

    #[test]
    fn figures_have_three_digits() {
        assert_eq!(seconds(4.256e-6), "4.26 µs");
        assert_eq!(seconds(0.0123), "12.3 ms");
        assert_eq!(megabytes(123_456_789.0), "123 MB");
    }
}
