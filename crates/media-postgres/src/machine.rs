//! Which machine this is: fingerprints of files mean nothing on another.

use std::sync::LazyLock;

use media_hash::{Sha256, hash_bytes};

/// A short name of this machine; `None` if it cannot be told from others.
pub(crate) fn machine() -> Option<&'static str> {
    static MACHINE: LazyLock<Option<String>> = LazyLock::new(|| {
        let identity = identity()?;
        Some(hash_bytes::<Sha256>(identity).hex().get(..32)?.to_owned())
    });
    MACHINE.as_deref()
}

/// The number that an installation of Linux has for good, and the host's name,
/// which tells containers of one image apart.
#[cfg(unix)]
fn identity() -> Option<String> {
    let name = rustix::system::uname();
    let name = name.nodename().to_str().ok()?;
    let id = ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .into_iter()
        .find_map(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default();
    let identity = format!("{}\n{name}", id.trim());
    (identity.len() > 1).then_some(identity)
}

/// There no fingerprint is ever trusted, so that nothing is remembered.
#[cfg(not(unix))]
fn identity() -> Option<String> {
    None
}
