//! `cargo xtask layers`: the architecture, as absences that are checked.

mod graph;
mod rules;
mod text;

use std::fs;
use std::path::Path;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

use crate::error::Error;
use crate::report::Check;
use crate::workspace::Workspace;
use graph::Graph;
use text::File;

/// Where the sources lie that may name the driver in private modules only.
const STORES: [&str; 3] = [
    "crates/media-analysis-store/src",
    "crates/media-processing-store/src",
    "crates/media-audit/src",
];

/// Checks every rule.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Check>, Error> {
    let metadata = metadata(workspace)?;
    // The maintainers' tools look behind everything and are in no layer.
    let tools = [env!("CARGO_PKG_NAME"), "media-bench"];
    let graph = Graph::resolved(&metadata, |name| !tools.contains(&name));
    let mut checks = rules::check(&graph);

    let mut sources = Vec::new();
    for folder in STORES {
        read_below(workspace, &workspace.path(folder), &mut sources)?;
    }
    checks.push(Check::new(
        "in the stores, rusqlite is named in private modules only",
        text::check_driver(&sources),
    ));

    let mut manifests = Vec::new();
    for package in metadata.workspace_packages() {
        manifests.push(read(workspace, package.manifest_path.as_std_path())?);
    }
    checks.push(Check::new(
        "versions are pinned once, in the workspace's manifest",
        text::check_pins(&manifests),
    ));
    Ok(checks)
}

/// What cargo resolves, for every target and with every feature.
pub(crate) fn metadata(workspace: &Workspace) -> Result<Metadata, Error> {
    Ok(MetadataCommand::new()
        .manifest_path(workspace.path("Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()?)
}

fn read_below(workspace: &Workspace, folder: &Path, files: &mut Vec<File>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::io("list", folder))? {
        let path = entry.map_err(Error::io("list", folder))?.path();
        if path.is_dir() {
            read_below(workspace, &path, files)?;
        } else {
            files.push(read(workspace, &path)?);
        }
    }
    Ok(())
}

fn read(workspace: &Workspace, path: &Path) -> Result<File, Error> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    let relative = path.strip_prefix(workspace.root()).unwrap_or(path);
    Ok((relative.to_string_lossy().replace('\\', "/"), text))
}
