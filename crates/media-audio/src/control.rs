//! How a caller watches and stops a long decode.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far decoding has come.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// Audio decoded so far, in seconds.
    pub seconds: f64,
    /// All there is, in seconds, if the container says; may be an estimate.
    pub total: Option<f64>,
}

/// How to run a decode: whether damage is allowed, who watches, who may stop it.
///
/// The default refuses damaged files, reports to nobody and cannot be stopped. None of this
/// changes what is decoded from an intact file.
///
/// ```
/// use std::sync::atomic::AtomicBool;
/// use media_audio::Control;
///
/// let stop = AtomicBool::new(false);
/// let mut show = |progress: media_audio::Progress| { let _ = progress.seconds; };
/// let control =
///     Control { cancel: Some(&stop), progress: Some(&mut show), ..Control::default() };
/// assert!(!control.allow_damage);
/// ```
#[derive(Default)]
pub struct Control<'a> {
    /// Whether to go on when something cannot be decoded. Default: no, the first damage found is
    /// an error.
    pub allow_damage: bool,
    /// Stops the decode with an error once it is true.
    pub cancel: Option<&'a AtomicBool>,
    /// Called about once per second of audio.
    pub progress: Option<&'a mut dyn FnMut(Progress)>,
}

impl Control<'_> {
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("allow_damage", &self.allow_damage)
            .field("cancel", &self.cancel)
            .field("progress", &self.progress.is_some())
            .finish()
    }
}
