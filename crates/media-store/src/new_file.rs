//! A file that appears under its name when it is complete, or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use media_hash::Fingerprint;
use tempfile::NamedTempFile;

use crate::failure::Failure;

/// A file being written under a temporary name beside its own. Gone with this,
/// unless it is published.
pub(crate) struct NewFile {
    temporary: NamedTempFile,
    path: PathBuf,
}

impl NewFile {
    /// Begins a file that is to replace what is at `path`, which must be a
    /// regular file or nothing. A link there stays and leads to the new file.
    pub(crate) fn create(path: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::File {
            action: "write",
            path: path.into(),
            source,
        };
        let path_there = match fs::metadata(path) {
            Ok(found) if !found.is_file() => {
                return Err(Failure::NotRegular { path: path.into() });
            }
            Ok(_) => fs::canonicalize(path).map_err(failed)?,
            Err(_) => path.to_owned(),
        };
        let folder = folder_of(&path_there);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".media-store-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // As for any new file, less the umask; temporary ones are private.
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        Ok(Self {
            temporary: builder.tempfile_in(folder).map_err(failed)?,
            path: path_there,
        })
    }

    pub(crate) fn as_file(&self) -> &File {
        self.temporary.as_file()
    }

    /// Gives the file its name when its content is on the disk.
    pub(crate) fn publish(self) -> io::Result<()> {
        self.temporary.as_file().sync_all()?;
        self.temporary
            .persist(&self.path)
            .map_err(|error| error.error)?;
        if cfg!(unix) {
            // The name, too. A folder can be synced where it can be opened.
            File::open(folder_of(&self.path))?.sync_all()?;
        }
        Ok(())
    }
}

/// The folder that a path is in.
fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Refuses to write over a database, by whatever name, and to take a name that
/// SQLite or we give to what is kept beside it.
/// A database on a server lies elsewhere.
pub(crate) fn require_other_file(path: &Path, database: Option<&Path>) -> Result<(), Failure> {
    let Some(database) = database else {
        return Ok(());
    };
    let place = in_real_folder(path);
    let file = Fingerprint::of_path(path).ok();
    let is_ours = names_of(database).iter().any(|name| {
        let is_same_file = || {
            let ours = Fingerprint::of_path(name).ok();
            file.zip(ours)
                .is_some_and(|(a, b)| (a.device, a.inode) == (b.device, b.inode))
        };
        *name == place || is_same_file()
    });
    if is_ours {
        return Err(Failure::IsDatabase { path: path.into() });
    }
    Ok(())
}

/// The database's name and that of what it is a link to, with the names that
/// are given to what lies beside them.
fn names_of(database: &Path) -> Vec<PathBuf> {
    let mut names = vec![in_real_folder(database)];
    names.extend(fs::canonicalize(database));
    let mut beside = Vec::new();
    for name in &names {
        for suffix in ["-wal", "-shm", "-journal", "-locks"] {
            let mut name = name.clone().into_os_string();
            name.push(suffix);
            beside.push(name.into());
        }
    }
    names.append(&mut beside);
    names
}

/// The path with its folder's links resolved, but not its own.
fn in_real_folder(path: &Path) -> PathBuf {
    let folder = fs::canonicalize(folder_of(path));
    match (folder, path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
