//! What a doctor says of a database.

use std::fmt;

/// What a doctor finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// The absolute path of a file; the address of a server, without its password.
    pub database: String,
    /// What was looked at, in a fixed order. What is fine is among it.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// The severity of the worst finding.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.findings
            .iter()
            .map(|finding| finding.severity)
            .max()
            .unwrap_or(Severity::Ok)
    }
}

/// How bad something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing has to be done.
    Note,
    /// Something does not work as it should, or soon will not.
    Warning,
    /// The database cannot be used as it is.
    Error,
}

impl Severity {
    /// `ok`, `note`, `warning` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: a stable code.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// What was found, in a line.
    pub message: String,
    /// What to do about it, in a line; `None` if nothing has to be done.
    pub advice: Option<String>,
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $code:literal),* $(,)?) => {
        /// What a finding is about.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum FindingKind {
            $($(#[doc = $doc])* $name,)*
        }

        impl FindingKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code, such as `not-a-file`. It never changes.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

kinds! {
    /// The file itself, where nothing is wrong with it.
    File = "file",
    /// A directory, a FIFO, a device.
    NotAFile = "not-a-file",
    /// A symbolic link that leads to itself.
    LinkLoop = "link-loop",
    /// The operating system does not let us look at it.
    Unreachable = "unreachable",
    /// It is gone, and its log or journal is still there.
    Deleted = "deleted",
    /// No bytes at all.
    Empty = "empty",
    /// The bytes of something else.
    NotADatabase = "not-a-database",
    /// Whether the database is whole.
    Integrity = "integrity",
    /// The schema, where it is as it should be.
    Schema = "schema",
    /// Written by a newer version.
    NewerVersion = "newer-version",
    /// Another program's database.
    Foreign = "foreign",
    /// A table that cannot be used.
    UnusableTable = "unusable-table",
    /// The Python library's, and not adopted.
    NotAdopted = "not-adopted",
    /// A table that nothing was ever saved in.
    NoTable = "no-table",
    /// An index is missing or another.
    Index = "index",
    /// The journal and how large it is.
    Journal = "journal",
    /// A log that grew and does not shrink.
    LargeLog = "large-log",
    /// A log that only a writer can make readable.
    UnreadableLog = "unreadable-log",
    /// A transaction that was cut off and has to be undone.
    HotJournal = "hot-journal",
    /// Somebody holds the write lock and keeps it.
    Locked = "locked",
    /// The file changed while it was looked at.
    Changing = "changing",
    /// No writing, or not even reading.
    Permission = "permission",
    /// Another user's.
    Owner = "owner",
    /// A network file system.
    NetworkFilesystem = "network-filesystem",
    /// The disk is full or nearly so.
    DiskSpace = "disk-space",
    /// Much of the file is empty.
    FreeSpace = "free-space",
    /// What a crash left behind.
    Leftover = "leftover",
    /// Rows, where all can be read.
    Rows = "rows",
    /// Rows that cannot be read.
    UnreadableRow = "unreadable-row",
    /// JSON columns that are not valid JSON.
    InvalidJson = "invalid-json",
    /// Times in the future.
    FutureTime = "future-time",
    /// A server, where it answers.
    Server = "server",
    /// A server that does not let this user in.
    Refused = "refused",
    /// An encoding that cannot hold every path.
    Encoding = "encoding",
    /// A server without the database that was named.
    NoDatabase = "no-database",
    /// Whether the way to a server is encrypted.
    Encryption = "encryption",
    /// A server that takes no writes.
    Standby = "standby",
    /// What a user may do with the tables on a server.
    Rights = "rights",
    /// What a crash of a server would lose.
    Durability = "durability",
    /// How many connections a server has left.
    Connections = "connections",
    /// Whether a server lets others wait for a result.
    Claims = "claims",
    /// Names that are kept for no job, or the other way round.
    Names = "names",
    /// What the server's planner knows of the tables.
    Statistics = "statistics",
    /// Deleted rows that take room.
    Vacuum = "vacuum",
    /// A transaction that nobody ends.
    LongTransaction = "long-transaction",
    /// The server's clock.
    Clock = "clock",
    /// What the database says and this does not know.
    Other = "other",
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
