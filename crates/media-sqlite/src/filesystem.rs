//! What differs by platform: telling a network file system from a local one,
//! whose a file is, and how much room is left.

use std::fs::Metadata;
use std::path::Path;

/// Whether this process may write to a file or folder, as far as can be told.
/// One that is marked read-only takes no writes, even of a user who may
/// overrule that.
pub(crate) fn is_writable(path: &Path, metadata: &Metadata) -> bool {
    #[cfg(unix)]
    let allowed = rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok();
    #[cfg(not(unix))]
    let allowed = path.exists();
    allowed && !metadata.permissions().readonly()
}

/// The number of the user to whom a file belongs, if that is another than the
/// one of this process, and this one does not stand above all others.
pub(crate) fn other_owner(metadata: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let user = rustix::process::geteuid();
        (!user.is_root() && metadata.uid() != user.as_raw()).then(|| metadata.uid())
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

/// The bytes that this process may still write to the disk of a folder, if
/// that can be told.
pub(crate) fn available_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(folder).ok()?;
        (stat.f_blocks > 0).then(|| stat.f_bavail.saturating_mul(stat.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// The kind of network file system that `folder` lies on; `None` if it is
/// local, or if that cannot be told.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn network_kind(folder: &Path) -> Option<&'static str> {
    let stat = rustix::fs::statfs(folder).ok()?;
    // The type's width and sign differ between architectures; the magic
    // numbers are 32 bits wide on all of them.
    let magic = i128::from(stat.f_type) & 0xffff_ffff;
    NETWORK_MAGIC
        .iter()
        .find(|(number, _)| *number == magic)
        .map(|(_, kind)| *kind)
}

/// From `statfs(2)` and the kernel's `magic.h`. FUSE is not among them: it
/// carries local file systems as well as remote ones.
#[cfg(any(target_os = "linux", target_os = "android"))]
const NETWORK_MAGIC: &[(i128, &str)] = &[
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB2"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x7375_7245, "Coda"),
    (0x564c, "NCP"),
];

/// The kind of network file system that `folder` lies on; `None` if it is
/// local, or if that cannot be told.
#[cfg(any(target_os = "macos", target_os = "ios"))]
pub(crate) fn network_kind(folder: &Path) -> Option<&'static str> {
    let stat = rustix::fs::statfs(folder).ok()?;
    let name: Vec<u8> = stat
        .f_fstypename
        .iter()
        .map(|unit| unit.to_ne_bytes()[0])
        .take_while(|byte| *byte != 0)
        .collect();
    ["nfs", "smbfs", "afpfs", "webdav"]
        .into_iter()
        .find(|kind| kind.as_bytes() == name)
}

/// The kind of network file system that `folder` lies on; `None` if it is
/// local, or if that cannot be told.
#[cfg(windows)]
pub(crate) fn network_kind(folder: &Path) -> Option<&'static str> {
    use std::path::{Component, Prefix};

    match folder.components().next() {
        Some(Component::Prefix(prefix)) => match prefix.kind() {
            Prefix::UNC(..) | Prefix::VerbatimUNC(..) => Some("network share"),
            _ => None,
        },
        _ => None,
    }
}

/// Elsewhere nothing is known.
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    windows
)))]
pub(crate) fn network_kind(_folder: &Path) -> Option<&'static str> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn local_folders_are_local() {
        for folder in ["/", "/proc", "/tmp"] {
            assert_eq!(network_kind(Path::new(folder)), None, "{folder}");
        }
    }
}
