//! The suite on a PostgreSQL server whose administrator has partitioned the two
//! tables before anything was saved.

use media_conformance::Fixture;
use media_postgres::{ConnectOptions, PostgresDatabase};
use media_schema::postgres::DDL;
use postgres_cluster::Cluster;

/// The server that all tests of this process share.
struct Partitioned(&'static Cluster);

impl Fixture for Partitioned {
    type Backend = PostgresDatabase;

    fn start() -> Option<Self> {
        postgres_cluster::shared().map(Self)
    }

    fn create(&self) -> String {
        let address = self.0.fresh_database().unwrap();
        let (_, name) = address.rsplit_once('/').unwrap();
        self.0.psql_in(name, &ddl()).unwrap();
        address
    }

    fn open(address: &str) -> PostgresDatabase {
        ConnectOptions::new().open(address).unwrap()
    }

    fn open_read_only(address: &str) -> PostgresDatabase {
        ConnectOptions::new().read_only(true).open(address).unwrap()
    }
}

/// The tables as they are made, but for these two, which are in four parts each.
fn ddl() -> String {
    let mut sql: String = DDL.iter().map(|ddl| ddl.sql).collect();
    for (name, by) in [
        ("analysis_jobs", "path_digest"),
        ("processing_jobs", "input_hash"),
    ] {
        let create = format!("CREATE TABLE IF NOT EXISTS {name} (");
        let (before, table) = sql.split_once(&create).unwrap();
        let (columns, after) = table.split_once("\n);\n").unwrap();
        let parts = (0..4).map(|part| {
            format!(
                "CREATE TABLE {name}_{part} PARTITION OF {name} \
                 FOR VALUES WITH (MODULUS 4, REMAINDER {part});\n"
            )
        });
        let parts: Vec<_> = parts.collect();
        let parts = parts.concat();
        sql = format!("{before}{create}{columns}\n) PARTITION BY HASH ({by});\n{parts}{after}");
    }
    sql + "INSERT INTO media_store_schema (version) VALUES (1);\n"
}

media_conformance::suite!(Partitioned);
