//! Texts as a statement gets them.

/// About the most bytes of text that a statement gets at once: a quarter of a
/// million hashes.
const ARRAY: usize = 16 << 20;

/// Where to part a list, so that the texts of no part are much longer than a
/// statement takes. An empty list has no part.
pub(crate) fn parts<T>(list: &[T], length: impl Fn(&T) -> usize) -> Vec<&[T]> {
    let mut parts = Vec::new();
    let (mut first, mut bytes) = (0, 0);
    for (index, text) in list.iter().enumerate() {
        if bytes > ARRAY {
            parts.push(&list[first..index]);
            (first, bytes) = (index, 0);
        }
        bytes += length(text);
    }
    if first < list.len() {
        parts.push(&list[first..]);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_bounded_length_hold_everything_once() {
        let list: Vec<usize> = (0..17).collect();
        let parts = parts(&list, |_| ARRAY / 5);
        assert_eq!(parts.len(), 3);
        assert_eq!(parts.concat(), list);
        assert!(super::parts(&list[..0], |_| 1).is_empty());
    }
}
