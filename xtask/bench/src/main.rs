//! The benchmarks: see `cargo xtask bench --help`.

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    media_bench::main()
}

#[cfg(not(unix))]
#[expect(clippy::print_stderr, reason = "there is nothing else to do")]
fn main() -> std::process::ExitCode {
    eprintln!("error: processor time is measured on Unix only");
    std::process::ExitCode::from(2)
}
