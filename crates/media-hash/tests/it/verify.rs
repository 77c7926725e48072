//! Fixity checks.

use std::fs;

use media_hash::{
    ContentHash, HashFileError, Md5, Sha256, Verification, VerifyError, hash_bytes, verify_file,
    verify_hash,
};
use tempfile::tempdir;

#[test]
fn by_the_algorithm_of_the_hash() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "abc").unwrap();
    for (expected, other) in [
        (hash_bytes::<Sha256>("abc"), hash_bytes::<Sha256>("abd")),
        (hash_bytes::<Md5>("abc"), hash_bytes::<Md5>("abd")),
    ] {
        assert_eq!(verify_hash("abc", &expected).unwrap(), Verification::Intact);
        assert_eq!(verify_file(&path, &expected).unwrap(), Verification::Intact);
        let changed = Verification::Changed {
            expected: other.clone(),
            actual: expected,
        };
        assert!(!changed.is_intact());
        assert_eq!(verify_hash("abc", &other).unwrap(), changed);
        assert_eq!(verify_file(&path, &other).unwrap(), changed);
    }
    let upper: ContentHash = hash_bytes::<Md5>("abc")
        .to_string()
        .to_uppercase()
        .parse()
        .unwrap();
    assert!(verify_file(&path, &upper).unwrap().is_intact());
}

#[test]
fn a_file_that_is_not_there_is_missing() {
    let folder = tempdir().unwrap();
    let expected = hash_bytes::<Sha256>("abc");
    let path = folder.path().join("none");
    assert_eq!(
        verify_file(&path, &expected).unwrap(),
        Verification::Missing
    );
    assert!(!Verification::Missing.is_intact());
    #[cfg(unix)]
    {
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(
            verify_file(&link, &expected).unwrap(),
            Verification::Missing
        );
    }
}

#[test]
fn what_cannot_be_hashed_is_an_error() {
    let folder = tempdir().unwrap();
    let error = verify_file(folder.path(), &hash_bytes::<Sha256>("")).unwrap_err();
    assert!(matches!(
        error,
        VerifyError::File(HashFileError::NotRegular { .. })
    ));
}

#[test]
fn an_unknown_algorithm_is_never_unchanged() {
    let expected: ContentHash = "xxh3:00".parse().unwrap();
    let Err(VerifyError::UnknownAlgorithm { name, path, .. }) = verify_file("none", &expected)
    else {
        panic!("xxh3 is unknown");
    };
    assert_eq!(name, "xxh3");
    assert_eq!(path.as_deref(), Some("none".as_ref()));

    let huge: ContentHash = format!("{}:00", "x".repeat(1_000_000)).parse().unwrap();
    assert!(verify_hash("", &huge).unwrap_err().to_string().len() < 400);
}

#[cfg(not(feature = "sha3"))]
#[test]
fn a_known_algorithm_names_its_feature() {
    let expected = format!("sha3_256:{}", "0".repeat(64)).parse().unwrap();
    let message = verify_file("a.wav", &expected).unwrap_err().to_string();
    assert!(message.contains(r#"feature "sha3""#), "{message}");
    assert!(message.contains(r#"file "a.wav""#), "{message}");
}
