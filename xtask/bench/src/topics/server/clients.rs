//! Many processes at once: that save, and that want the same results.

use std::cell::RefCell;
use std::fs;

use postgres_cluster::Cluster;

use super::{OURS, OVERHEAD, PLAIN, Tables};
use crate::bench::Bench;
use crate::cost::{Clock, Contestant, Cost, Taken, contest, median};
use crate::report::{Goal, Line, Topic, per_second, seconds};
use crate::workers::{COMPUTING, Load, Workers, asked_for, at_once};
use crate::{Result, real};

const CLIENTS: [usize; 3] = [1, 4, 16];

/// Rows that each client saves.
const SAVES: usize = 50;

/// Processes that ask, and the results that each asks for.
const ASKING: usize = 16;
const RESULTS: usize = 20;

/// What one kind of client did in all rounds.
#[derive(Default)]
struct Saved {
    waits: RefCell<Vec<Cost>>,
    firsts: RefCell<Vec<Cost>>,
    failed: RefCell<usize>,
}

pub(super) fn saving(bench: &Bench, server: &Cluster) -> Result<Topic> {
    let mut lines = Vec::new();
    let mut failed = 0;
    for clients in CLIENTS {
        let kinds = [(OURS, Workers::Ours), (PLAIN, Workers::Plain)];
        let saved = [Saved::default(), Saved::default()];
        let mut contestants = Vec::new();
        for (at, (name, workers)) in kinds.iter().enumerate() {
            let tables = Tables::create(server, &format!("clients_{clients}_{at}"))?;
            let saved = &saved[at];
            contestants.push(Contestant::new(*name, move |round| {
                let load = Load {
                    processes: clients,
                    first: round * clients * SAVES,
                    each: SAVES,
                };
                let done = at_once(workers, &tables.url, load)?;
                *saved.failed.borrow_mut() += done.failed;
                if round > 0 {
                    saved.waits.borrow_mut().push(by_the_clock(done.worst));
                    saved.firsts.borrow_mut().push(by_the_clock(done.first));
                }
                Ok(by_the_clock(done.seconds / real(clients * SAVES)))
            }));
        }
        let times = contest(bench.rounds(11), contestants);
        let others = |of: fn(&Saved) -> &RefCell<Vec<Cost>>| -> Vec<Taken> {
            let both = times.iter().zip(&saved);
            both.map(|(time, saved)| Taken {
                name: time.name.clone(),
                costs: time.costs.clone().map(|_| of(saved).borrow().clone()),
            })
            .collect()
        };
        let (waits, firsts) = (others(|saved| &saved.waits), others(|saved| &saved.firsts));
        failed += *saved[0].failed.borrow();
        let name = if clients == 1 { "client" } else { "clients" };
        let of = |what: &str| format!("{clients} {name}, {what}");
        let (clock, goal) = (Clock::Wall, Goal::None);
        let rate = |taken: &Taken| taken.median(clock).map_or(0.0, f64::recip);
        lines.push(Line::compare(
            &of("time for a save"),
            &times[0],
            &times[1],
            clock,
            OVERHEAD,
        ));
        lines.push(Line::compare(
            &of("worst wait"),
            &waits[0],
            &waits[1],
            clock,
            goal,
        ));
        if clients == 1 {
            let work = of("first save after opening");
            lines.push(Line::compare(&work, &firsts[0], &firsts[1], clock, goal));
        }
        lines.push(Line::figure(&of("saves"), &per_second(rate(&times[0]))));
    }
    lines.push(Line::exactly("saves that failed", failed, 0));
    Ok(Topic {
        name: "server",
        title: "Server: clients saving at once",
        work: format!(
            "Each client is a process that has the database open and saves {SAVES} new rows of \
             two ranges, one by one; the time from the common start to the last end, divided by \
             the rows, and the longest that any save took. Each has saved a row before the start: \
             the first save of this project prepares its statement, where a plain client has \
             prepared it when it connected."
        ),
        lines,
    })
}

fn by_the_clock(wall: f64) -> Cost {
    Cost { wall, cpu: wall }
}

pub(super) fn asking(bench: &Bench, server: &Cluster) -> Result<Topic> {
    let tables = Tables::create(server, "asking")?;
    let rounds = bench.rounds(7);
    let (mut times, mut computed, mut failed) = (Vec::new(), 0, 0);
    for round in 0..rounds {
        let scratch = bench.scratch()?;
        for number in 0..RESULTS {
            let content = format!("round {round}, file {number}\n").repeat(4_096);
            fs::write(asked_for(scratch.path(), number), content)?;
        }
        let load = Load {
            processes: ASKING,
            first: 0,
            each: RESULTS,
        };
        let done = at_once(&Workers::Asking(scratch.path()), &tables.url, load)?;
        times.push(done.seconds);
        computed += done.computed;
        failed += done.failed;
    }
    let time = median(times).map_or_else(|| "failed".into(), seconds);
    let computations = format!("computations, {rounds} rounds of {RESULTS} results");
    Ok(Topic {
        name: "server",
        title: "Server: one computes, the others wait",
        work: format!(
            "{ASKING} processes ask `get_or_analyze` for the same {RESULTS} results at once, of \
             which none is there; computing one takes {}, so all of them one after the other {}.",
            seconds(COMPUTING.as_secs_f64()),
            seconds(COMPUTING.as_secs_f64() * real(RESULTS)),
        ),
        lines: vec![
            Line::exactly(&computations, computed, rounds * RESULTS),
            Line::exactly("calls that failed", failed, 0),
            Line::figure(
                "until all have all",
                &format!("{time} {}", Clock::Wall.name()),
            ),
        ],
    })
}
