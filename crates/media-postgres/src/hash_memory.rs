//! The table `file_hashes`: hashes of files that lie still on some machine.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::LazyLock;
use std::time::Duration;

use media_hash::{ContentHash, Fingerprint};
use media_schema::{LearntHashes, Timestamp};

use crate::Fault;
use crate::machine::machine;
use crate::session::{Parameter, Session};

const GET: &str = "SELECT hash FROM file_hashes \
     WHERE machine = $1 AND device = $2 AND inode = $3 AND algorithm = $4 \
     AND size = $5 AND mtime_ns = $6 AND ctime_ns = $7";

/// The statement that remembers hashes, its parameters numbered from `first` on.
pub(crate) fn put_sql(first: usize) -> String {
    let numbers: Vec<_> = (first..first + 9)
        .map(|number| format!("${number}"))
        .collect();
    let [
        machine,
        device,
        inode,
        algorithm,
        size,
        mtime,
        ctime,
        hash,
        now,
    ] = &numbers[..]
    else {
        return String::new();
    };
    format!(
        "INSERT INTO file_hashes \
         (machine, device, inode, algorithm, size, mtime_ns, ctime_ns, hash, recorded_at) \
         SELECT {machine}::text, new.*, {now}::float8 FROM unnest({device}::bigint[], \
         {inode}::bigint[], {algorithm}::text[], {size}::bigint[], {mtime}::bigint[], \
         {ctime}::bigint[], {hash}::text[]) AS new \
         ON CONFLICT (machine, device, inode, algorithm) DO UPDATE SET size = EXCLUDED.size, \
         mtime_ns = EXCLUDED.mtime_ns, ctime_ns = EXCLUDED.ctime_ns, hash = EXCLUDED.hash, \
         recorded_at = EXCLUDED.recorded_at"
    )
}

pub(crate) fn get(
    session: &mut Session,
    fingerprint: &Fingerprint,
    algorithm: &str,
) -> Result<Option<ContentHash>, Fault> {
    let Some(machine) = machine() else {
        return Ok(None);
    };
    let row = session.query_first(
        GET,
        &[
            &machine,
            &fingerprint.device.cast_signed(),
            &fingerprint.inode.cast_signed(),
            &algorithm,
            &fingerprint.size.cast_signed(),
            &fingerprint.mtime_ns,
            &fingerprint.ctime_ns,
        ],
    )?;
    Ok(row.and_then(|row| row.try_get::<_, &str>(0).ok()?.parse().ok()))
}

/// Remembers hashes, all in one statement.
pub(crate) fn put(session: &mut Session, learnt: &[LearntHashes]) -> Result<(), Fault> {
    static PUT: LazyLock<String> = LazyLock::new(|| put_sql(1));
    if let Some(rows) = Rows::of(learnt) {
        session.execute(&PUT, &rows.parameters())?;
    }
    Ok(())
}

/// What the statement that remembers hashes takes.
pub(crate) struct Rows<'l> {
    machine: &'static str,
    devices: Vec<i64>,
    inodes: Vec<i64>,
    algorithms: Vec<&'l str>,
    sizes: Vec<i64>,
    mtimes: Vec<i64>,
    ctimes: Vec<i64>,
    hashes: Vec<&'l str>,
    now: f64,
}

impl<'l> Rows<'l> {
    /// `None` if there is nothing to remember.
    pub(crate) fn of(learnt: &'l [LearntHashes]) -> Option<Self> {
        let machine = machine()?;
        // One row can be written once by a statement: of a file that was learnt
        // twice the last counts.
        let mut rows = BTreeMap::new();
        for LearntHashes {
            fingerprint,
            hashes,
        } in learnt
        {
            for hash in hashes {
                let key = (fingerprint.device, fingerprint.inode, hash.algorithm());
                rows.insert(key, (fingerprint, hash));
            }
        }
        if rows.is_empty() {
            return None;
        }
        let number = |get: fn(&Fingerprint) -> i64| -> Vec<i64> {
            rows.values()
                .map(|(fingerprint, _)| get(fingerprint))
                .collect()
        };
        Some(Self {
            machine,
            devices: number(|fingerprint| fingerprint.device.cast_signed()),
            inodes: number(|fingerprint| fingerprint.inode.cast_signed()),
            algorithms: rows.keys().map(|(_, _, algorithm)| *algorithm).collect(),
            sizes: number(|fingerprint| fingerprint.size.cast_signed()),
            mtimes: number(|fingerprint| fingerprint.mtime_ns),
            ctimes: number(|fingerprint| fingerprint.ctime_ns),
            hashes: rows.values().map(|(_, hash)| hash.as_str()).collect(),
            now: Timestamp::now().as_unix_seconds(),
        })
    }

    pub(crate) fn parameters(&self) -> [Parameter<'_>; 9] {
        [
            &self.machine,
            &self.devices,
            &self.inodes,
            &self.algorithms,
            &self.sizes,
            &self.mtimes,
            &self.ctimes,
            &self.hashes,
            &self.now,
        ]
    }
}

/// Says in the log that hashes could not be remembered: the files will be read
/// once more.
pub(crate) fn forgotten(fault: Fault, database: &str) {
    let error = fault.into_store_error(database, "remember hashes of files", Duration::ZERO);
    tracing::warn!(
        database,
        error = &error as &dyn Error,
        "cannot remember a file's hash"
    );
}
