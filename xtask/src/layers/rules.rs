//! The rules between crates, most of them said as what is absent.

use super::graph::Graph;
use crate::report::{Check, Failure};

/// Crates that talk to a database.
const DRIVERS: &[&str] = &[
    "diesel",
    "duckdb",
    "libsqlite3-sys",
    "mysql",
    "mysql_common",
    "odbc-api",
    "postgres",
    "r2d2",
    "r2d2_postgres",
    "r2d2_sqlite",
    "rusqlite",
    "sqlite",
    "sqlite3-sys",
    "sqlx",
    "sqlx-core",
    "tokio-postgres",
];

/// Crates that run futures.
const RUNTIMES: &[&str] = &[
    "actix-rt",
    "async-executor",
    "async-global-executor",
    "async-io",
    "async-std",
    "compio",
    "embassy-executor",
    "futures-executor",
    "glommio",
    "monoio",
    "pollster",
    "smol",
    "tokio",
];

/// The layers, lowest first. An arrow leads from a crate to a lower layer: not
/// upwards, and not to a neighbour.
const LAYERS: &[&[&str]] = &[
    &["media-hash", "media-audio", "postgres-cluster"],
    &["media-schema"],
    &["media-sqlite", "media-postgres"],
    &[
        "media-analysis-store",
        "media-processing-store",
        "media-audit",
        "media-lineage",
    ],
    &["plugin-silence", "plugin-extract"],
    &["media-store", "media-conformance"],
];

/// One thing that must not be.
enum Absence {
    /// A way from one of these crates of ours to one of those.
    Way {
        from: &'static [&'static str],
        to: &'static [&'static str],
    },
    /// A way from another crate of ours than those to one of these.
    AnyWay {
        to: &'static [&'static str],
        from_other_than: &'static [&'static str],
    },
    /// One of these in the manifest of another crate of ours than those.
    Named {
        these: &'static [&'static str],
        by_other_than: &'static [&'static str],
    },
    /// A dependency that does not lead to a lower layer.
    Upwards,
}

const RULES: &[(&str, Absence)] = &[
    (
        "media-hash reaches no database driver",
        Absence::Way {
            from: &["media-hash"],
            to: DRIVERS,
        },
    ),
    (
        "media-hash reaches no JSON value type",
        Absence::Way {
            from: &["media-hash"],
            to: &["serde_json"],
        },
    ),
    (
        "media-schema, media-audit and media-lineage reach no database driver",
        Absence::Way {
            from: &["media-schema", "media-audit", "media-lineage"],
            to: DRIVERS,
        },
    ),
    (
        "only the backends depend on a connection pool",
        Absence::Named {
            these: &["r2d2", "r2d2_postgres", "r2d2_sqlite"],
            by_other_than: &["media-sqlite", "media-postgres"],
        },
    ),
    (
        "only media-sqlite depends on rusqlite",
        Absence::Named {
            these: &["rusqlite", "libsqlite3-sys"],
            by_other_than: &["media-sqlite"],
        },
    ),
    (
        "only media-postgres depends on postgres",
        Absence::Named {
            these: &["postgres", "tokio-postgres", "tokio-postgres-rustls"],
            by_other_than: &["media-postgres"],
        },
    ),
    (
        "only the command line depends on media-postgres",
        Absence::Named {
            these: &["media-postgres"],
            by_other_than: &["media-store"],
        },
    ),
    (
        "only the stores and the command line depend on media-sqlite",
        Absence::Named {
            these: &["media-sqlite"],
            by_other_than: &[
                "media-analysis-store",
                "media-processing-store",
                "media-store",
            ],
        },
    ),
    (
        "media-analysis-store does not know media-processing-store",
        Absence::Way {
            from: &["media-analysis-store"],
            to: &["media-processing-store"],
        },
    ),
    (
        "media-processing-store does not know media-analysis-store",
        Absence::Way {
            from: &["media-processing-store"],
            to: &["media-analysis-store"],
        },
    ),
    ("arrows lead from a layer to lower ones", Absence::Upwards),
    (
        "no crate reaches an async runtime but by way of media-postgres",
        Absence::AnyWay {
            to: RUNTIMES,
            from_other_than: &["media-postgres", "media-store"],
        },
    ),
];

/// Checks every rule.
pub(crate) fn check(graph: &Graph) -> Vec<Check> {
    RULES
        .iter()
        .map(|(name, absence)| Check::new(*name, broken(graph, absence)))
        .collect()
}

fn broken(graph: &Graph, absence: &Absence) -> Vec<Failure> {
    match absence {
        Absence::Way { from, to } => from
            .iter()
            .filter_map(|from| {
                if exists(graph, from) {
                    graph.way(from, to).map(|way| found(&way))
                } else {
                    Some(unknown(from))
                }
            })
            .collect(),
        Absence::AnyWay {
            to,
            from_other_than,
        } => {
            let others = graph.ours().filter(|name| !from_other_than.contains(name));
            let ways = others.filter_map(|from| graph.way(from, to).map(|way| found(&way)));
            strangers(graph, from_other_than).chain(ways).collect()
        }
        Absence::Named {
            these,
            by_other_than,
        } => {
            let others = graph.ours().filter(|name| !by_other_than.contains(name));
            let named = others.flat_map(|other| {
                let direct = graph.direct(other);
                direct
                    .filter(|used| these.contains(used))
                    .map(move |used| found(&[other, used]))
            });
            strangers(graph, by_other_than).chain(named).collect()
        }
        Absence::Upwards => upwards(graph),
    }
}

