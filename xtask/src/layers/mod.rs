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

/// Checks every rule.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<Check>, Error> {
    let metadata = metadata(workspace)?;
    // The maintainers' tools look behind everything and are in no layer.
    let tools = [env!("CARGO_PKG_NAME"), "media-bench"];
    let graph = Graph::resolved(&metadata, |name| !tools.contains(&name));
    let mut checks = rules::check(&graph);

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

fn read(workspace: &Workspace, path: &Path) -> Result<File, Error> {
    let text = fs::read_to_string(path).map_err(Error::io("read", path))?;
    let relative = path.strip_prefix(workspace.root()).unwrap_or(path);
    Ok((relative.to_string_lossy().replace('\\', "/"), text))
}
