//! Graphviz.

use std::fmt::Write as _;
use std::io::{self, Write};

use media_schema::Verdict;

use crate::text::{printable, short_hash};
use crate::{Content, Lineage};

impl Lineage {
    /// Writes a graph in the language of [Graphviz](https://graphviz.org/doc/info/lang.html):
    /// sources to the left, each job an arrow, analyses as notes. What has
    /// changed is red, what was made from that is orange.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_dot(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(out, "digraph lineage {{")?;
        writeln!(out, "  rankdir=LR;")?;
        writeln!(out, "  node [shape=box];")?;
        for (number, content) in self.contents.iter().enumerate() {
            let style = match (content.is_changed(), &content.changed_ancestor) {
                (true, _) => ", color=red",
                (false, Some(_)) => ", color=orange",
                (false, None) => "",
            };
            let label = quoted(&label(content).join("\n"));
            let hash = quoted(content.hash.as_str());
            writeln!(out, "  c{number} [label={label}, tooltip={hash}{style}];")?;
        }
        for job in &self.jobs {
            let (action, job_id) = (quoted(&job.action), quoted(&job.job_id));
            writeln!(
                out,
                "  c{} -> c{} [label={action}, tooltip={job_id}];",
                job.input, job.output
            )?;
        }
        for analysis in &self.analyses {
            let label = quoted(&format!(
                "analysis\n{}",
                short_hash(analysis.config_hash.as_str())
            ));
            let (id, content) = (analysis.id, analysis.content);
            writeln!(out, "  a{id} [label={label}, shape=note];")?;
            writeln!(out, "  c{content} -> a{id} [style=dashed];")?;
        }
        writeln!(out, "}}")
    }
}

/// The most files that stand in a box.
const FILES: usize = 5;

/// What stands in a content's box: its hash, its files, and what is wrong.
pub(crate) fn label(content: &Content) -> Vec<String> {
    let mut lines = vec![short_hash(content.hash.as_str()).into_owned()];
    for file in content.files.iter().take(FILES) {
        let verdict = file.check.as_ref().map(|check| check.verdict.as_str());
        lines.push(match verdict {
            None => file.path.clone(),
            Some(verdict) if verdict == Verdict::Intact.as_str() => file.path.clone(),
            Some(verdict) => format!("{} ({verdict})", file.path),
        });
    }
    if let Some(more @ 1..) = content.files.len().checked_sub(FILES) {
        lines.push(format!("and {more} more"));
    }
    if let Some(ancestor) = &content.changed_ancestor {
        let mut line = String::from("made from changed ");
        line.push_str(&short_hash(ancestor.as_str()));
        lines.push(line);
    }
    lines
}

/// A string in quotes, each of its lines flush left.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    let lines: Vec<_> = text.split('\n').collect();
    for line in &lines {
        for c in printable(line).chars() {
            if matches!(c, '"' | '\\') {
                quoted.push('\\');
            }
            quoted.push(c);
        }
        if lines.len() > 1 {
            let _ = write!(quoted, "\\l");
        }
    }
    quoted.push('"');
    quoted
}
