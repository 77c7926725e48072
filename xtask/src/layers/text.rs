//! Rules that no dependency graph shows, read from sources and manifests.

use crate::report::Failure;

/// A file's path, for messages, and its text.
pub(crate) type File = (String, String);

/// In a store, the driver is named in private modules only: not in `lib.rs`,
/// and in no file with an item that is visible outside.
pub(crate) fn check_driver(sources: &[File]) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (path, text) in sources {
        let code = || text.lines().enumerate().filter(|(_, line)| is_code(line));
        if !code().any(|(_, line)| names(line, "rusqlite")) {
            continue;
        }
        let root = path.ends_with("/lib.rs");
        for (number, line) in code() {
            let line = line.trim_start();
            if line.starts_with("pub ") || root && names(line, "rusqlite") {
                failures.push(Failure::new(
                    format!("{path}:{} is visible beside the driver: {line}", number + 1),
                    "make it pub(crate), or move it to a file that does not name rusqlite",
                ));
            }
        }
    }
    failures
}

fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with("//")
}

fn names(line: &str, name: &str) -> bool {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .any(|word| word == name)
}

/// Versions are pinned once, in the workspace's manifest: every dependency of
/// a member takes its own from there.
pub(crate) fn check_pins(manifests: &[File]) -> Vec<Failure> {
    let mut failures = Vec::new();
    for (path, text) in manifests {
        let mut table = "";
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.starts_with('[') && line.ends_with(']') {
                table = line.trim_matches(['[', ']']);
                if !table.contains("dependencies.") {
                    continue;
                }
            } else if !table.ends_with("dependencies")
                || line.is_empty()
                || line.starts_with('#')
                || line.contains(".workspace = true")
                || line.contains("{ workspace = true")
            {
                continue;
            }
            failures.push(Failure::new(
                format!(
                    "{path}:{} does not take the workspace's version: {line}",
                    number + 1
                ),
                "name it in [workspace.dependencies], and write NAME.workspace = true",
            ));
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn driver(path: &str, text: &str) -> usize {
        check_driver(&[(path.to_owned(), text.to_owned())]).len()
    }

    #[test]
    fn the_driver_in_a_private_module_passes() {
        let private = "use rusqlite::Row;\npub(crate) fn f(row: &Row) {}\n";
        assert_eq!(driver("s/src/sql.rs", private), 0);
        let remark = "//! Over rusqlite.\nmod sql;\npub use storage::Storage;\n";
        assert_eq!(driver("s/src/lib.rs", remark), 0);
        let other = "use media_rusqlite_like::Row;\npub fn f() {}\n";
        assert_eq!(driver("s/src/storage.rs", other), 0);
    }

    #[test]
    fn the_driver_beside_a_public_item_is_found() {
        let public = "use rusqlite::Row;\npub fn f(row: &Row) {}\n";
        assert_eq!(driver("s/src/sql.rs", public), 1);
        let method = "impl S {\n    pub fn f(row: &rusqlite::Row) {}\n}\n";
        assert_eq!(driver("s/src/storage.rs", method), 1);
        assert_eq!(driver("s/src/lib.rs", "pub use rusqlite;\n"), 1);
        assert_eq!(driver("s/src/lib.rs", "extern crate rusqlite;\n"), 1);
    }

    fn pins(manifest: &str) -> usize {
        check_pins(&[("Cargo.toml".to_owned(), manifest.to_owned())]).len()
    }

    #[test]
    fn dependencies_of_the_workspace_pass() {
        let manifest = "[package]\nname = \"a\"\n\n[features]\nx = [\"dep:b\"]\n\n[dependencies]\n\
            # Why.\na.workspace = true\nb = { workspace = true, optional = true }\n\n\
            [target.'cfg(unix)'.dependencies]\nc.workspace = true\n\n[lints]\nworkspace = true\n";
        assert_eq!(pins(manifest), 0);
    }

    #[test]
    fn a_version_of_its_own_is_found() {
        assert_eq!(pins("[dependencies]\na = \"1\"\n"), 1);
        assert_eq!(pins("[dev-dependencies]\na = { version = \"1\" }\n"), 1);
        assert_eq!(pins("[target.'cfg(unix)'.dependencies]\na = \"1\"\n"), 1);
        assert_eq!(pins("[dependencies.a]\nversion = \"1\"\n"), 1);
    }
}
