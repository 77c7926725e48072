//! The names that are known whatever features are on.

/// What is known of an algorithm's name, compiled in or not.
pub(crate) struct Known {
    pub(crate) name: &'static str,
    /// Length of the digest in bytes.
    pub(crate) digest_len: usize,
    /// The feature of this crate that compiles it in, if it needs one.
    pub(crate) feature: Option<&'static str>,
}

/// Every fixed-length name in Python's `hashlib.algorithms_guaranteed`, the two
/// truncated forms of SHA-512 that OpenSSL adds, and BLAKE3.
///
/// <https://docs.python.org/3/library/hashlib.html>
static KNOWN: [Known; 15] = [
    known("blake2b", 64, Some("blake2")),
    known("blake2s", 32, Some("blake2")),
    known("blake3", 32, Some("blake3")),
    known("md5", 16, None),
    known("sha1", 20, Some("sha1")),
    known("sha224", 28, Some("sha2")),
    known("sha256", 32, None),
    known("sha384", 48, Some("sha2")),
    known("sha3_224", 28, Some("sha3")),
    known("sha3_256", 32, Some("sha3")),
    known("sha3_384", 48, Some("sha3")),
    known("sha3_512", 64, Some("sha3")),
    known("sha512", 64, Some("sha2")),
    known("sha512_224", 28, Some("sha2")),
    known("sha512_256", 32, Some("sha2")),
];

const fn known(name: &'static str, digest_len: usize, feature: Option<&'static str>) -> Known {
    Known {
        name,
        digest_len,
        feature,
    }
}

/// What is known of `name`, which is in lower case.
pub(crate) const fn lookup(name: &str) -> Option<&'static Known> {
    let mut at = 0;
    while at < KNOWN.len() {
        if is_same(KNOWN[at].name.as_bytes(), name.as_bytes()) {
            return Some(&KNOWN[at]);
        }
        at += 1;
    }
    None
}

/// `==` for constant evaluation.
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    let mut at = 0;
    while at < a.len() && at < b.len() && a[at] == b[at] {
        at += 1;
    }
    at == a.len() && at == b.len()
}

/// Whether `character` may stand in an algorithm's name.
pub(crate) const fn is_name_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// Whether `name` can be written into a hash and read back unchanged.
pub(crate) const fn is_canonical_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !is_name_character(bytes[at] as char) || bytes[at].is_ascii_uppercase() {
            return false;
        }
        at += 1;
    }
    at > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_canonical_and_distinct() {
        for (at, known) in KNOWN.iter().enumerate() {
            assert!(is_canonical_name(known.name));
            assert!(KNOWN[..at].iter().all(|other| other.name < known.name));
        }
    }
}
