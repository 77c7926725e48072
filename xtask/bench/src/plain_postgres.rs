//! The floor on a server: the `postgres` crate with the statements of this
//! project, each prepared once, and nothing else.

use std::time::SystemTime;

use media_schema::TimeRange;
use postgres::{Client, NoTls, Row as Found, Statement};
use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::data::{METADATA, config, key};
use crate::plain::Row;

const GET: &str = "SELECT id, file_path, file_hash, config_hash, ranges, metadata, created_at \
     FROM analysis_jobs \
     WHERE path_digest = $1 AND config_digest = $2 AND file_path = $3 AND config_hash = $4";

const GET_MANY: &str = "SELECT id, file_path, file_hash, config_hash, ranges, metadata, \
     created_at, place FROM unnest($1::bytea[], $2::bytea[], $3::text[], $4::text[]) \
     WITH ORDINALITY \
     AS wanted (wanted_path_digest, wanted_config_digest, wanted_path, wanted_config, place) \
     CROSS JOIN LATERAL (SELECT * FROM analysis_jobs \
     WHERE path_digest = wanted_path_digest AND config_digest = wanted_config_digest \
     AND file_path = wanted_path AND config_hash = wanted_config LIMIT 1) AS found";

const SAVE: &str = "INSERT INTO analysis_jobs (path_digest, config_digest, file_path, file_hash, \
     config_hash, ranges, metadata, created_at, revision) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0) \
     ON CONFLICT (path_digest, config_digest) DO UPDATE SET file_hash = EXCLUDED.file_hash, \
     ranges = EXCLUDED.ranges, metadata = EXCLUDED.metadata, created_at = EXCLUDED.created_at, \
     revision = analysis_jobs.revision + 1 RETURNING id, revision";

const SAVE_MANY: &str = "WITH given AS (SELECT * FROM unnest($1::bytea[], $2::bytea[], \
     $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[]) \
     WITH ORDINALITY AS given (path_digest, config_digest, file_path, file_hash, config_hash, \
     ranges, metadata, created_at, place)) \
     INSERT INTO analysis_jobs (id, path_digest, config_digest, file_path, file_hash, \
     config_hash, ranges, metadata, created_at, revision) \
     SELECT id, path_digest, config_digest, file_path, file_hash, config_hash, ranges, \
     metadata, created_at, 0 FROM (\
     SELECT nextval((SELECT pg_get_serial_sequence('analysis_jobs', 'id')::regclass)) AS id, \
     ordered.* FROM (\
     SELECT given.* FROM given ORDER BY given.place) AS ordered) AS numbered \
     ORDER BY path_digest, config_digest \
     ON CONFLICT (path_digest, config_digest) DO UPDATE SET \
     file_hash = EXCLUDED.file_hash, ranges = EXCLUDED.ranges, \
     metadata = EXCLUDED.metadata, created_at = EXCLUDED.created_at, \
     revision = analysis_jobs.revision + 1 \
     RETURNING path_digest, config_digest, revision";

const NEWEST: &str = "SELECT id, file_path, file_hash, config_hash, ranges, metadata, created_at \
     FROM analysis_jobs ORDER BY created_at DESC, id DESC LIMIT $1::bigint";

pub(crate) struct Plain {
    client: Client,
    config: String,
    get: Statement,
    get_many: Statement,
    save: Statement,
    save_many: Statement,
    newest: Statement,
    nothing: Statement,
}

impl Plain {
    /// Connects to a database in which this project has made its tables.
    pub(crate) fn connect(url: &str) -> Result<Self> {
        let mut client = Client::connect(url, NoTls)?;
        // As this project sets it: what compiling takes is no part of a statement.
        client.batch_execute("SET jit = off")?;
        Ok(Self {
            config: config().to_string(),
            get: client.prepare(GET)?,
            get_many: client.prepare(GET_MANY)?,
            save: client.prepare(SAVE)?,
            save_many: client.prepare(SAVE_MANY)?,
            newest: client.prepare(NEWEST)?,
            nothing: client.prepare("SELECT 1")?,
            client,
        })
    }

    /// Asks for nothing: what is left is the way there and back.
    pub(crate) fn ask_nothing(&mut self) -> Result<()> {
        self.client.query_one(&self.nothing, &[])?;
        Ok(())
    }

    pub(crate) fn get(&mut self, path: &str) -> Result<Option<Row>> {
        let (path_digest, config_digest) = (digest(path), digest(&self.config));
        let row = self.client.query_opt(
            &self.get,
            &[&&path_digest[..], &&config_digest[..], &path, &self.config],
        )?;
        row.as_ref().map(decode).transpose()
    }

    /// The rows, in the order in which they are asked for.
    pub(crate) fn get_many(&mut self, paths: &[String]) -> Result<Vec<Option<Row>>> {
        let path_digests: Vec<_> = paths.iter().map(|path| digest(path).to_vec()).collect();
        let config_digests: Vec<_> = paths
            .iter()
            .map(|_| digest(&self.config).to_vec())
            .collect();
        let configs = vec![&self.config; paths.len()];
        let rows = self.client.query(
            &self.get_many,
            &[&path_digests, &config_digests, &paths, &configs],
        )?;
        let mut found: Vec<_> = paths.iter().map(|_| None).collect();
        for row in &rows {
            let place: i64 = row.try_get("place")?;
            found[usize::try_from(place)? - 1] = Some(decode(row)?);
        }
        Ok(found)
    }

