//! `show`: everything that is known of a file, a content or a job.

use std::collections::BTreeSet;
use std::io;
use std::mem;

use media_audit::PastCheck;
use media_lineage::{Direction, Lineage, LineageError, Start};
use media_schema::{
    AnalysisJob, Job, JobStore, MediaProcessingRow, ProcessingJob, Query, RowError, StoreError,
};

use crate::cli::{Shared, ShowArgs};
use crate::entry::Entry;
use crate::failure::{Failure, Status, chain};
use crate::messages;
use crate::output::{Format, List};
use crate::place::{Database, Place};
use crate::subject::{Filters, Stores, Subject, of_content, of_file};

/// The most results that are drawn for people, and the most of each other
/// thing that they see; programs get everything.
const RESULTS: usize = 3;
const ROWS: usize = 10;

/// The most rows that are held at once.
const PAGE: usize = 500;

pub(crate) fn run(shared: &Shared, args: &ShowArgs) -> Result<Status, Failure> {
    let format = Format::resolve(shared.format);
    if format == Format::Csv {
        return Err(Failure::Message(
            "what `show` finds is of several kinds, which csv cannot hold: use --format jsonl"
                .into(),
        ));
    }
    let database = Place::find(shared.db.as_deref())?.open_to_read()?;
    let stores = Stores::of(&database)?;
    let subjects = stores.find(&args.name)?;
    let mut show = Show {
        database: &database,
        list: List::new(format),
        for_people: format == Format::Table,
        is_first: true,
        status: Status::Fine,
        reported: BTreeSet::new(),
    };
    for subject in subjects {
        show.subject(&stores, subject)?;
    }
    let Show { list, status, .. } = show;
    list.finish::<Entry<'_>>()?;
    Ok(status)
}

struct Show<'a> {
    database: &'a Database,
    list: List,
    for_people: bool,
    is_first: bool,
    status: Status,
    /// Rows that cannot be read.
    reported: BTreeSet<String>,
}

