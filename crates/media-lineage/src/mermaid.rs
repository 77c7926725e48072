//! Mermaid flowcharts.

use std::fmt::Write as _;
use std::io::{self, Write};

use crate::Lineage;
use crate::dot::label;
use crate::text::{printable, short_hash};

impl Lineage {
    /// Writes a [Mermaid flowchart](https://mermaid.js.org/syntax/flowchart.html),
    /// which many a Markdown viewer draws; they draw 500 arrows at most unless
    /// told otherwise. What has changed is red, what was made from that orange.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_mermaid(&self, mut out: impl Write) -> io::Result<()> {
        writeln!(out, "flowchart LR")?;
        for (number, content) in self.contents.iter().enumerate() {
            let lines: Vec<_> = label(content).iter().map(|line| escaped(line)).collect();
            let class = match (content.is_changed(), &content.changed_ancestor) {
                (true, _) => ":::changed",
                (false, Some(_)) => ":::derived",
                (false, None) => "",
            };
            writeln!(out, "  c{number}[\"{}\"]{class}", lines.join("<br/>"))?;
        }
        for job in &self.jobs {
            let (input, output) = (job.input, job.output);
            writeln!(
                out,
                "  c{input} -->|\"{}\"| c{output}",
                escaped(&job.action)
            )?;
        }
        for analysis in &self.analyses {
            let (id, content) = (analysis.id, analysis.content);
            let config = escaped(&short_hash(analysis.config_hash.as_str()));
            writeln!(out, "  c{content} -.-> a{id}([\"analysis<br/>{config}\"])")?;
        }
        writeln!(out, "  classDef changed stroke:#d00,stroke-width:3px")?;
        writeln!(out, "  classDef derived stroke:#e80,stroke-width:3px")
    }
}

/// A text that means nothing to Mermaid, Markdown or HTML: all but letters,
/// digits and what is common in paths goes by its number. A space stands for
/// nothing.
fn escaped(text: &str) -> String {
    let text = printable(text);
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '/' | '.' | ':' | '…' | '(' | ')' | ',') {
            escaped.push(c);
        } else {
            // Writing into a string does not fail.
            let _ = write!(escaped, "#{};", u32::from(c));
        }
    }
    // A label must not be empty.
    if escaped.is_empty() {
        escaped.push(' ');
    }
    escaped
}
