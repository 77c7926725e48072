//! Writes canonical JSON piece by piece.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::Write;

use super::key::compare_keys;
use super::number::{Float, push_float};
use super::{MAX_DEPTH, MAX_LEN};
use crate::excerpt::excerpt;

/// Canonical JSON text in the making.
///
/// Members are written as they come. An object whose keys did not come in
/// order is put in order when it ends, by moving the text of its members.
#[derive(Default)]
pub(super) struct Writer {
    /// All ASCII. As bytes, so that it is looked through for UTF-8 once, at the
    /// end, and not number by number.
    out: Vec<u8>,
    open: Vec<Container>,
    /// The members of all open objects, those of the innermost last.
    members: Vec<Member>,
    scratch: Vec<u8>,
}

enum Container {
    Array {
        len: usize,
    },
    Object {
        /// Where in `members` those of this object begin.
        first: usize,
        key_start: usize,
        /// Whether each key so far is greater than the one before.
        sorted: bool,
    },
}

/// A written member. It ends at the comma before the next one's start.
#[derive(Clone, Copy)]
struct Member {
    /// Where its key's opening quote is.
    start: usize,
    /// Where its colon is.
    colon: usize,
}

impl Writer {
    pub(super) fn with_capacity(len: usize) -> Self {
        Self {
            out: Vec::with_capacity(len),
            ..Self::default()
        }
    }

    /// The finished text, if it is not too long.
    pub(super) fn finish(self) -> Option<String> {
        if self.out.len() > MAX_LEN {
            return None;
        }
        // Never fails: ASCII is UTF-8.
        String::from_utf8(self.out).ok()
    }

    /// Whether `len` more bytes fit.
    pub(super) fn has_room_for(&self, len: usize) -> bool {
        self.out.len().saturating_add(len) <= MAX_LEN
    }

    /// Whether one more array or object may be opened.
    pub(super) fn may_nest(&self) -> bool {
        self.open.len() < MAX_DEPTH
    }

    /// Where the writer stands, as a path from the root.
    pub(super) fn path(&self) -> String {
        let mut path = String::from("$");
        let mut members_end = self.members.len();
        let mut steps = Vec::new();
        for container in self.open.iter().rev() {
            match *container {
                Container::Array { len } => steps.push(format!("[{}]", len.saturating_sub(1))),
                Container::Object { first, .. } => {
                    if let Some(member) = self.members[first..members_end].last() {
                        steps.push(format!(".{}", self.key(*member)));
                    }
                    members_end = first;
                }
            }
        }
        path.extend(steps.into_iter().rev());
        excerpt(&path)
    }

    pub(super) fn begin_array(&mut self) {
        self.out.push(b'[');
        self.open.push(Container::Array { len: 0 });
    }

    /// Comes before each element of an array.
    pub(super) fn begin_element(&mut self) {
        if let Some(Container::Array { len }) = self.open.last_mut() {
            *len += 1;
            if *len > 1 {
                self.out.push(b',');
            }
        }
    }

    pub(super) fn end_array(&mut self) {
        self.open.pop();
        self.out.push(b']');
    }

    pub(super) fn begin_object(&mut self) {
        self.out.push(b'{');
        self.open.push(Container::Object {
            first: self.members.len(),
            key_start: 0,
            sorted: true,
        });
    }

    /// Comes before each key of an object.
    pub(super) fn begin_key(&mut self) {
        if let Some(Container::Object {
            first, key_start, ..
        }) = self.open.last_mut()
        {
            if self.members.len() > *first {
                self.out.push(b',');
            }
            *key_start = self.out.len();
        }
    }

    /// Comes after each key of an object, which is one string.
    pub(super) fn end_key(&mut self) {
        let Some(Container::Object {
            first,
            key_start,
            sorted,
        }) = self.open.last_mut()
        else {
            return;
        };
        let member = Member {
            start: *key_start,
            colon: self.out.len(),
        };
        if *sorted && let Some(last) = self.members[*first..].last() {
            *sorted = compare(&self.out, *last, member).is_lt();
        }
        self.members.push(member);
        self.out.push(b':');
    }

