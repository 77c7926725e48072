//! Algorithms by name, and those that a plugin brings.

use media_hash::{
    Algorithm, DynAlgorithm, FileHasher, RegisterError, Registry, Sha256, VerifyError, hash_bytes,
    hash_reader, verify_file_with, verify_hash, verify_hash_with,
};

struct Md4;

impl Algorithm for Md4 {
    const NAME: &'static str = "md4";
    type Hasher = md4::Md4;
}

#[test]
fn a_plugin_brings_its_own() {
    let mut registry = Registry::default();
    registry.register::<Md4>().unwrap();
    assert!(registry.names().any(|name| name == "md4"));
    assert!(Registry::builtin().get("md4").is_none());

    // From RFC 1320.
    let expected = "md4:a448017aaf21d8525fc10ae87aa6729d".parse().unwrap();
    assert_eq!(hash_bytes::<Md4>("abc"), expected);
    assert_eq!(hash_reader::<Md4>(&b"abc"[..]).unwrap(), expected);
    assert!(
        verify_hash_with(&registry, "abc", &expected)
            .unwrap()
            .is_intact()
    );
    assert!(
        !verify_hash_with(&registry, "abd", &expected)
            .unwrap()
            .is_intact()
    );

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("abc");
    std::fs::write(&path, "abc").unwrap();
    assert!(
        verify_file_with(&registry, &path, &expected)
            .unwrap()
            .is_intact()
    );
    let algorithms = [registry.get("md4").unwrap(), DynAlgorithm::of::<Sha256>()];
    let file = FileHasher::new(&algorithms).hash(&path).unwrap();
    assert_eq!(file.hashes, [expected.clone(), hash_bytes::<Sha256>("abc")]);

    let Err(error) = verify_hash("abc", &expected) else {
        panic!("md4 is not built in");
    };
    assert!(
        matches!(&error, VerifyError::UnknownAlgorithm { name, path: None, .. } if name == "md4")
    );
    assert!(error.to_string().contains("Registry::register"), "{error}");
}

#[test]
fn names_are_unique_and_valid() {
    struct Impostor;
    impl Algorithm for Impostor {
        const NAME: &'static str = "sha256";
        type Hasher = md4::Md4;
    }
    struct Again;
    impl Algorithm for Again {
        const NAME: &'static str = "sha256";
        type Hasher = sha2::Sha256;
    }
    struct Upper;
    impl Algorithm for Upper {
        const NAME: &'static str = "MD4";
        type Hasher = md4::Md4;
    }
    struct Colon;
    impl Algorithm for Colon {
        const NAME: &'static str = "md4:";
        type Hasher = md4::Md4;
    }
    struct Empty;
    impl Algorithm for Empty {
        const NAME: &'static str = "";
        type Hasher = md4::Md4;
    }

    let mut registry = Registry::default();
    let before: Vec<_> = registry.names().collect();
    assert_eq!(
        registry.register::<Impostor>(),
        Err(RegisterError::DigestLength {
            name: "sha256",
            expected: 32,
            actual: 16
        })
    );
    let duplicate = Err(RegisterError::Duplicate { name: "sha256" });
    assert_eq!(registry.register::<Again>(), duplicate);
    let invalid = |name| Err(RegisterError::InvalidName { name });
    assert_eq!(registry.register::<Upper>(), invalid("MD4"));
    assert_eq!(registry.register::<Colon>(), invalid("md4:"));
    assert_eq!(registry.register::<Empty>(), invalid(""));
    assert!(registry.names().eq(before));

    registry.register::<Md4>().unwrap();
    let duplicate = Err(RegisterError::Duplicate { name: "md4" });
    assert_eq!(registry.register::<Md4>(), duplicate);
}

#[test]
fn has_what_is_compiled_in() {
    let names: Vec<_> = Registry::builtin().names().collect();
    assert!(names.contains(&"sha256") && names.contains(&"md5"));
    assert!(names.is_sorted());
    assert_eq!(names.contains(&"sha1"), cfg!(feature = "sha1"));
    assert_eq!(names.contains(&"sha512_256"), cfg!(feature = "sha2"));
    assert_eq!(names.contains(&"sha3_384"), cfg!(feature = "sha3"));
    assert_eq!(names.contains(&"blake2s"), cfg!(feature = "blake2"));
    assert_eq!(names.contains(&"blake3"), cfg!(feature = "blake3"));
    for name in names {
        let algorithm = Registry::builtin().get(&name.to_uppercase()).unwrap();
        assert_eq!(algorithm.hash_bytes("").algorithm(), name);
        assert!(algorithm.hash_bytes("").as_str().parse() == Ok(algorithm.hash_bytes("")));
    }
    assert!(Registry::builtin().get("").is_none());
}

/// Known answers for the algorithms that the vectors leave out: "abc", from FIPS 180-4's and
/// FIPS 202's example files and from the test vectors of BLAKE3's authors.
#[cfg(feature = "all")]
#[test]
fn answers_for_the_rest() {
    for expected in [
        "sha512_224:4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
        "sha3_224:e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
        "sha3_384:ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
        "blake3:6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85",
    ] {
        assert!(
            verify_hash("abc", &expected.parse().unwrap())
                .unwrap()
                .is_intact(),
            "{expected}"
        );
    }
}
