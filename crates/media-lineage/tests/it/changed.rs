//! What an audit found, told all the way down.

use media_lineage::{Direction, Start};

use crate::support::{Store, file, hash, job, number, path};

/// The contents that are changed, and those made from which changed one.
fn marks(lineage: &media_lineage::Lineage) -> (Vec<u32>, Vec<(u32, String)>) {
    let contents = || lineage.contents.iter().enumerate();
    let changed = contents().filter(|(_, content)| content.is_changed());
    let derived = contents().filter_map(|(index, content)| {
        let ancestor = content.changed_ancestor.as_ref()?;
        Some((number(lineage, index), ancestor.as_str().to_owned()))
    });
    let changed = changed.map(|(index, _)| number(lineage, index)).collect();
    (changed, derived.collect())
}

#[test]
fn derivatives_of_a_changed_file_are_marked_all_the_way_down() {
    let store = Store::new(&[(1, 2), (2, 3), (3, 4), (1, 9)], &[]);
    assert_eq!(marks(&store.around(2)), (vec![], vec![]));
    store.check(&path(2), hash(2).as_str(), "changed");
    let two = || hash(2).as_str().to_owned();
    let expected = (vec![2], vec![(3, two()), (4, two())]);
    assert_eq!(marks(&store.around(2)), expected);
    assert_eq!(marks(&store.around(1)), expected);
    // Also where the changed one itself is not asked for.
    let below = store.trace(Start::Path(path(3)), Direction::Down);
    assert_eq!(marks(&below), (vec![], vec![(3, two()), (4, two())]));
}

#[test]
fn the_latest_check_of_a_recorded_file_counts() {
    let store = Store::new(&[(1, 2)], &[]);
    let one = hash(1);
    let is_changed = || store.around(2).contents[1].is_changed();
    store.check(&path(1), one.as_str(), "changed");
    store.check(&path(1), one.as_str(), "intact");
    assert!(!is_changed());
    // Checks of another content of this path, and of a path that no row names.
    store.check(&path(1), hash(7).as_str(), "changed");
    store.check("/elsewhere", one.as_str(), "changed");
    assert!(!is_changed());
    for verdict in ["missing", "moved", "unreadable", "unverifiable"] {
        store.check(&path(1), one.as_str(), verdict);
        assert!(!is_changed());
    }
    store.save(&job(7, ("/copy".into(), one.clone()), file(3)));
    store.check("/copy", one.as_str(), "changed");
    assert!(is_changed());
    let lineage = store.around(2);
    let checks: Vec<_> = lineage.contents[1]
        .files
        .iter()
        .map(|file| (file.path.as_str(), file.check.as_ref().unwrap()))
        .map(|(path, check)| (path, check.verdict.as_str(), check.actual.is_some()))
        .collect();
    assert_eq!(
        checks,
        [
            ("/copy", "changed", true),
            ("/media/1", "unverifiable", false)
        ]
    );
}

#[test]
fn an_ancestor_by_another_way_counts_too() {
    // 3 was made from 1 and, once more, from 8, which is no ancestor of 1.
    let store = Store::new(&[(1, 3), (8, 3), (3, 4)], &[]);
    store.check(&path(8), hash(8).as_str(), "changed");
    let lineage = store.trace(Start::Path(path(1)), Direction::Down);
    let eight = || hash(8).as_str().to_owned();
    assert_eq!(marks(&lineage), (vec![], vec![(3, eight()), (4, eight())]));
}

#[test]
fn on_a_cycle_a_changed_content_is_its_own_ancestor() {
    let store = Store::new(&[(1, 2), (2, 1), (5, 5)], &[]);
    store.check(&path(1), hash(1).as_str(), "changed");
    store.check(&path(5), hash(5).as_str(), "changed");
    for (content, count) in [(2, 2), (5, 1)] {
        let lineage = store.around(content);
        assert_eq!(marks(&lineage).1.len(), count);
    }
}

/// Whichever job was recorded first.
#[test]
fn of_changed_ancestors_equally_near_one_is_named_by_its_hash() {
    let least = hash(1).as_str().min(hash(2).as_str()).to_owned();
    for jobs in [[(1, 3), (2, 3)], [(2, 3), (1, 3)]] {
        let store = Store::new(&jobs, &[]);
        for content in [1, 2] {
            store.check(&path(content), hash(content).as_str(), "changed");
        }
        assert_eq!(marks(&store.around(3)).1, [(3, least.clone())]);
    }
}