impl Show<'_> {
    fn subject(&mut self, stores: &Stores, subject: Subject) -> Result<(), Failure> {
        match subject {
            Subject::Job(Ok(row)) => {
                self.title("job", &row.job_id)?;
                self.list.add(&Entry::JobInFull(&row))?;
                self.lineage(Start::Job(row.job_id.clone()))?;
                self.checks(&job_checks(self.database, &row, self.one_more(ROWS))?)
            }
            Subject::Job(Err(error)) => {
                self.unreadable(&error);
                Ok(())
            }
            Subject::Content(hash) => {
                self.title("content", &hash)?;
                self.rows(stores, of_content(&hash), &hash)?;
                self.lineage(Start::Hash(hash.as_str().into()))?;
                self.checks(&media_audit::latest_checks(self.database, &hash)?)
            }
            Subject::File(path) => {
                self.title("file", &path)?;
                self.rows(stores, of_file(&path), &path)?;
                self.lineage(Start::Path(path.clone()))?;
                self.checks(&media_audit::history(
                    self.database,
                    &path,
                    self.one_more(ROWS),
                )?)
            }
        }
    }

    /// How many of a kind are shown.
    fn most(&self, for_people: usize) -> usize {
        if self.for_people {
            for_people
        } else {
            usize::MAX
        }
    }

    /// How many of a kind are asked for, to know whether there are more.
    fn one_more(&self, for_people: usize) -> usize {
        self.most(for_people).saturating_add(1)
    }

    /// Says to people what follows.
    fn title(&mut self, kind: &'static str, name: &str) -> Result<(), Failure> {
        let is_first = mem::take(&mut self.is_first);
        self.say(&Entry::Title {
            kind,
            name,
            is_first,
        })
    }

    /// Adds what programs have no use for.
    fn say(&mut self, entry: &Entry<'_>) -> Result<(), Failure> {
        if self.for_people {
            self.list.add(entry)?;
        }
        Ok(())
    }

    /// The results and the jobs that filters keep.
    fn rows(
        &mut self,
        stores: &Stores,
        (analysis, processing): Filters,
        name: &str,
    ) -> Result<(), Failure> {
        if let Some(store) = &stores.analysis {
            let most = self.most(RESULTS);
            let left = self.table::<AnalysisJob>(store, analysis, most, |list, row| {
                list.add(&Entry::Result(row, name))
            })?;
            if left > 0 {
                self.say(&Entry::More(left, "older results"))?;
            }
        }
        if let Some(store) = &stores.processing
            && store.count(&processing)? > 0
        {
            self.say(&Entry::Heading("jobs"))?;
            let most = self.most(ROWS);
            let left = self.table::<ProcessingJob>(store, processing, most, |list, row| {
                list.add(&Entry::Job(row))
            })?;
            if left > 0 {
                self.say(&Entry::More(left, "older jobs"))?;
            }
        }
        Ok(())
    }

    /// Lists rows, at most so many, and counts the others.
    fn table<J: Job<Filter: Clone>>(
        &mut self,
        store: &dyn JobStore<J>,
        filter: J::Filter,
        most: usize,
        add: impl Fn(&mut List, &J::Row) -> io::Result<()>,
    ) -> Result<u64, Failure> {
        let mut query = Query::from(filter.clone());
        let mut shown = 0;
        while shown < most {
            query.limit = PAGE.min(most - shown);
            let page = store.list(&query)?;
            shown += page.rows.len();
            for row in &page.rows {
                match row {
                    Ok(row) => add(&mut self.list, row)?,
                    Err(error) => self.unreadable(error),
                }
            }
            query.after = page.next;
            if query.after.is_none() {
                return Ok(0);
            }
        }
        Ok(store.count(&filter)?.saturating_sub(shown as u64))
    }

    /// Reports a row, once however often it is met.
    fn unreadable(&mut self, error: &RowError) {
        if self.reported.insert(error.to_string()) {
            messages::error(error);
        }
        self.status = Status::Incomplete;
    }

    /// What the subject was made from, and what was made from it.
    fn lineage(&mut self, start: Start) -> Result<(), Failure> {
        let lineage = match Lineage::trace(self.database, start, Direction::Both) {
            Ok(lineage) => lineage,
            // Its rows went away meanwhile.
            Err(LineageError::NotRecorded { .. }) => return Ok(()),
            Err(LineageError::Store(StoreError::Row(error))) => {
                self.unreadable(&error);
                return Ok(());
            }
            Err(LineageError::Store(error)) => return Err(error.into()),
            Err(error) => return Err(Failure::Message(chain(&error))),
        };
        for error in &lineage.unreadable {
            self.unreadable(error);
        }
        if self.for_people {
            self.say(&Entry::Heading("lineage"))?;
            return self.say(&Entry::Tree(&lineage));
        }
        for content in &lineage.contents {
            let places = [("ancestor", content.above), ("descendant", content.below)];
            for (kind, depth) in places {
                match depth {
                    Some(depth) if depth > 0 => {
                        self.list.add(&Entry::Relative {
                            kind,
                            content,
                            depth,
                        })?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn checks(&mut self, checks: &[PastCheck]) -> Result<(), Failure> {
        self.say(&Entry::Heading("audits"))?;
        if checks.is_empty() {
            return self.say(&Entry::Remark("never audited: see `media-store verify`"));
        }
        let most = self.most(ROWS);
        for check in checks.iter().take(most) {
            self.list.add(&Entry::Check(check))?;
        }
        if checks.len() > most {
            self.say(&Entry::Remark("and more: see `--format jsonl`"))?;
        }
        Ok(())
    }
}

/// The checks of both files of a job, newest first.
fn job_checks(
    database: &Database,
    row: &MediaProcessingRow,
    most: usize,
) -> Result<Vec<PastCheck>, StoreError> {
    let mut checks = media_audit::history(database, &row.output_path, most)?;
    if row.input_path != row.output_path {
        checks.extend(media_audit::history(database, &row.input_path, most)?);
    }
    checks.sort_by(|a, b| {
        let seconds = |check: &PastCheck| check.checked_at.as_unix_seconds();
        seconds(b).total_cmp(&seconds(a))
    });
    Ok(checks)
}
