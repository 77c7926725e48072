//! The server: whether it answers, what it promises, who else is there.

use std::error::Error as _;
use std::time::Instant;

use media_schema::findings::{Findings, counted};
use media_schema::{FindingKind, Severity, Timestamp};

use crate::session::Session;
use crate::{ConnectError, Fault};

/// Clocks differ by less than this many seconds, or are wrong.
const CLOCK_TOLERANCE: f64 = 60.0;

/// Where a transaction is open for as many seconds, nothing that was deleted
/// since is cleaned up.
const LONG: f64 = 3600.0;

/// From a server's own address on the way does not leave the machine.
const ENCRYPTION: &str = "SELECT \
     coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), \
     (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()), \
     coalesce(inet_client_addr() <<= '127.0.0.0/8' OR inet_client_addr() = '::1' \
     OR inet_client_addr() = inet_server_addr(), true)";

const DURABILITY: &str = "SELECT current_setting('fsync') = 'off', \
     current_setting('full_page_writes') = 'off', \
     coalesce((SELECT reset_val IN ('off', 'local') FROM pg_settings \
     WHERE name = 'synchronous_commit'), false)";

const CONNECTIONS: &str = "SELECT coalesce(sum(numbackends), 0)::bigint, \
     current_setting('max_connections')::bigint FROM pg_stat_database";

const CLOCK: &str = "SELECT extract(epoch FROM clock_timestamp())::float8";

/// A user who is no administrator sees his own.
const TRANSACTIONS: &str = "SELECT pid, coalesce(usename::text, '?'), \
     coalesce(application_name, ''), \
     extract(epoch FROM clock_timestamp() - xact_start)::float8 FROM pg_stat_activity \
     WHERE datname = current_database() AND pid <> pg_backend_pid() \
     AND extract(epoch FROM clock_timestamp() - xact_start)::float8 > $1 ORDER BY xact_start";

/// Says why there is no connection.
pub(super) fn refused(error: &ConnectError, findings: &mut Findings) {
    let (kind, advice) = match error {
        ConnectError::Unreachable { .. } => (
            FindingKind::Unreachable,
            "start the server, or check the address, the network and the firewall",
        ),
        ConnectError::Encryption { .. } => (
            FindingKind::Encryption,
            "check sslmode and sslrootcert, or the server's certificate",
        ),
        ConnectError::Refused { .. } => (
            FindingKind::Refused,
            "check the name, the password (PGPASSWORD) and the server's pg_hba.conf",
        ),
        ConnectError::NoPassword { .. } => (
            FindingKind::Refused,
            "set PGPASSWORD, or write the password into the address",
        ),
        ConnectError::Encoding { .. } => (
            FindingKind::Encoding,
            "create the database anew: createdb -E UTF8 -T template0",
        ),
        ConnectError::NoDatabase { .. } => (
            FindingKind::NoDatabase,
            "create it with createdb, or correct the address",
        ),
        ConnectError::Busy { .. } => (
            FindingKind::Connections,
            "wait for it to start, end programs that hold connections, or raise max_connections",
        ),
        ConnectError::TooOld { .. } => (FindingKind::Server, "update the server"),
        _ => (
            FindingKind::Other,
            "look at the server's log, and ask with this message",
        ),
    };
    let message = match error.source() {
        Some(source) => format!("{error} ({source})"),
        None => error.to_string(),
    };
    findings.add(Severity::Error, kind, message, advice);
}

/// What the server has said of itself.
pub(super) fn greeting(session: &Session, findings: &mut Findings) {
    let greeting = &session.greeting;
    findings.ok(
        FindingKind::Server,
        format!("PostgreSQL {} answers", greeting.version),
    );
    if greeting.is_standby {
        findings.add(
            Severity::Note,
            FindingKind::Standby,
            "it is a standby: it can be read, and takes no writes",
            "name the primary to save; or name both, and the one that takes writes is used",
        );
    } else if greeting.is_read_only {
        findings.add(
            Severity::Note,
            FindingKind::Standby,
            "it takes no writes: default_transaction_read_only is on",
            "turn that off to save: `ALTER DATABASE … SET default_transaction_read_only = off`",
        );
    }
}

