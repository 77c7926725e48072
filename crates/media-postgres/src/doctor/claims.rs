//! Whether claims keep others waiting: not every server with this protocol has
//! advisory locks that do.

use media_schema::findings::Findings;
use media_schema::{FindingKind, Severity, Timestamp};

use crate::Fault;
use crate::connector::Connector;
use crate::digest::lock_key;
use crate::session::Session;

const TRY: &str = "SELECT pg_try_advisory_lock($1)";
const UNLOCK: &str = "SELECT pg_advisory_unlock($1)";

pub(super) fn look(
    connector: &Connector,
    session: &mut Session,
    findings: &mut Findings,
) -> Result<(), Fault> {
    let mut other = match connector.connect() {
        Ok(other) => other,
        Err(error) => {
            findings.add(
                Severity::Note,
                FindingKind::Claims,
                format!("there is no second connection to try claims with: {error}"),
                "look again when there is room",
            );
            return Ok(());
        }
    };
    // Nobody else's.
    let now = Timestamp::now().to_string();
    let key = lock_key("", &["doctor", &std::process::id().to_string(), &now]);
    let first: bool = session.query_one(TRY, &[&key])?.try_get(0)?;
    let second: bool = other.query_one(TRY, &[&key])?.try_get(0)?;
    session.query(UNLOCK, &[&key])?;
    if first && !second {
        findings.ok(
            FindingKind::Claims,
            "while one computes a result, others can wait for it",
        );
    } else {
        findings.add(
            Severity::Warning,
            FindingKind::Claims,
            "its advisory locks keep nobody waiting: two that want the same result both compute it",
            "connect to the server itself, not to a pooler in transaction mode; if it is one \
             without such locks, nothing is wrong but the time that is lost",
        );
    }
    Ok(())
}
