//! Many rows by one statement.

use std::collections::HashMap;
use std::hash::Hash;

use media_schema::{Found, Imported, RowError};
use postgres::Row;

use crate::Fault;
use crate::session::Session;

/// The most bytes of text that one statement is given: 64 MiB, unless a single
/// row has more. A bound on what client and server hold at once.
const BYTES: usize = 64 << 20;

/// Splits rows, given as key and bytes of text, into what can be written by one
/// statement each: their places. Nearly always that is all of them.
///
/// A statement can write a row once. So a key that comes again waits for the
/// next one, and all comes to what doing one row after the other would.
pub(crate) fn writing<K: Eq + Hash>(rows: impl IntoIterator<Item = (K, usize)>) -> Vec<Vec<usize>> {
    let mut times = HashMap::new();
    let mut rounds: Vec<Vec<(usize, usize)>> = Vec::new();
    for (place, (key, bytes)) in rows.into_iter().enumerate() {
        let round = times.entry(key).or_insert(0_usize);
        match rounds.get_mut(*round) {
            Some(rows) => rows.push((place, bytes)),
            None => rounds.push(vec![(place, bytes)]),
        }
        *round += 1;
    }
    rounds.into_iter().flat_map(reading).collect()
}

/// Splits rows, given as place and bytes of text, into what can be asked for by
/// one statement each.
pub(crate) fn reading(rows: impl IntoIterator<Item = (usize, usize)>) -> Vec<Vec<usize>> {
    let mut statements = Vec::new();
    let mut statement = Vec::new();
    let mut held = 0;
    for (place, bytes) in rows {
        if held + bytes > BYTES && !statement.is_empty() {
            statements.push(std::mem::take(&mut statement));
            held = 0;
        }
        held += bytes;
        statement.push(place);
    }
    if !statement.is_empty() {
        statements.push(statement);
    }
    statements
}

/// Runs each statement, and all of them or none: in a transaction only if
/// there are several.
pub(crate) fn write(
    session: &mut Session,
    statements: &[Vec<usize>],
    mut each: impl FnMut(&mut Session, &[usize]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match statements {
        [] => Ok(()),
        [statement] => each(session, statement),
        _ => session.transaction(|session| {
            statements
                .iter()
                .try_for_each(|statement| each(session, statement))
        }),
    }
}

/// Imports rows by statements that say of each what it did, in the order in
/// which they were given. What they leave open is `otherwise`.
///
/// Nothing is said of a row that somebody else has saved in this very moment:
/// what is there is seen by the next statement.
pub(crate) fn import(
    session: &mut Session,
    statements: &[Vec<usize>],
    otherwise: Imported,
    mut run: impl FnMut(&mut Session, &[usize]) -> Result<Vec<Row>, Fault>,
    outcome: impl Fn(&Row) -> Result<Option<Imported>, Fault>,
) -> Result<Vec<Imported>, Fault> {
    let mut imported = vec![otherwise; statements.iter().map(Vec::len).sum()];
    write(session, statements, |session, places| {
        let mut asked = places.to_vec();
        for _ in 0..2 {
            let rows = run(session, &asked)?;
            let mut unknown = Vec::new();
            for (at, row) in asked.into_iter().zip(&rows) {
                match outcome(row)? {
                    Some(outcome) => imported[at] = outcome,
                    None => unknown.push(at),
                }
            }
            if unknown.is_empty() {
                break;
            }
            asked = unknown;
        }
        Ok(())
    })?;
    Ok(imported)
}

/// Runs each statement, all as of one moment.
pub(crate) fn read(
    session: &mut Session,
    statements: &[Vec<usize>],
    mut each: impl FnMut(&mut Session, &[usize]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    match statements {
        [] => Ok(()),
        [statement] => each(session, statement),
        _ => session.snapshot(|session| {
            statements
                .iter()
                .try_for_each(|statement| each(session, statement))
        }),
    }
}

/// Puts the rows that a statement found where they were asked for. Their last
/// column, `place`, counts from 1 what the statement was given.
pub(crate) fn put_in_place<R>(
    rows: &[Row],
    places: &[usize],
    found: &mut [Found<R>],
    decode: impl Fn(&Row) -> Result<R, RowError>,
) -> Result<(), Fault> {
    for row in rows {
        let place: i64 = row.try_get("place")?;
        let at = usize::try_from(place - 1)
            .ok()
            .and_then(|place| places.get(place));
        if let Some(slot) = at.and_then(|at| found.get_mut(*at)) {
            *slot = decode(row).map(Some);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_comes_again_waits_for_the_next_statement() {
        let rows = ["a", "b", "a", "c", "a", "b"].map(|key| (key, 1));
        assert_eq!(writing(rows), [vec![0, 1, 3], vec![2, 5], vec![4]]);
    }

    #[test]
    fn long_texts_are_spread_over_statements() {
        let rows = [(0, BYTES), (1, 1), (2, 2 * BYTES), (3, 1), (4, 1)];
        assert_eq!(writing(rows), [vec![0], vec![1], vec![2], vec![3, 4]]);
    }
}
