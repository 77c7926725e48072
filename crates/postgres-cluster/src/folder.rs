//! A temporary folder that is removed however this process ends.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::Error;
use crate::system::{self, User};

/// The name of a Unix socket has 103 bytes on some systems, `/.s.PGSQL.12345.lock` among them.
const LONGEST_PARENT: usize = 60;

/// Reads the id of the server's process, or nothing, from each line. At the end of its input, which
/// is when this process ends or wants it, ends the server and removes the folders.
///
/// A server that is gone may still have an id, if nobody waited for it; its file tells.
const WATCH: &str = r#"
trap '' HUP INT TERM
file=$1
shift
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
    kill -QUIT "$pid"
    kill -CONT "$pid"
    rounds=0
    while [ -e "$file" ] && kill -0 "$pid" && [ "$rounds" -lt 500 ]; do
        sleep 0.02
        rounds=$((rounds + 1))
    done
    kill -KILL "$pid"
fi
rm -rf -- "$@"
"#;

/// A folder that the server's user owns, and the process that removes it.
#[derive(Debug)]
pub(crate) struct Folder {
    temporary: TempDir,
    data: PathBuf,
    user: User,
    watch: Child,
    /// Nobody else has this end of the pipe: it is closed in every program that is started.
    input: Option<ChildStdin>,
}

impl Folder {
    /// Makes one. The data folder, which is not made, is in it, or in `data_in`.
    pub(crate) fn new(data_in: Option<&Path>) -> Result<Self, Error> {
        let user = User::find()?;
        let mut parent = env::temp_dir();
        if parent.as_os_str().len() > LONGEST_PARENT {
            parent = PathBuf::from("/tmp");
        }
        let temporary = tempfile::Builder::new()
            .prefix("postgres-")
            .tempdir_in(&parent)
            .map_err(Error::file("make a folder in", &parent))?;
        let path = temporary.path();
        user.own(path).map_err(Error::file("give away", path))?;
        let data = data_in.unwrap_or(path).join("data");
        let mut watch = Command::new("/bin/sh");
        watch
            .args(["-c", WATCH, "watch"])
            .arg(data.join("postmaster.pid"))
            .args([&data, path])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        system::apart(&mut watch);
        let mut watch = watch.spawn().map_err(Error::run(Path::new("/bin/sh")))?;
        Ok(Self {
            input: watch.stdin.take(),
            temporary,
            data,
            user,
            watch,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    pub(crate) fn user(&self) -> User {
        self.user
    }

    /// Which process must not outlive this one.
    pub(crate) fn watch(&self, server: Option<u32>) -> Result<(), Error> {
        let line = server.map_or_else(String::new, |pid| pid.to_string()) + "\n";
        let written = match &self.input {
            Some(input) => (&*input).write_all(line.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        };
        written.map_err(Error::file("watch over", self.path()))
    }

    /// Ends the server, if there is one, and removes the folder.
    pub(crate) fn remove(&mut self) {
        drop(self.input.take());
        // It has nothing to say, and what it left the system's own cleaning takes.
        let _ = self.watch.wait();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        self.remove();
    }
}