    pub(crate) fn newest(&mut self, limit: i64) -> Result<Vec<Row>> {
        let rows = self.client.query(&self.newest, &[&limit])?;
        rows.iter().map(decode).collect()
    }

    /// One statement, which is a transaction of its own.
    pub(crate) fn save(&mut self, number: usize, ranges: &[TimeRange]) -> Result<()> {
        let (path, hash) = key(number);
        let (ranges, metadata) = (
            serde_json::to_string(ranges)?,
            serde_json::to_string(&METADATA)?,
        );
        self.client.query_one(
            &self.save,
            &[
                &&digest(&path)[..],
                &&digest(&self.config)[..],
                &path,
                &hash.as_str(),
                &self.config,
                &ranges,
                &metadata,
                &now()?,
            ],
        )?;
        Ok(())
    }

    pub(crate) fn save_many(&mut self, numbers: &[usize], ranges: &[TimeRange]) -> Result<()> {
        let keys: Vec<_> = numbers.iter().map(|&number| key(number)).collect();
        let path_digests: Vec<_> = keys.iter().map(|(path, _)| digest(path).to_vec()).collect();
        let config_digests: Vec<_> = keys.iter().map(|_| digest(&self.config).to_vec()).collect();
        let paths: Vec<_> = keys.iter().map(|(path, _)| path).collect();
        let hashes: Vec<_> = keys.iter().map(|(_, hash)| hash.as_str()).collect();
        let configs = vec![&self.config; keys.len()];
        let ranges = numbers
            .iter()
            .map(|_| serde_json::to_string(ranges))
            .collect::<Result<Vec<_>, _>>()?;
        let metadata = numbers
            .iter()
            .map(|_| serde_json::to_string(&METADATA))
            .collect::<Result<Vec<_>, _>>()?;
        let times = numbers.iter().map(|_| now()).collect::<Result<Vec<_>>>()?;
        let saved = self.client.query(
            &self.save_many,
            &[
                &path_digests,
                &config_digests,
                &paths,
                &hashes,
                &configs,
                &ranges,
                &metadata,
                &times,
            ],
        )?;
        if saved.len() != numbers.len() {
            return Err("a row was not saved".into());
        }
        Ok(())
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text).into()
}

fn now() -> Result<f64> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    Ok(now.as_secs_f64())
}

fn decode(row: &Found) -> Result<Row> {
    Ok((
        row.try_get(0)?,
        row.try_get(1)?,
        row.try_get(2)?,
        row.try_get(3)?,
        row.try_get(4)?,
        row.try_get(5)?,
        row.try_get(6)?,
    ))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use media_analysis_store::MediaAnalysisStorage;
    use media_postgres::ConnectOptions;
    use media_schema::{AnalysisFilter, AnalysisKey, Query};
    use postgres_cluster::Cluster;

    use super::*;
    use crate::data::{new_analysis, ranges};

    /// The statements in a server's log that are about results.
    fn statements(log: &str) -> HashSet<&str> {
        log.lines()
            .filter_map(|line| line.split_once("LOG:  execute ")?.1.split_once(": "))
            .map(|(_, statement)| statement)
            .filter(|statement| statement.contains("analysis_jobs"))
            .collect()
    }

    #[test]
    fn the_statements_are_those_of_this_project() {
        let Some(programs) = postgres_cluster::required() else {
            return;
        };
        let server = Cluster::builder(&programs)
            .setting("log_statement", "all")
            .start()
            .unwrap();
        let url = server.fresh_database().unwrap();
        let found = ranges(2);
        let new = |number| new_analysis(number, &found).unwrap();
        let (path, config) = (key(0).0, config());
        let wanted = AnalysisKey {
            file_path: &path,
            config_hash: config.as_str(),
        };

        let database = ConnectOptions::new().open(&url).unwrap();
        let ours = MediaAnalysisStorage::with_source(database).unwrap();
        ours.save(&new(0)).unwrap();
        ours.save_many(&[new(1), new(2)]).unwrap();
        ours.get_cached(&path, &config).unwrap().unwrap();
        ours.get_many(&[wanted]).unwrap();
        ours.list_jobs(&Query::<AnalysisFilter>::default()).unwrap();
        let before = server.log();

        let mut plain = Plain::connect(&url).unwrap();
        plain.save(0, &found).unwrap();
        plain.save_many(&[1, 2], &found).unwrap();
        assert_eq!(plain.get(&path).unwrap().unwrap().1, path);
        let rows = plain.get_many(&[path.clone(), "nowhere".to_owned()]);
        let are_there: Vec<_> = rows.unwrap().iter().map(Option::is_some).collect();
        assert_eq!(are_there, [true, false]);
        assert_eq!(plain.newest(2).unwrap().len(), 2);
        let log = server.log();

        let (ours, plain) = (statements(&before), statements(&log[before.len()..]));
        let others: Vec<_> = plain.difference(&ours).collect();
        assert!(others.is_empty(), "{others:#?}");
        assert_eq!(plain.len(), 5);
    }
}