pub(super) fn encryption(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    let row = session.query_one(ENCRYPTION, &[])?;
    let protocol: Option<String> = row.try_get(1)?;
    if row.try_get(0)? {
        let protocol = protocol.unwrap_or_default();
        findings.ok(
            FindingKind::Encryption,
            format!("the connection is encrypted by {protocol}"),
        );
    } else if row.try_get(2)? {
        findings.ok(
            FindingKind::Encryption,
            "the connection is not encrypted, and does not leave this machine",
        );
    } else {
        findings.add(
            Severity::Note,
            FindingKind::Encryption,
            "the connection is not encrypted: whoever sees the network reads it all",
            "set ssl = on at the server, and sslmode=verify-full in the address",
        );
    }
    Ok(())
}

/// Whether what was acknowledged is there after a crash.
pub(super) fn durability(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    let row = session.query_one(DURABILITY, &[])?;
    let (fsync, pages, commit): (bool, bool, bool) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let off: Vec<_> = [(fsync, "fsync"), (pages, "full_page_writes")]
        .into_iter()
        .filter_map(|(is_off, name)| is_off.then_some(name))
        .collect();
    if !off.is_empty() {
        let verb = if off.len() == 1 { "is" } else { "are" };
        findings.add(
            Severity::Error,
            FindingKind::Durability,
            format!(
                "{} {verb} off: a crash of its machine may lose acknowledged results, or all",
                off.join(" and ")
            ),
            "turn that on at the server, and restart it",
        );
    } else if commit {
        findings.ok(
            FindingKind::Durability,
            "what is acknowledged is on its disk: synchronous_commit is off by default, and on in \
             our connections",
        );
    } else {
        findings.ok(
            FindingKind::Durability,
            "what is acknowledged is on its disk",
        );
    }
    Ok(())
}

/// How near the server is to refusing further clients.
pub(super) fn connections(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    let row = session.query_one(CONNECTIONS, &[])?;
    let (used, most): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let message = format!("{used} of {most} connections are in use");
    // More than four fifths.
    if used.saturating_mul(5) > most.saturating_mul(4) {
        findings.add(
            Severity::Warning,
            FindingKind::Connections,
            message,
            "end programs that need none, put a pooler (in session mode) before it, or raise \
             max_connections",
        );
    } else {
        findings.ok(FindingKind::Connections, message);
    }
    Ok(())
}

/// Times are those of the machines that save.
pub(super) fn clock(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    // Prepared first, so that nothing but the answer takes time.
    session.query_one(CLOCK, &[])?;
    let (before, started) = (Timestamp::now().as_unix_seconds(), Instant::now());
    let theirs: f64 = session.query_one(CLOCK, &[])?.try_get(0)?;
    let half = started.elapsed().as_secs_f64() / 2.0;
    let ahead = theirs - (before + half);
    if ahead.abs() - half > CLOCK_TOLERANCE {
        let side = if ahead > 0.0 { "ahead of" } else { "behind" };
        findings.add(
            Severity::Warning,
            FindingKind::Clock,
            format!(
                "the server's clock is {:.0} s {side} that of this machine",
                ahead.abs()
            ),
            "set the clocks, by NTP for instance: lists are ordered by the times of whoever saves",
        );
    } else {
        findings.ok(
            FindingKind::Clock,
            format!(
                "its clock differs from this machine's by less than {CLOCK_TOLERANCE} s, and it \
                 answers in {:.1} ms",
                half * 2000.0
            ),
        );
    }
    Ok(())
}

/// Transactions that nobody ends.
pub(super) fn transactions(session: &mut Session, findings: &mut Findings) -> Result<(), Fault> {
    let rows = session.query(TRANSACTIONS, &[&LONG])?;
    let Some(oldest) = rows.first() else {
        return Ok(());
    };
    let (pid, user): (i32, String) = (oldest.try_get(0)?, oldest.try_get(1)?);
    let (program, age): (String, f64) = (oldest.try_get(2)?, oldest.try_get(3)?);
    findings.add(
        Severity::Warning,
        FindingKind::LongTransaction,
        format!(
            "{} open for more than an hour, so that nothing deleted since is cleaned up; the \
             oldest for {:.1} h, of user {user}, program {program:?}, process {pid}",
            counted(rows.len() as u64, "transaction"),
            age / 3600.0
        ),
        format!("end that program, or `SELECT pg_terminate_backend({pid})`"),
    );
    Ok(())
}
