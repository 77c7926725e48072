//! Names for clips.

use crate::CutError;

/// Longest part of the source's name kept, in bytes, so that the whole stays below the 255 bytes
/// that file systems allow.
const LONGEST_STEM: usize = 120;

/// Digits of the content hash in a name.
const HASH_DIGITS: usize = 12;

/// The name of the clip from `start` to `end` (seconds) of a file: `STEM-HASH-START-END.wav`, times
/// in milliseconds.
///
/// `stem` is the name of the source without its extension; what not every file system allows in a
/// name becomes `_`, and it is shortened where it is long. `content_hash` is the hash of the
/// source's content as `algo:hexdigest`; its first digits keep clips of files with the same name
/// apart. The same source and range have the same name every time, and names sort by time.
///
/// ```
/// # fn main() -> Result<(), plugin_extract::CutError> {
/// let name = plugin_extract::clip_name("talk", "sha256:1f0c2a9b33de9d4e", 12.34, 15.67)?;
/// assert_eq!(name, "talk-1f0c2a9b33de-000012340-000015670.wav");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`CutError::NotAHash`] if `content_hash` has fewer than 12 hexadecimal digits after its colon.
pub fn clip_name(stem: &str, content_hash: &str, start: f64, end: f64) -> Result<String, CutError> {
    let digits = content_hash.split_once(':').map(|(_, digits)| digits);
    let hash = digits
        .and_then(|digits| digits.get(..HASH_DIGITS))
        .filter(|hash| hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .ok_or_else(|| CutError::NotAHash {
            text: content_hash.to_owned(),
        })?
        .to_ascii_lowercase();
    let (start, end) = (milliseconds(start), milliseconds(end));
    Ok(format!("{}-{hash}-{start:09}-{end:09}.wav", sanitise(stem)))
}

fn milliseconds(seconds: f64) -> u64 {
    media_audio::frames_at(seconds, 1000)
}

/// Letters, digits, `-` and `_` of any script; a dot would make Windows take `con.1` for a device.
fn sanitise(stem: &str) -> String {
    let mut name = String::new();
    for letter in stem.chars() {
        let keep = letter.is_alphanumeric() || letter == '_' || letter == '-';
        let letter = if keep { letter } else { '_' };
        if name.len() + letter.len_utf8() > LONGEST_STEM {
            break;
        }
        // A name that begins with a dash looks like an option to other programs.
        name.push(if name.is_empty() && letter == '-' {
            '_'
        } else {
            letter
        });
    }
    if name.is_empty() {
        "clip".to_owned()
    } else {
        name
    }
}