    pub(super) fn end_object(&mut self) {
        if let Some(Container::Object { first, sorted, .. }) = self.open.pop() {
            if !sorted {
                self.sort_members(first);
            }
            self.members.truncate(first);
        }
        self.out.push(b'}');
    }

    /// Puts the members of the innermost object in the order of their keys. Of
    /// members with one key, the last stays, as in Python.
    fn sort_members(&mut self, first: usize) {
        let members = &self.members[first..];
        let object_start = members[0].start;
        let mut ends: Vec<_> = members[1..].iter().map(|next| next.start - 1).collect();
        ends.push(self.out.len());
        let mut order: Vec<_> = members.iter().copied().zip(ends).collect();
        order.sort_by(|(a, _), (b, _)| compare(&self.out, *a, *b));

        self.scratch.clear();
        for (at, (member, end)) in order.iter().enumerate() {
            if let Some((next, _)) = order.get(at + 1)
                && compare(&self.out, *member, *next).is_eq()
            {
                continue;
            }
            if !self.scratch.is_empty() {
                self.scratch.push(b',');
            }
            self.scratch
                .extend_from_slice(&self.out[member.start..*end]);
        }
        self.out.truncate(object_start);
        self.out.extend_from_slice(&self.scratch);
    }

    fn key(&self, member: Member) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.out[member.start + 1..member.colon - 1])
    }

    /// Writes text that is canonical already.
    pub(super) fn push(&mut self, canonical: &str) {
        self.out.extend_from_slice(canonical.as_bytes());
    }

    pub(super) fn push_integer(&mut self, integer: impl std::fmt::Display) {
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "{integer}");
    }

    pub(super) fn push_float(&mut self, finite: impl Float) {
        push_float(&mut self.out, finite);
    }

    pub(super) fn push_string(&mut self, text: &str) {
        self.out.push(b'"');
        self.push_chars(text);
        self.out.push(b'"');
    }

    /// Writes what stands between the quotes of a string.
    pub(super) fn push_chars(&mut self, text: &str) {
        let mut rest = text;
        while let Some(plain_len) = rest.bytes().position(|byte| !is_plain(byte)) {
            let (plain, other) = rest.split_at(plain_len);
            self.out.extend_from_slice(plain.as_bytes());
            let mut chars = other.chars();
            if let Some(character) = chars.next() {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    self.push_unit(*unit);
                }
            }
            rest = chars.as_str();
        }
        self.out.extend_from_slice(rest.as_bytes());
    }

    /// Writes one UTF-16 code unit of a string. A character beyond the basic
    /// plane is written as its two surrogates, and a lone surrogate as itself.
    pub(super) fn push_unit(&mut self, unit: u16) {
        match u8::try_from(unit) {
            Ok(b'"') => self.out.extend_from_slice(b"\\\""),
            Ok(b'\\') => self.out.extend_from_slice(b"\\\\"),
            Ok(b'\n') => self.out.extend_from_slice(b"\\n"),
            Ok(b'\r') => self.out.extend_from_slice(b"\\r"),
            Ok(b'\t') => self.out.extend_from_slice(b"\\t"),
            Ok(0x0c) => self.out.extend_from_slice(b"\\f"),
            Ok(0x08) => self.out.extend_from_slice(b"\\b"),
            Ok(byte) if is_plain(byte) => self.out.push(byte),
            _ => {
                self.out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    let digit = HEX[usize::from(unit >> shift & 0xf)];
                    self.out.push(digit);
                }
            }
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Whether a byte of a string stands for itself.
fn is_plain(byte: u8) -> bool {
    PLAIN[usize::from(byte)]
}

/// One look-up instead of four comparisons: it is asked of every byte.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        plain[byte as usize] = byte != b'"' && byte != b'\\';
        byte += 1;
    }
    plain
};

fn compare(out: &[u8], a: Member, b: Member) -> Ordering {
    compare_keys(
        &out[a.start + 1..a.colon - 1],
        &out[b.start + 1..b.colon - 1],
    )
}
