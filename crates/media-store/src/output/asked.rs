//! What `--format` takes: one option, with values of its own for a lineage.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::Format;

/// A format as it was asked for.
///
/// Every command's parser takes every name, since the option may stand before
/// the command's; which of them the help shows, and which a command refuses,
/// depends on the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Table,
    Jsonl,
    Csv,
    Tree,
    Dot,
    Mermaid,
    Prov,
    OpenLineage,
}

impl Asked {
    const ALL: [Self; 8] = [
        Self::Table,
        Self::Tree,
        Self::Jsonl,
        Self::Csv,
        Self::Dot,
        Self::Mermaid,
        Self::Prov,
        Self::OpenLineage,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tree => "tree",
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Prov => "prov",
            Self::OpenLineage => "openlineage",
        }
    }

    /// The format of a list, if it is one.
    pub(crate) fn listed(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Jsonl => Some(Format::Jsonl),
            Self::Csv => Some(Format::Csv),
            _ => None,
        }
    }

    /// Whether lists can be written so.
    pub(crate) fn is_listed(self) -> bool {
        self.listed().is_some()
    }

    /// Whether a lineage can be written so, under its own name.
    pub(crate) fn is_of_lineage(self) -> bool {
        !matches!(self, Self::Table | Self::Csv)
    }

    /// A parser of all names, whose help shows some.
    pub(crate) fn parser(shown: fn(Self) -> bool) -> impl TypedValueParser<Value = Self> {
        let names = Self::ALL.map(|asked| PossibleValue::new(asked.name()).hide(!shown(asked)));
        PossibleValuesParser::new(names).map(|name| {
            let mut all = Self::ALL.into_iter();
            // The parser lets no other name through.
            all.find(|asked| asked.name() == name)
                .unwrap_or(Self::Table)
        })
    }
}
