//! A running program with all that it started: what differs between systems.

#[cfg(unix)]
pub(crate) use unix::end_at_once;
#[cfg(unix)]
pub(super) use unix::{Running, find};

#[cfg(not(unix))]
pub(crate) use other::end_at_once;
#[cfg(not(unix))]
pub(super) use other::{Running, find};

/// A process group of its own, so that Ctrl-C at the terminal is ours alone
/// and what the program started can be ended with it.
#[cfg(unix)]
mod unix {
    use std::env;
    use std::ffi::OsStr;
    use std::io::{self, ErrorKind};
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::process::{Child, Command, ExitStatus};
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use rustix::fs::{Access, access};
    use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

    /// The group that runs, as long as its number is its own.
    static GROUP: Mutex<Option<Pid>> = Mutex::new(None);

    fn group() -> MutexGuard<'static, Option<Pid>> {
        GROUP.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::program) struct Running {
        child: Child,
        pid: Pid,
    }

    impl Running {
        pub(in crate::program) fn start(command: &mut Command) -> io::Result<Self> {
            let mut group = group();
            let child = command.process_group(0).spawn()?;
            let pid = Pid::from_child(&child);
            *group = Some(pid);
            Ok(Self { child, pid })
        }

        pub(in crate::program) fn child(&mut self) -> &mut Child {
            &mut self.child
        }

        /// Whether the program has ended. It is left unreaped, so that the
        /// number of its group stays its own.
        pub(in crate::program) fn has_ended(&mut self) -> io::Result<bool> {
            self.wait(WaitIdOptions::NOHANG)
        }

        fn wait(&self, options: WaitIdOptions) -> io::Result<bool> {
            let options = options | WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
            rustix::io::retry_on_intr(|| waitid(WaitId::Pid(self.pid), options))
                .map(|ended| ended.is_some())
                .map_err(io::Error::from)
        }

        /// Asks all of the group to end.
        pub(in crate::program) fn terminate(&mut self) {
            // Nobody is left, or nobody may be asked.
            let _ = kill_process_group(self.pid, Signal::TERM);
        }

        /// Ends what is left of the group, and says how the program ended.
        pub(in crate::program) fn finish(&mut self) -> io::Result<ExitStatus> {
            if group().is_some() {
                let _ = kill_process_group(self.pid, Signal::KILL);
                self.wait(WaitIdOptions::empty())?;
            }
            let mut group = group();
            let status = self.child.wait();
            *group = None;
            status
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            // Ended already, unless something went wrong on the way.
            let _ = self.finish();
        }
    }

    /// Ends what runs, for a process that is about to end.
    pub(crate) fn end_at_once() {
        if let Some(pid) = *group() {
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }

    /// Looks for a program where the system would.
    pub(in crate::program) fn find(program: &str) -> io::Result<()> {
        if program.contains('/') {
            return executable(Path::new(program));
        }
        let path = env::var_os("PATH");
        // As the C library does without a PATH.
        let path = path.as_deref().unwrap_or(OsStr::new("/bin:/usr/bin"));
        let mut refusal = ErrorKind::NotFound;
        for folder in env::split_paths(path).filter(|_| !program.is_empty()) {
            let candidate = folder.join(program);
            if executable(&candidate).is_ok() {
                return Ok(());
            }
            // A folder that may not be looked into has nothing to offer.
            if candidate.exists() {
                refusal = ErrorKind::PermissionDenied;
            }
        }
        Err(refusal.into())
    }

    fn executable(path: &Path) -> io::Result<()> {
        if path.metadata()?.is_dir() {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(access(path, Access::EXEC_OK)?)
    }
}

/// Without process groups: the program alone can be ended.
#[cfg(not(unix))]
mod other {
    use std::io;
    use std::process::{Child, Command, ExitStatus};

    pub(in crate::program) struct Running(Child);

    impl Running {
        pub(in crate::program) fn start(command: &mut Command) -> io::Result<Self> {
            command.spawn().map(Self)
        }

        pub(in crate::program) fn child(&mut self) -> &mut Child {
            &mut self.0
        }

        pub(in crate::program) fn has_ended(&mut self) -> io::Result<bool> {
            self.0.try_wait().map(|ended| ended.is_some())
        }

        pub(in crate::program) fn terminate(&mut self) {
            // It may have ended by now.
            let _ = self.0.kill();
        }

        pub(in crate::program) fn finish(&mut self) -> io::Result<ExitStatus> {
            self.terminate();
            self.0.wait()
        }
    }

    impl Drop for Running {
        fn drop(&mut self) {
            let _ = self.finish();
        }
    }

    /// The console has told the program too.
    pub(crate) fn end_at_once() {}

    /// Where the system looks is for it to say, when the program is started.
    #[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
    pub(in crate::program) fn find(_program: &str) -> io::Result<()> {
        Ok(())
    }
}
