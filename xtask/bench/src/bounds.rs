//! What keeps a goal from being met, for whoever reads that it is missed.

/// By the title of the topic. Found by counting instructions and system calls.
const BOUNDS: &[(&str, &str)] = &[
    (
        "Cache hit, row not parsed",
        "The table does not fit into SQLite's page cache, so a hit reads two or three pages from \
         the system; a `stat` of the database tells a deleted one.",
    ),
    (
        "Cache hit, ranges as typed structs",
        "The hit itself, and a `String` for each label.",
    ),
    (
        "Save",
        "BEGIN IMMEDIATE and COMMIT are statements of their own, where the plain insert is its \
         own transaction; a `stat` after the commit tells a database that was deleted.",
    ),
    (
        "Hit, miss and save as the table grows",
        "Pages: a look-up among 10 million rows reads the leaf of an index and of the table from \
         the system, at places that no cache holds, and a save those of five indexes. Memory maps \
         are ruled out, since a damaged disk would end the process.",
    ),
    (
        "Silence plugin",
        "Decoding WAV is little more than a copy, and every sample has to be squared.",
    ),
];

pub(crate) fn bound(title: &str) -> Option<&'static str> {
    BOUNDS
        .iter()
        .find(|(topic, _)| *topic == title)
        .map(|(_, bound)| *bound)
}
