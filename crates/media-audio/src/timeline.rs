//! Where a decoded packet belongs in time, and which of its frames are heard.

use std::ops::Range;

use symphonia::core::units::TimeBase;

/// Which part of a track is meant to be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    /// From time 0 (packets of encoder delay lie before it) to the last packet.
    Whole,
    /// From `start` up to `end`, in ticks of the track.
    Piece { start: i64, end: Option<i64> },
    /// From time 0, without the `padding` frames after the first `frames`. What follows the
    /// padding is heard again: MP3 files are joined by simply appending one to another.
    Padded { frames: i64, padding: i64 },
}

/// How precise the time stamps of a container are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// They count frames.
    Frames,
    /// They are rounded, or come from a clock.
    Rounded,
}

/// What to do with a decoded packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Frames of silence to put before it, where audio is missing.
    pub(crate) silence: u64,
    /// Those of its frames that are heard.
    pub(crate) keep: Range<usize>,
}

/// A jump ahead by more than this many seconds is a broken time stamp, not missing audio.
const LONGEST_GAP: i64 = 3600;

/// Follows the packets of one track. Positions inside are frames on the track's own clock.
#[derive(Debug)]
pub(crate) struct Timeline {
    time_base: TimeBase,
    window: Window,
    precision: Precision,
    /// First frame heard; known from the first packet on.
    origin: Option<i64>,
    /// Where the next packet is expected.
    next: Option<i64>,
    after_skip: bool,
}

impl Timeline {
    pub(crate) fn new(time_base: TimeBase, window: Window, precision: Precision) -> Self {
        Self {
            time_base,
            window,
            precision,
            origin: None,
            next: None,
            after_skip: false,
        }
    }

    /// Notes that a packet was skipped, so that a short gap before the next one is a loss.
    pub(crate) fn skipped(&mut self) {
        self.after_skip = true;
    }

    /// Whether the part that is meant to be heard is over, for now or for good.
    pub(crate) fn is_past_window(&self, rate: u32) -> bool {
        self.next
            .is_some_and(|next| next >= self.silent_part(rate).start)
    }

    /// Whether nothing more will be heard.
    pub(crate) fn is_over(&self, rate: u32) -> bool {
        matches!(self.window, Window::Piece { .. }) && self.is_past_window(rate)
    }

    /// Places a packet of `frames` decoded frames that begins at `ticks` and ends in `padding`
    /// frames that the container marks as not to be heard. `None` if its time stamp is too far ahead
    /// to be believed.
    pub(crate) fn place(
        &mut self,
        ticks: i64,
        frames: usize,
        padding: u64,
        rate: u32,
    ) -> Option<Placed> {
        let stamp = self.to_frames(ticks, rate);
        let origin = *self.origin.get_or_insert_with(|| match self.window {
            Window::Piece { start, .. } => to_frames(self.time_base, start, rate),
            Window::Whole | Window::Padded { .. } => stamp.max(0),
        });
        let next = self.next.unwrap_or(stamp);
        let gap = stamp.saturating_sub(next);
        if gap > LONGEST_GAP.saturating_mul(i64::from(rate)) {
            return None;
        }
        // Time stamps never move a packet back: several may share one where packets are laced
        // together, and rounding makes them tremble.
        let start = stamp.max(next);
        let silent = self.silent_part(rate);
        let silence = if gap > self.tolerance(rate) {
            let from = next.max(origin);
            start.min(silent.start.max(from)).saturating_sub(from)
        } else {
            0
        };
        self.after_skip = false;

        let length = i64::try_from(frames).unwrap_or(i64::MAX);
        let mut first = origin.saturating_sub(start);
        let mut end = length.saturating_sub(i64::try_from(padding).unwrap_or(i64::MAX));
        if start < silent.start {
            end = end.min(silent.start.saturating_sub(start));
        } else if start < silent.end {
            first = first.max(silent.end.saturating_sub(start));
        }
        self.next = Some(start.saturating_add(length));

        let within = |frame: i64| usize::try_from(frame.clamp(0, length)).unwrap_or(0);
        let end = within(end);
        Some(Placed {
            silence: u64::try_from(silence).unwrap_or(0),
            keep: within(first).min(end)..end,
        })
    }

    fn silent_part(&self, rate: u32) -> Range<i64> {
        match self.window {
            Window::Piece { end: Some(end), .. } => self.to_frames(end, rate)..i64::MAX,
            Window::Padded { frames, padding } => frames..frames.saturating_add(padding),
            Window::Whole | Window::Piece { end: None, .. } => i64::MAX..i64::MAX,
        }
    }

    fn tolerance(&self, rate: u32) -> i64 {
        let rate = i64::from(rate);
        match (self.precision, self.after_skip) {
            (Precision::Rounded, false) => rate / 10,
            (Precision::Rounded, true) | (Precision::Frames, _) => rate / 500,
        }
    }

    fn to_frames(&self, ticks: i64, rate: u32) -> i64 {
        to_frames(self.time_base, ticks, rate)
    }
}

