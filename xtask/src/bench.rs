//! `cargo xtask bench`: builds the benchmarks and the command line for release,
//! and runs them. What they measure is in `xtask/bench`.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use crate::error::Error;
use crate::layers;
use crate::workspace::Workspace;

/// Whether all was measured; `arguments` are those of the benchmarks.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<bool, Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let built = Command::new(&cargo)
        .args([
            "build",
            "--release",
            "--package",
            "media-bench",
            "--package",
            "media-store",
        ])
        .current_dir(workspace.root())
        .status()
        .map_err(Error::io("run", &cargo))?;
    if !built.success() {
        return Ok(false);
    }
    let target = layers::metadata(workspace)?.target_directory;
    let program = target.join("release/media-bench");
    let measured = Command::new(&program)
        .args(arguments)
        .current_dir(workspace.root())
        .status()
        .map_err(Error::io("run", &program))?;
    Ok(measured.success())
}
