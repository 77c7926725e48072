//! All that audits have found out of a database, and into another.

use media_schema::{
    ExportedCheck, FixityBackend, Imported, PastAudit, RowError, StoreError, Walk, WalkedPage,
};

/// Hands out every audit, in the order in which they were begun, and says the
/// number of the last one. Holds a page of them at most, and no connection while
/// `each` runs.
///
/// # Errors
/// What `each` returns, or what the database says. An audit that cannot be read
/// is handed out as its error.
pub fn export_audits<E: From<StoreError>>(
    backend: &(impl FixityBackend + ?Sized),
    mut each: impl FnMut(Result<PastAudit, RowError>) -> Result<(), E>,
) -> Result<i64, E> {
    let mut last = i64::MIN;
    export(
        |from| backend.export_audits(from),
        |id, audit| {
            last = id;
            each(audit)
        },
    )?;
    Ok(last)
}

/// Hands out every check of the audits up to the number `last_audit`, in the
/// order in which they were made, likewise. Those of an audit that was begun since
/// would come without it.
///
/// # Errors
/// As for [`export_audits`]; a check whose audit is not there is an error too.
pub fn export_checks<E: From<StoreError>>(
    backend: &(impl FixityBackend + ?Sized),
    last_audit: i64,
    mut each: impl FnMut(Result<ExportedCheck, RowError>) -> Result<(), E>,
) -> Result<(), E> {
    export(
        |from| backend.export_checks(from),
        |_, check| match check {
            Ok(later) if later.check.audit_id > last_audit => Ok(()),
            check => each(check),
        },
    )
}

fn export<R, E: From<StoreError>>(
    read: impl Fn(i64) -> Result<WalkedPage<R>, StoreError>,
    mut each: impl FnMut(i64, Result<R, RowError>) -> Result<(), E>,
) -> Result<(), E> {
    let mut walk = Walk::default();
    loop {
        let page = walk.next_by(&read)?;
        if page.is_empty() {
            return Ok(());
        }
        for walked in page {
            each(walked.id, walked.row)?;
        }
    }
}

/// Saves exported audits, in one transaction, and says of each what became of
/// it. Makes the tables if need be.
///
/// Of two of one scope that began at the same time, the one that is there
/// stays, unless it is not finished and the other is. None is resumed here, for
/// its queue is elsewhere: an audit that is to go on with it begins anew.
///
/// # Errors
/// What the database says; nothing was saved then.
pub fn import_audits(
    backend: &(impl FixityBackend + ?Sized),
    audits: &[PastAudit],
) -> Result<Vec<Imported>, StoreError> {
    prepare(backend)?;
    backend.import_audits(audits)
}

/// Saves exported checks of audits that are there, likewise. They count as
/// later than the checks that are there, and say nothing of whose turn it is.
///
/// Of two of one audit, file, recorded hash and time, the one that is there
/// stays. One whose audit is not there is a conflict.
///
/// # Errors
/// What the database says; nothing was saved then.
pub fn import_checks(
    backend: &(impl FixityBackend + ?Sized),
    checks: &[ExportedCheck],
) -> Result<Vec<Imported>, StoreError> {
    prepare(backend)?;
    backend.import_checks(checks)
}

fn prepare(backend: &(impl FixityBackend + ?Sized)) -> Result<(), StoreError> {
    if backend.prepare_audits()? {
        return Ok(());
    }
    Err(StoreError::ReadOnly {
        database: backend.name().into_owned(),
        source: None,
    })
}
