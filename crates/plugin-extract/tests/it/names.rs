//! Names of clips.

use plugin_extract::{CutError, clip_name};
use proptest::prelude::*;

const HASH: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

#[test]
fn a_name_tells_source_content_and_time() {
    assert_eq!(
        clip_name("Talk 1", HASH, 0.0, 3600.5).unwrap(),
        "Talk_1-0123456789ab-000000000-003600500.wav"
    );
}

#[test]
fn names_sort_by_time() {
    let times = [
        0.0, 0.5, 9.0, 10.0, 99.999, 100.0, 3600.0, 36_000.0, 90_000.0,
    ];
    let names = times.map(|start| clip_name("a", HASH, start, start + 1.0).unwrap());
    assert!(names.is_sorted());
}

#[test]
fn files_of_the_same_name_have_clips_of_different_names() {
    let other = HASH.replace("0123", "3210");
    assert_ne!(
        clip_name("a", HASH, 0.0, 1.0).unwrap(),
        clip_name("a", &other, 0.0, 1.0).unwrap()
    );
}

#[test]
fn stems_become_names_that_every_system_allows() {
    for (stem, expected) in [
        ("../../etc/passwd", "______etc_passwd"),
        ("a:b*c?d\"e<f>g|h\\i", "a_b_c_d_e_f_g_h_i"),
        ("con.1", "con_1"),
        ("-rf", "_rf"),
        ("", "clip"),
        ("tab\tand\u{0}nul", "tab_and_nul"),
        ("Grüße, 世界", "Grüße__世界"),
    ] {
        let name = clip_name(stem, HASH, 0.0, 1.0).unwrap();
        assert_eq!(
            name,
            format!("{expected}-0123456789ab-000000000-000001000.wav")
        );
    }
}

#[test]
fn upper_case_hashes_give_the_same_name() {
    let upper = HASH.to_ascii_uppercase();
    assert_eq!(
        clip_name("a", &upper, 0.0, 1.0).unwrap(),
        clip_name("a", HASH, 0.0, 1.0).unwrap()
    );
}

#[test]
fn what_is_no_hash_is_refused() {
    for text in [
        "",
        "sha256",
        "sha256:",
        "sha256:0123",
        "sha256:../../../../x",
        "0123456789abcdef",
    ] {
        match clip_name("a", text, 0.0, 1.0).unwrap_err() {
            CutError::NotAHash { text: named } => assert_eq!(named, text),
            other => panic!("{other:?}"),
        }
    }
}

proptest! {
    #[test]
    fn any_name_is_one_short_file_name(stem in ".*", start in 0.0..1e9_f64, length in 0.0..1e9_f64) {
        let name = clip_name(&stem, HASH, start, start + length).unwrap();
        prop_assert!(name.len() <= 200);
        prop_assert!(!name.contains(['/', '\\', '\0', ':']));
        prop_assert_eq!(name.matches('.').count(), 1);
        prop_assert!(!name.starts_with('-'));
        prop_assert_eq!(&clip_name(&stem, HASH, start, start + length).unwrap(), &name);
    }
}
