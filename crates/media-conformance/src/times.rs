//! Times, to the last bit.

use media_schema::Timestamp;
use proptest::collection::vec;
use proptest::num::f64;
use proptest::test_runner::{Config, TestRunner};

use crate::samples::{analysis, at, get_analysis, get_job, job, jobs, results};
use crate::{Fixture, Suite};

/// The seconds that are nowhere near now.
const EXTREMES: [f64; 14] = [
    0.0,
    -0.0,
    f64::MAX,
    f64::MIN,
    f64::MIN_POSITIVE,
    // The least of all that are above zero.
    5e-324,
    -5e-324,
    1e300,
    0.1 + 0.2,
    1_767_225_602.123_456_7,
    1_767_225_602.123_457,
    9_007_199_254_740_993.0,
    253_402_300_800.0,
    -62_135_596_801.5,
];

/// A time comes back to the last bit, whatever it is.
pub fn extreme_times_come_back<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    for (number, seconds) in EXTREMES.into_iter().enumerate() {
        let (name, time) = (format!("{number}"), at(seconds));
        let new = analysis(&name, "a", "x").with_created_at(time);
        results(&backend).save(&new).unwrap();
        let new = job(&name, "cut", "a", "b").with_created_at(time);
        jobs(&backend).save(&new).unwrap();
        let result = get_analysis(&backend, &name, "x").unwrap().created_at;
        let job = get_job(&backend, &name).unwrap().created_at;
        assert_eq!(bits(result), bits(time), "{seconds:e}");
        assert_eq!(bits(job), bits(time), "{seconds:e}");
    }
}

/// So it is for any float, saved in batches.
pub fn any_time_comes_back<F: Fixture>(suite: &Suite<F>) {
    let backend = suite.open();
    let finite = f64::NORMAL | f64::SUBNORMAL | f64::ZERO;
    let config = Config {
        cases: 20,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&vec(finite, 1..50), |times| {
        let name = |number: usize| format!("{number}");
        let new: Vec<_> = times
            .iter()
            .enumerate()
            .map(|(number, &seconds)| {
                analysis(&name(number), "a", "x").with_created_at(at(seconds))
            })
            .collect();
        results(&backend).save_many(&new).unwrap();
        for (number, &seconds) in times.iter().enumerate() {
            let row = get_analysis(&backend, &name(number), "x").unwrap();
            assert_eq!(bits(row.created_at), bits(at(seconds)), "{seconds:e}");
        }
        Ok(())
    });
    outcome.unwrap();
}

fn bits(time: Timestamp) -> u64 {
    time.as_unix_seconds().to_bits()
}
