//! What a piece of work took, and who took how much of it in one run.

use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};

use crate::Result;

/// Time for one operation, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// On the clock.
    pub(crate) wall: f64,
    /// Of the processor, in the program and in the kernel on its behalf.
    pub(crate) cpu: f64,
}

impl Cost {
    pub(crate) fn per(self, operations: usize) -> Self {
        let operations = crate::real(operations);
        Self {
            wall: self.wall / operations,
            cpu: self.cpu / operations,
        }
    }
}

/// Which of the two is compared. The machine has other work to do: what computes
/// is compared by processor time, what waits for the disk or for others by the
/// clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clock {
    Wall,
    Cpu,
}

impl Clock {
    pub(crate) fn of(self, cost: &Cost) -> f64 {
        match self {
            Self::Wall => cost.wall,
            Self::Cpu => cost.cpu,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Cpu => "CPU",
        }
    }
}

/// What `run` takes in this process.
pub(crate) fn timed(run: impl FnOnce() -> Result<()>) -> Result<Cost> {
    let (cpu, wall) = (cpu_seconds(UsageWho::RUSAGE_SELF)?, Instant::now());
    run()?;
    let wall = wall.elapsed().as_secs_f64();
    Ok(Cost {
        wall,
        cpu: cpu_seconds(UsageWho::RUSAGE_SELF)? - cpu,
    })
}

/// What the processes take that `run` starts and waits for.
pub(crate) fn timed_children(run: impl FnOnce() -> Result<()>) -> Result<Cost> {
    let (cpu, wall) = (cpu_seconds(UsageWho::RUSAGE_CHILDREN)?, Instant::now());
    run()?;
    let wall = wall.elapsed().as_secs_f64();
    Ok(Cost {
        wall,
        cpu: cpu_seconds(UsageWho::RUSAGE_CHILDREN)? - cpu,
    })
}

fn cpu_seconds(who: UsageWho) -> Result<f64> {
    let usage = getrusage(who)?;
    let seconds = |time: nix::sys::time::TimeVal| {
        Ok::<_, crate::Error>(
            f64::from(i32::try_from(time.tv_sec())?)
                + f64::from(i32::try_from(time.tv_usec())?) / 1e6,
        )
    };
    Ok(seconds(usage.user_time())? + seconds(usage.system_time())?)
}

/// The most memory that a child of this process held, in bytes.
pub(crate) fn peak_of_children() -> Result<u64> {
    let usage: Usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    Ok(u64::try_from(usage.max_rss())? * unit)
}

/// One of those that do the same work.
pub(crate) struct Contestant<'a> {
    name: String,
    round: Box<dyn FnMut(usize) -> Result<Cost> + 'a>,
    times: Result<Vec<Cost>, String>,
}

impl<'a> Contestant<'a> {
    /// `round` is given the number of the round, runs the work and says what one
    /// operation took.
    pub(crate) fn new(
        name: impl Into<String>,
        round: impl FnMut(usize) -> Result<Cost> + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            round: Box::new(round),
            times: Ok(Vec::new()),
        }
    }

    /// One that cannot be had, and why.
    pub(crate) fn missing(name: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            round: Box::new(|_| Err("missing".into())),
            times: Err(why.into()),
        }
    }
}

/// What a contestant took, round by round.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(crate) name: String,
    /// Or why there is nothing.
    pub(crate) costs: Result<Vec<Cost>, String>,
}

impl Taken {
    pub(crate) fn median(&self, clock: Clock) -> Option<f64> {
        median(self.costs.as_ref().ok()?.iter().map(|cost| clock.of(cost)))
    }

    /// How many times as long `self` took as `other`: the median over the rounds,
    /// each round's two having run next to each other.
    pub(crate) fn ratio(&self, other: &Self, clock: Clock) -> Option<f64> {
        let pairs = self
            .costs
            .as_ref()
            .ok()?
            .iter()
            .zip(other.costs.as_ref().ok()?);
        median(pairs.map(|(a, b)| clock.of(a) / clock.of(b)))
    }
}

/// Lets everybody do a round, then everybody the next. A round that nobody counts
/// comes first. One who fails is out, with the reason.
pub(crate) fn contest(rounds: usize, mut all: Vec<Contestant<'_>>) -> Vec<Taken> {
    for round in 0..=rounds {
        // The order turns, so that nobody always follows the same one.
        let count = all.len();
        for turn in 0..count {
            let one = &mut all[(turn + round) % count];
            let Ok(times) = &mut one.times else { continue };
            match (one.round)(round) {
                Ok(cost) if round > 0 => times.push(cost),
                Ok(_) => {}
                Err(error) => one.times = Err(error.to_string()),
            }
        }
    }
    all.into_iter()
        .map(|one| Taken {
            name: one.name,
            costs: one.times,
        })
        .collect()
}

pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        length if length % 2 == 1 => Some(values[middle]),
        _ => Some(f64::midpoint(values[middle - 1], values[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([]), None);
        assert_eq!(median([3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn the_first_round_is_not_counted_and_a_failure_is_kept() {
        let wall = |wall| Cost { wall, cpu: 0.0 };
        let taken = contest(
            2,
            vec![
                Contestant::new("a", |round| Ok(wall([100.0, 2.0, 4.0][round]))),
                Contestant::new("b", |_| Err("broken".into())),
                Contestant::new("c", |_| Ok(wall(1.0))),
            ],
        );
        assert_eq!(taken[0].median(Clock::Wall), Some(3.0));
        assert_eq!(taken[1].costs.as_ref().unwrap_err(), "broken");
        assert_eq!(taken[0].ratio(&taken[2], Clock::Wall), Some(3.0));
        assert_eq!(taken[0].ratio(&taken[1], Clock::Wall), None);
    }
}