/// Ticks of a time base to the nearest frame.
pub(crate) fn to_frames(time_base: TimeBase, ticks: i64, rate: u32) -> i64 {
    let numer = i128::from(time_base.numer.get()) * i128::from(rate);
    let denom = i128::from(time_base.denom.get());
    // At most 64 + 32 + 32 bits: cannot overflow.
    let frames = (i128::from(ticks) * numer + denom / 2).div_euclid(denom);
    i64::try_from(frames).unwrap_or(if ticks < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(window: Window) -> Timeline {
        Timeline::new(
            TimeBase::try_from_recip(48_000).unwrap(),
            window,
            Precision::Frames,
        )
    }

    fn millis(window: Window) -> Timeline {
        Timeline::new(
            TimeBase::try_from_recip(1000).unwrap(),
            window,
            Precision::Rounded,
        )
    }

    /// The frames kept of a packet that follows its predecessor without a gap.
    fn kept(placed: Option<Placed>) -> Range<usize> {
        let placed = placed.unwrap();
        assert_eq!(placed.silence, 0);
        placed.keep
    }

    #[test]
    fn delay_before_time_zero_is_not_heard() {
        let mut line = frames(Window::Whole);
        assert_eq!(kept(line.place(-1105, 1152, 0, 48_000)), 1105..1152);
        assert_eq!(kept(line.place(47, 1152, 0, 48_000)), 0..1152);
        assert_eq!(kept(line.place(1199, 1152, 875, 48_000)), 0..277);
    }

    #[test]
    fn a_first_packet_after_time_zero_is_frame_zero() {
        let mut line = frames(Window::Whole);
        assert_eq!(kept(line.place(9_000_000, 1024, 0, 48_000)), 0..1024);
        assert_eq!(kept(line.place(9_001_024, 1024, 0, 48_000)), 0..1024);
    }

    #[test]
    fn a_piece_begins_and_ends_inside_packets() {
        let mut line = frames(Window::Piece {
            start: 1124,
            end: Some(2500),
        });
        assert_eq!(kept(line.place(0, 1024, 0, 48_000)), 1024..1024);
        assert_eq!(kept(line.place(1024, 1024, 0, 48_000)), 100..1024);
        assert!(!line.is_over(48_000));
        assert_eq!(kept(line.place(2048, 1024, 0, 48_000)), 0..452);
        assert!(line.is_over(48_000));
    }

    #[test]
    fn what_follows_the_padding_is_heard() {
        let mut line = frames(Window::Padded {
            frames: 1000,
            padding: 1304,
        });
        assert_eq!(kept(line.place(0, 1152, 0, 48_000)), 0..1000);
        assert_eq!(kept(line.place(1152, 1152, 0, 48_000)), 1152..1152);
        assert!(line.is_past_window(48_000) && !line.is_over(48_000));
        assert_eq!(kept(line.place(2304, 1152, 0, 48_000)), 0..1152);
    }

    #[test]
    fn a_gap_becomes_silence_of_its_length() {
        let mut line = frames(Window::Whole);
        assert_eq!(kept(line.place(0, 4096, 0, 48_000)), 0..4096);
        assert_eq!(
            line.place(8192, 4096, 0, 48_000),
            Some(Placed {
                silence: 4096,
                keep: 0..4096
            })
        );
        assert_eq!(kept(line.place(12_288, 4096, 0, 48_000)), 0..4096);
    }

    #[test]
    fn rounded_stamps_may_tremble_and_drift() {
        let mut line = millis(Window::Whole);
        for packet in 0..1000 {
            // 1024 frames last 21.33 ms; this clock runs a millisecond fast every packet.
            assert_eq!(kept(line.place(packet * 22, 1024, 0, 48_000)), 0..1024);
        }
    }

    #[test]
    fn laced_packets_share_a_stamp() {
        let mut line = millis(Window::Whole);
        for packet in 0..64 {
            assert_eq!(kept(line.place(packet / 8 * 171, 1024, 0, 48_000)), 0..1024);
        }
    }

    #[test]
    fn a_skipped_packet_is_replaced_even_where_stamps_are_rounded() {
        let mut line = millis(Window::Whole);
        assert_eq!(kept(line.place(0, 1024, 0, 48_000)), 0..1024);
        line.skipped();
        assert_eq!(
            line.place(43, 1024, 0, 48_000),
            Some(Placed {
                silence: 43 * 48 - 1024,
                keep: 0..1024
            })
        );
    }

    #[test]
    fn an_impossible_stamp_does_not_move_the_clock() {
        let mut line = millis(Window::Whole);
        assert_eq!(kept(line.place(0, 1024, 0, 48_000)), 0..1024);
        assert_eq!(line.place(i64::MAX, 1024, 0, 48_000), None);
        assert_eq!(kept(line.place(21, 1024, 0, 48_000)), 0..1024);
    }

    #[test]
    fn ticks_round_to_the_nearest_frame() {
        let base = TimeBase::try_from_recip(1000).unwrap();
        assert_eq!(to_frames(base, 1, 44_100), 44);
        assert_eq!(to_frames(base, -1, 44_100), -44);
        assert_eq!(to_frames(base, i64::MAX, 44_100), i64::MAX);
        assert_eq!(to_frames(base, i64::MIN, 44_100), i64::MIN);
    }
}
