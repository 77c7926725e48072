//! Statements for setting a server up and for looking at it, by `psql`.

use std::io::{Seek, Write};

use crate::programs::run;
use crate::{Cluster, Error};

impl Cluster {
    /// Runs statements in the database `postgres`, as the superuser.
    ///
    /// Each is a transaction of its own, and the first that fails ends them. The answer has one
    /// line a row, with `|` between columns and nothing for NULL; no line feed follows the last.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if there is no server to connect to, or if a statement fails.
    pub fn psql(&self, sql: &str) -> Result<String, Error> {
        self.psql_in("postgres", sql)
    }

    /// Runs statements in a database, as [`psql`](Self::psql) does.
    ///
    /// # Errors
    ///
    /// The same as of [`psql`](Self::psql).
    pub fn psql_in(&self, database: &str, sql: &str) -> Result<String, Error> {
        // A file, because a pipe would want a thread that fills it.
        let input = tempfile::tempfile().and_then(|mut file| {
            file.write_all(sql.as_bytes())?;
            file.rewind()?;
            Ok(file)
        });
        let input = input.map_err(Error::file("write statements for", self.folder().path()))?;
        let mut psql = self.programs().command("psql", self.folder().path());
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .args(["-U", "postgres", "-p", &self.port().to_string(), "-h"])
            .arg(self.folder().path())
            .args(["-d", database, "-f", "-"])
            .stdin(input);
        let output = run(&mut psql)?;
        let said = String::from_utf8_lossy(&output.stdout);
        Ok(said.strip_suffix('\n').unwrap_or(&said).to_owned())
    }
}

pub(crate) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
