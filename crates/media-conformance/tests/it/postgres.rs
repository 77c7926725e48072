//! The suite on a PostgreSQL server.

use media_conformance::Fixture;
use media_postgres::{ConnectOptions, PostgresDatabase};
use postgres_cluster::Cluster;

/// The server that all tests of this process share.
pub(crate) struct Postgres(&'static Cluster);

impl Fixture for Postgres {
    type Backend = PostgresDatabase;

    fn start() -> Option<Self> {
        postgres_cluster::shared().map(Self)
    }

    fn create(&self) -> String {
        self.0.fresh_database().unwrap()
    }

    fn open(address: &str) -> PostgresDatabase {
        ConnectOptions::new().open(address).unwrap()
    }

    fn open_read_only(address: &str) -> PostgresDatabase {
        ConnectOptions::new().read_only(true).open(address).unwrap()
    }
}

media_conformance::suite!(Postgres);