fn upwards(graph: &Graph) -> Vec<Failure> {
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut failures = Vec::new();
    for from in graph.ours() {
        let Some(upper) = layer(from) else {
            failures.push(Failure::new(
                format!("{from} has no layer"),
                "give it one in xtask/src/layers/rules.rs",
            ));
            continue;
        };
        // One without a layer is reported for itself.
        let direct = graph.direct(from);
        let not_lower = direct.filter(|to| layer(to).is_some_and(|lower| lower >= upper));
        failures.extend(not_lower.map(|to| found(&[from, to])));
    }
    failures
}

/// The crates of a rule that are not there.
fn strangers(graph: &Graph, names: &[&'static str]) -> impl Iterator<Item = Failure> {
    let strangers: Vec<_> = names
        .iter()
        .filter(|name| !exists(graph, name))
        .map(|name| unknown(name))
        .collect();
    strangers.into_iter()
}

fn exists(graph: &Graph, name: &str) -> bool {
    graph.ours().any(|ours| ours == name)
}

/// A rule over a crate that is not there would hold for ever.
fn unknown(name: &str) -> Failure {
    Failure::new(
        format!("{name} is no crate of this workspace"),
        "correct the rule in xtask/src/layers/rules.rs",
    )
}

fn found(way: &[&str]) -> Failure {
    let mend = match way {
        [from, to] => format!("cargo remove --package {from} {to}"),
        [from, .., to] => format!(
            "drop a dependency or feature on the way: cargo tree --package {from} --target all \
             --edges normal,build,features --invert {to}"
        ),
        _ => "correct the rule in xtask/src/layers/rules.rs".to_owned(),
    };
    Failure::new(way.join(" → "), mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The workspace as it should be, small.
    const GOOD: &[&str] = &[
        "media-hash -> sha2",
        "media-audio -> symphonia",
        "media-schema -> media-hash serde_json",
        "media-sqlite -> media-schema media-hash rusqlite r2d2 r2d2_sqlite",
        "media-analysis-store -> media-sqlite media-schema",
        "media-processing-store -> media-sqlite media-schema",
        "media-audit -> media-schema",
        "media-lineage -> media-schema",
        "plugin-silence -> media-analysis-store media-audio",
        "plugin-extract -> media-processing-store media-audio",
        "media-postgres -> media-schema media-hash postgres r2d2 r2d2_postgres tokio",
        "media-store -> plugin-silence plugin-extract media-sqlite media-postgres",
    ];

    /// The rules that break once these lines are added, with what is found.
    fn broken_by(more: &[&str]) -> Vec<(String, String)> {
        let graph = Graph::drawn(&[GOOD, more].concat());
        check(&graph)
            .into_iter()
            .flat_map(|check| {
                let failures = check.failures.into_iter();
                failures.map(move |failure| (check.name.clone(), failure.what))
            })
            .collect()
    }

    #[test]
    fn the_good_graph_passes() {
        assert_eq!(broken_by(&[]), []);
    }

    #[test]
    fn each_rule_can_be_broken() {
        let cases: &[(&[&str], &str, &str)] = &[
            (
                &["media-hash -> cache", "cache -> libsqlite3-sys"],
                "media-hash reaches no database driver",
                "media-hash → cache → libsqlite3-sys",
            ),
            (
                &["media-hash -> serde_json"],
                "media-hash reaches no JSON value type",
                "media-hash → serde_json",
            ),
            (
                &["media-lineage -> diesel"],
                "media-schema, media-audit and media-lineage reach no database driver",
                "media-lineage → diesel",
            ),
            (
                &["media-store -> r2d2"],
                "only the backends depend on a connection pool",
                "media-store → r2d2",
            ),
            (
                &["media-store -> postgres"],
                "only media-postgres depends on postgres",
                "media-store → postgres",
            ),
            (
                &["plugin-extract -> media-postgres"],
                "only the command line depends on media-postgres",
                "plugin-extract → media-postgres",
            ),
            (
                &["plugin-silence -> rusqlite"],
                "only media-sqlite depends on rusqlite",
                "plugin-silence → rusqlite",
            ),
            (
                &["plugin-extract -> media-sqlite"],
                "only the stores and the command line depend on media-sqlite",
                "plugin-extract → media-sqlite",
            ),
            (
                &["media-analysis-store -> media-processing-store"],
                "media-analysis-store does not know media-processing-store",
                "media-analysis-store → media-processing-store",
            ),
            (
                &["media-processing-store -> media-analysis-store"],
                "media-processing-store does not know media-analysis-store",
                "media-processing-store → media-analysis-store",
            ),
            (
                &["media-audio -> media-hash"],
                "arrows lead from a layer to lower ones",
                "media-audio → media-hash",
            ),
            (
                &["media-schema -> plugin-silence"],
                "arrows lead from a layer to lower ones",
                "media-schema → plugin-silence",
            ),
            (
                &["media-new ->"],
                "arrows lead from a layer to lower ones",
                "media-new has no layer",
            ),
            (
                &["media-audio -> http", "http -> tokio"],
                "no crate reaches an async runtime but by way of media-postgres",
                "media-audio → http → tokio",
            ),
        ];
        for (lines, rule, what) in cases {
            let broken = broken_by(lines);
            let expected = ((*rule).to_owned(), (*what).to_owned());
            assert!(broken.contains(&expected), "{lines:?}: {broken:?}");
        }
        for (rule, _) in RULES {
            assert!(cases.iter().any(|case| case.1 == *rule), "{rule}");
        }
    }

    #[test]
    fn a_rule_over_a_lost_crate_is_broken() {
        let graph = Graph::drawn(&["media-schema ->"]);
        let whats: Vec<_> = check(&graph)
            .into_iter()
            .flat_map(|check| check.failures)
            .map(|failure| failure.what)
            .collect();
        assert!(whats.contains(&"media-hash is no crate of this workspace".to_owned()));
        assert!(whats.contains(&"media-sqlite is no crate of this workspace".to_owned()));
    }
}
