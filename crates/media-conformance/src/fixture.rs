//! What the suite must be told of a backend.

use std::marker::PhantomData;
use std::process::Child;

use media_schema::{ANALYSIS_JOBS, Backend as _, MediaBackend, PROCESSING_JOBS};

use crate::child;

/// How databases of a backend come to be, and how they are opened.
///
/// Whatever goes wrong is a panic: it is a test that fails.
pub trait Fixture: Sized {
    /// The backend.
    type Backend: MediaBackend + 'static;

    /// Makes ready whatever holds the databases of one test, until it is
    /// dropped. `None` where this backend cannot be run: the test is passed
    /// over then, and the fixture says so.
    fn start() -> Option<Self>;

    /// A new, empty database; the text by which any process of this machine
    /// opens it.
    fn create(&self) -> String;

    /// Opens a database.
    fn open(address: &str) -> Self::Backend;

    /// Opens a database in which there are both tables, to be read only.
    fn open_read_only(address: &str) -> Self::Backend;
}

/// What a case is given: the means to make databases.
pub struct Suite<F> {
    fixture: F,
    /// The test that children run.
    entry: &'static str,
}

impl<F: Fixture> Suite<F> {
    /// A new, empty database.
    #[must_use]
    pub fn create(&self) -> Place<'_, F> {
        Place {
            address: self.fixture.create(),
            entry: self.entry,
            suite: PhantomData,
        }
    }

    /// A new database, open, with both tables.
    #[must_use]
    pub fn open(&self) -> F::Backend {
        self.create().open()
    }
}

/// A database somewhere.
pub struct Place<'s, F> {
    address: String,
    entry: &'static str,
    suite: PhantomData<&'s F>,
}

impl<F: Fixture> Place<'_, F> {
    /// Opens it, as another process would, with both tables.
    #[must_use]
    pub fn open(&self) -> F::Backend {
        open::<F>(&self.address)
    }

    /// Opens it to be read only. The tables must be there.
    #[must_use]
    pub fn open_read_only(&self) -> F::Backend {
        F::open_read_only(&self.address)
    }

    /// Starts a child process that plays a role on it; `more` is for the role.
    pub(crate) fn child(&self, role: &str, more: &str) -> Child {
        child::spawn(self.entry, role, &self.address, more)
    }
}

/// A database, open, with both tables.
pub(crate) fn open<F: Fixture>(address: &str) -> F::Backend {
    let backend = F::open(address);
    backend.ensure_table(&ANALYSIS_JOBS).unwrap();
    backend.ensure_table(&PROCESSING_JOBS).unwrap();
    backend
}

/// Runs a case, if the backend can be run here. `entry` is the path of the test
/// that child processes run, its crate's name included.
pub fn run<F: Fixture>(entry: &'static str, case: fn(&Suite<F>)) {
    if let Some(fixture) = F::start() {
        case(&Suite { fixture, entry });
    }
}
