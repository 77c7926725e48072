//! Data folders: made once a process by `initdb`, then copied.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use crate::folder::Folder;
use crate::programs::run;
use crate::tls::Tls;
use crate::{Error, Programs};

/// `initdb` takes a second, a copy some milliseconds.
static TEMPLATE: Mutex<Option<Folder>> = Mutex::new(None);

/// Of every server, before those that its maker asks for.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", "127.0.0.1"),
    ("fsync", "off"),
    // A standby whose primary was away asks again after that, by default after 5 s.
    ("wal_retrieve_retry_interval", "100ms"),
];

/// Makes a data folder.
pub(crate) fn make(programs: &Programs, folder: &Folder) -> Result<(), Error> {
    let mut template = TEMPLATE.lock().unwrap_or_else(PoisonError::into_inner);
    let template = match &*template {
        Some(made) => made,
        None => template.insert(initialized(programs)?),
    };
    let data = folder.data();
    let folder_is_elsewhere = !data.starts_with(folder.path());
    if folder_is_elsewhere {
        // Its user may be unable to make it there.
        fs::create_dir(data).map_err(Error::file("make", data))?;
        let owned = folder.user().own(data);
        owned.map_err(Error::file("give away", data))?;
    }
    let mut copy = Command::new("cp");
    copy.args(["-R", "-p"]);
    if folder_is_elsewhere {
        copy.arg(template.data().join("."));
    } else {
        copy.arg(template.data());
    }
    copy.arg(data).current_dir(folder.path());
    run(folder.user().run(&mut copy))?;
    Ok(())
}

fn initialized(programs: &Programs) -> Result<Folder, Error> {
    let folder = Folder::new(None)?;
    let mut initdb = programs.command("initdb", folder.path());
    initdb
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
        .args(["--no-locale", "--no-sync", "--pgdata"])
        .arg(folder.data());
    run(folder.user().run(&mut initdb))?;
    Ok(folder)
}

/// Says how the server is to be. Its port and socket are said when it is started, because those of
/// a standby, which gets a copy of this, are others.
pub(crate) fn configure(
    folder: &Folder,
    settings: &[(String, String)],
    roles: &[(String, String)],
    tls: Option<&Tls>,
) -> Result<(), Error> {
    let ours = SETTINGS.iter().map(|(name, value)| setting(name, value));
    let asked_for = settings.iter().map(|(name, value)| setting(name, value));
    let mut lines: String = ours.chain(asked_for).collect();
    if tls.is_some() {
        lines += &setting("ssl", "on");
    }
    append(&folder.data().join("postgresql.conf"), &lines)?;

    let mut access = "local all all trust\nlocal replication all trust\n".to_owned();
    let over = if tls.is_some() { "hostssl" } else { "host" };
    for (role, _) in roles {
        let role = role.replace('"', "\"\"");
        // Writing to a String does not fail.
        let _ = writeln!(access, "{over} all \"{role}\" 127.0.0.1/32 scram-sha-256");
    }
    let _ = writeln!(access, "{over} all all 127.0.0.1/32 trust");
    let path = folder.data().join("pg_hba.conf");
    fs::write(&path, access).map_err(Error::file("write", &path))
}

/// A line of a configuration file.
pub(crate) fn setting(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('\'', "''");
    format!("{name} = '{value}'\n")
}

/// Adds lines to a file of the data folder; of two lines for one setting, the later counts.
pub(crate) fn append(path: &Path, lines: &str) -> Result<(), Error> {
    let file = OpenOptions::new().append(true).open(path);
    let written = file.and_then(|mut file| file.write_all(lines.as_bytes()));
    written.map_err(Error::file("write", path))
}
