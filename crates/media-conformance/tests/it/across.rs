//! From one backend to the other and back.

use crate::postgres::Postgres;
use crate::sqlite::Sqlite;

#[test]
fn a_store_moves_from_sqlite_to_a_server_and_back() {
    media_conformance::exchange_between::<Sqlite, Postgres>();
}

#[test]
fn a_store_moves_from_a_server_to_sqlite_and_back() {
    media_conformance::exchange_between::<Postgres, Sqlite>();
}

#[test]
fn a_history_moves_from_sqlite_to_a_server_and_back() {
    media_conformance::history_between::<Sqlite, Postgres>();
}

#[test]
fn a_history_moves_from_a_server_to_sqlite_and_back() {
    media_conformance::history_between::<Postgres, Sqlite>();
}
