//! How far long work has come: a bar on a terminal, nothing elsewhere.

use std::fmt;

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Bytes, or rows, done of those to do.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// A bar on standard error if that is a terminal, and not `quiet`.
    pub(crate) fn new(quiet: bool) -> Self {
        Self::with_template(
            quiet,
            "{wide_bar} {bytes:>11} of {total_bytes} {bytes_per_sec:>13} {eta:>4} left",
        )
    }

    /// Likewise, with the number of files.
    pub(crate) fn of_files(quiet: bool) -> Self {
        Self::with_template(
            quiet,
            "{wide_bar} {msg} {bytes:>10} of {total_bytes} {bytes_per_sec} {eta:>3} left",
        )
    }

    /// Likewise, of rows.
    pub(crate) fn of_rows(quiet: bool) -> Self {
        Self::with_template(
            quiet,
            "{wide_bar} {human_pos:>11} of {human_len} rows {rate:>11} {eta:>4} left",
        )
    }

    fn with_template(quiet: bool, template: &str) -> Self {
        let target = if quiet {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let style = ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("rate", rate)
            .progress_chars("━╸ ");
        Self(ProgressBar::with_draw_target(Some(0), target).with_style(style))
    }

    /// Whether anybody sees it: if not, nobody needs to know the total.
    pub(crate) fn is_visible(&self) -> bool {
        !self.0.is_hidden()
    }

    pub(crate) fn set_total(&self, bytes: u64) {
        self.0.set_length(bytes);
    }

    pub(crate) fn set_done(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    /// How much of the total is done, from 0 to 1.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "for a bar on a screen"
    )]
    pub(crate) fn set_fraction(&self, fraction: f64) {
        let total = self.0.length().unwrap_or(0);
        self.set_done((total as f64 * fraction.clamp(0.0, 1.0)) as u64);
    }

    /// How far an audit has come. It may be ahead of the counting.
    pub(crate) fn show(&self, now: media_audit::Progress) {
        self.set_total(now.bytes_total.max(now.bytes_done));
        let total = now.files_total.max(now.files_done);
        self.0
            .set_message(format!("{}/{total} files", now.files_done));
        self.set_done(now.bytes_done);
    }

    pub(crate) fn advance(&self, bytes: u64) {
        self.0.inc(bytes);
    }

    /// Runs what writes to the terminal, with the bar out of its way.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }

    /// Takes the bar off the screen for good.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}

/// Rows in a second, without the digits behind the point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "for a bar on a screen"
)]
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    // If it cannot be shown, it is left out.
    let _ = write!(out, "{}/s", HumanCount(state.per_sec() as u64));
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}
