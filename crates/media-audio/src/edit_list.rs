//! The MP4 edit list: which part of a track is meant to be heard.
//!
//! AAC encoders begin with frames of delay and end with padding, and an MP4 file says so in an
//! `elst` box (ISO/IEC 14496-12, 8.6.6). The demuxer in use does not apply it, so it is read here:
//! a few box headers, before decoding begins.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

/// What the edit list of one track asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    /// One piece of the track: from `start`, up to `end` if there is one, in ticks of the track's
    /// own time scale.
    Piece { start: u64, end: Option<u64> },
    /// Several pieces, or another speed than 1.
    Unsupported,
}

/// The edit of each track that has one, by track id. Empty for anything but an MP4 file.
///
/// A structure that makes no sense ends the search quietly: the demuxer reads the same boxes next
/// and reports what is wrong with them.
pub(crate) fn read_edits(file: &mut File) -> io::Result<Vec<(u32, Edit)>> {
    let mut edits = Vec::new();
    let mut brand = [0; 8];
    let read = read_up_to(file, 0, &mut brand)?;
    if read == 8 && &brand[4..] == b"ftyp" {
        let length = file.seek(SeekFrom::End(0))?;
        let mut position = 0;
        while let Some(found) = next_box(file, position, length)? {
            if &found.kind == b"moov" {
                read_movie(file, &found, &mut edits)?;
                break;
            }
            position = found.end;
        }
    }
    file.rewind()?;
    Ok(edits)
}

/// Longest `elst` box read: 4,000 entries, where more than one is already unsupported.
const LONGEST_EDIT_LIST: u64 = 80_000;

struct Mp4Box {
    kind: [u8; 4],
    body: u64,
    end: u64,
}

fn next_box(file: &mut File, position: u64, limit: u64) -> io::Result<Option<Mp4Box>> {
    let mut header = [0; 16];
    let read = read_up_to(file, position, &mut header)?;
    let (Some(size), Some(kind)) = (be32(&header, 0), header[4..].first_chunk::<4>()) else {
        return Ok(None);
    };
    let (header_length, size) = match size {
        0 => (8, limit.saturating_sub(position)),
        1 => (16, be64(&header, 8).unwrap_or(0)),
        size => (8, u64::from(size)),
    };
    let body = position.saturating_add(header_length as u64);
    let end = position.saturating_add(size).min(limit);
    // The header itself may reach beyond the box around it.
    if read < header_length || end < body {
        return Ok(None);
    }
    Ok(Some(Mp4Box {
        kind: *kind,
        body,
        end,
    }))
}

fn read_movie(file: &mut File, movie: &Mp4Box, edits: &mut Vec<(u32, Edit)>) -> io::Result<()> {
    let mut movie_scale = 0;
    let mut position = movie.body;
    while let Some(found) = next_box(file, position, movie.end)? {
        match &found.kind {
            b"mvhd" => movie_scale = read_time_scale(file, &found)?.unwrap_or(0),
            b"trak" => edits.extend(read_track(file, &found, movie_scale)?),
            _ => {}
        }
        position = found.end;
    }
    Ok(())
}

fn read_track(
    file: &mut File,
    track: &Mp4Box,
    movie_scale: u32,
) -> io::Result<Option<(u32, Edit)>> {
    let (mut id, mut scale, mut list) = (None, None, None);
    let mut position = track.body;
    while let Some(found) = next_box(file, position, track.end)? {
        match &found.kind {
            b"tkhd" => {
                let body = read_body(file, &found, 32)?;
                // Version 1 has 64-bit creation and modification times before the id.
                let offset = if body.first() == Some(&1) { 20 } else { 12 };
                id = be32(&body, offset);
            }
            b"edts" => {
                if let Some(elst) = find_child(file, &found, *b"elst")? {
                    list = Some(read_body(file, &elst, LONGEST_EDIT_LIST)?);
                }
            }
            b"mdia" => {
                if let Some(header) = find_child(file, &found, *b"mdhd")? {
                    scale = read_time_scale(file, &header)?;
                }
            }
            _ => {}
        }
        position = found.end;
    }
    let (Some(id), Some(scale), Some(list)) = (id, scale, list) else {
        return Ok(None);
    };
    Ok(parse_edit_list(&list, scale, movie_scale).map(|edit| (id, edit)))
}

/// `None` where the list asks for nothing that matters here.
fn parse_edit_list(list: &[u8], scale: u32, movie_scale: u32) -> Option<Edit> {
    let wide = list.first() == Some(&1);
    let count = be32(list, 4)?;
    let mut piece = None;
    for index in 0..usize::try_from(count).ok()? {
        let (duration, start, speed_offset) = if wide {
            let entry = 8 + index * 20;
            (
                be64(list, entry)?,
                be64(list, entry + 8)?.cast_signed(),
                entry + 16,
            )
        } else {
            let entry = 8 + index * 12;
            let start = be32(list, entry + 4)?.cast_signed();
            (u64::from(be32(list, entry)?), i64::from(start), entry + 8)
        };
        // A negative start is a pause before the track begins; positions count from its first
        // audible frame, so that it does not matter.
        let Ok(start) = u64::try_from(start) else {
            continue;
        };
        if piece.is_some() || be32(list, speed_offset)? != 0x0001_0000 {
            return Some(Edit::Unsupported);
        }
        // Duration 0 means "to the end" (fragmented files). Other durations are in ticks of the
        // whole movie, usually milliseconds, and round up rather than cut audio off.
        let end = (duration > 0 && movie_scale > 0).then(|| {
            let ticks =
                (u128::from(duration) * u128::from(scale)).div_ceil(u128::from(movie_scale));
            start.saturating_add(u64::try_from(ticks).unwrap_or(u64::MAX))
        });
        piece = Some(Edit::Piece { start, end });
    }
    piece
}

fn find_child(file: &mut File, parent: &Mp4Box, kind: [u8; 4]) -> io::Result<Option<Mp4Box>> {
    let mut position = parent.body;
    while let Some(found) = next_box(file, position, parent.end)? {
        if found.kind == kind {
            return Ok(Some(found));
        }
        position = found.end;
    }
    Ok(None)
}

/// The time scale field, which `mvhd` and `mdhd` have in the same place.
fn read_time_scale(file: &mut File, header: &Mp4Box) -> io::Result<Option<u32>> {
    let body = read_body(file, header, 32)?;
    let offset = if body.first() == Some(&1) { 20 } else { 12 };
    Ok(be32(&body, offset))
}

fn read_body(file: &mut File, from: &Mp4Box, limit: u64) -> io::Result<Vec<u8>> {
    let length = (from.end - from.body).min(limit);
    let mut body = vec![0; usize::try_from(length).unwrap_or(0)];
    let read = read_up_to(file, from.body, &mut body)?;
    body.truncate(read);
    Ok(body)
}

fn read_up_to(file: &mut File, position: u64, buffer: &mut [u8]) -> io::Result<usize> {
    file.seek(SeekFrom::Start(position))?;
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn be32(bytes: &[u8], offset: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(offset..)?.first_chunk()?))
}

fn be64(bytes: &[u8], offset: usize) -> Option<u64> {
    Some(u64::from_be_bytes(*bytes.get(offset..)?.first_chunk()?))
}
