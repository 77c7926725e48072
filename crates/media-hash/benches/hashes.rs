//! `cargo bench -p media-hash`: config hashes, canonical JSON, content hashes.

use std::collections::BTreeMap;
use std::hint::black_box;

use divan::Bencher;
use divan::counter::BytesCount;
use media_hash::{Algorithm, Md5, Sha256, canonical_json, config_hash, hash_bytes};

fn main() {
    divan::main();
}

/// A configuration as plugins have them.
fn config() -> BTreeMap<&'static str, f64> {
    BTreeMap::from([
        ("min_silence", 0.5),
        ("min_sound", 0.05),
        ("threshold_db", -40.0),
        ("window", 0.01),
    ])
}

#[divan::bench]
fn config_hash_of_four_options(bencher: Bencher<'_, '_>) {
    let config = config();
    bencher.bench(|| config_hash(black_box(&config)));
}

/// Times with three digits behind the point, and such as division leaves.
#[divan::bench(args = ["short", "long"])]
fn canonical_json_of_1000_floats(bencher: Bencher<'_, '_>, digits: &str) {
    let float = |n: i32| f64::from(n) * 4.37 / if digits == "short" { 1.0 } else { 441.0 };
    let rounded = |float: f64| (float * 1000.0).round() / 1000.0;
    let floats: Vec<_> = (0..1000)
        .map(|n| {
            if digits == "short" {
                rounded(float(n))
            } else {
                float(n)
            }
        })
        .collect();
    bencher.bench(|| canonical_json(black_box(&floats)));
}

#[divan::bench(types = [Sha256, Md5])]
fn content_hash_of_1_mib<A: Algorithm>(bencher: Bencher<'_, '_>) {
    let bytes = vec![7_u8; 1 << 20];
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench(|| hash_bytes::<A>(black_box(&bytes)));
}
