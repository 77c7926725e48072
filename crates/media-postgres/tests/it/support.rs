//! Databases to try things on.

use media_postgres::{ConnectOptions, PostgresDatabase};
use postgres::{Client, NoTls};

/// A database of its own, opened.
pub(crate) struct Fresh {
    pub(crate) url: String,
    pub(crate) database: PostgresDatabase,
}

/// An empty one; `None` where no server can be started.
pub(crate) fn fresh() -> Option<Fresh> {
    let url = postgres_cluster::shared()?.fresh_database().unwrap();
    let database = ConnectOptions::new().open(&url).unwrap();
    Some(Fresh { url, database })
}

impl Fresh {
    /// Asks the server by other means than ours.
    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.url, NoTls).unwrap()
    }

    pub(crate) fn run(&self, sql: &str) {
        self.client().batch_execute(sql).unwrap();
    }
}

/// Everything that an error says, its causes too.
pub(crate) fn words(error: &dyn std::error::Error) -> String {
    let mut words = vec![format!("{error} {error:?}")];
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push(format!("{error} {error:?}"));
        cause = error.source();
    }
    words.join(" ")
}
