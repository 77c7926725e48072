//! A second server that follows the first.

use std::ffi::OsString;

use crate::folder::Folder;
use crate::programs::run;
use crate::server::too_slow;
use crate::tls::Tls;
use crate::{Cluster, Error, builder, data, wait};

impl Cluster {
    /// Starts a standby: a server that repeats all changes of this one, and answers queries.
    ///
    /// If it is to be synchronous, this server acknowledges no commit from now on before that
    /// standby has it on disk, and waits for that as long as the standby is away. There is one such
    /// standby, the last that was asked for.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if `pg_basebackup` fails, [`Error::TooSlow`] if the standby does not
    /// follow, and those of [`Builder::start`](crate::Builder::start).
    pub fn standby(&self, synchronous: bool) -> Result<Self, Error> {
        let folder = Folder::new(None)?;
        let name = format!("standby_{:016x}", fastrand::u64(..));
        let mut primary = OsString::from("host=");
        primary.push(self.folder().path());
        primary.push(format!(
            " port={} user=postgres application_name={name}",
            self.port()
        ));
        let mut backup = self.programs().command("pg_basebackup", folder.path());
        backup
            .args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"])
            .arg("--dbname")
            .arg(primary)
            .arg("--pgdata")
            .arg(folder.data());
        run(folder.user().run(&mut backup))?;
        // After a promotion it would wait for a standby that it may have itself been.
        let alone = data::setting("synchronous_standby_names", "");
        data::append(&folder.data().join("postgresql.auto.conf"), &alone)?;
        let (port, server) = builder::on_free_port(self.programs(), &folder)?;
        let tls = self.tls().map(|_| Tls::of(folder.data()));
        let standby = Self::new(self.programs().clone(), folder, port, server, tls);
        if synchronous {
            self.psql(&format!(
                "ALTER SYSTEM SET synchronous_standby_names = '{name}'; SELECT pg_reload_conf()"
            ))?;
        }
        let state = format!(
            "SELECT state, sync_state FROM pg_stat_replication WHERE application_name = '{name}'"
        );
        let goal = if synchronous {
            "streaming|sync"
        } else {
            "streaming|async"
        };
        let follows = wait::until(|| Ok((self.psql(&state)? == goal).then_some(())))?;
        follows.ok_or_else(|| too_slow(standby.folder(), port, "following its primary"))?;
        Ok(standby)
    }

    /// Makes a standby a server of its own, and waits until it takes changes.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`] if it is no standby, [`Error::TooSlow`] if it stays one.
    pub fn promote(&self) -> Result<(), Error> {
        let seconds = wait::LIMIT.as_secs();
        if self.psql(&format!("SELECT pg_promote(true, {seconds})"))? == "t" {
            return Ok(());
        }
        Err(too_slow(self.folder(), self.port(), "promoted"))
    }
}
