//! A rule that no dependency graph shows, read from manifests.

use crate::report::Failure;

/// A file's path, for messages, and its text.
pub(crate) type File = (String, String);

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
