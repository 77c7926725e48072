//! A tree for people: what the start was made from, and what was made from it.

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use crate::text::{printable, short_hash, shorten_front};
use crate::{Content, Lineage, Start};

/// How a tree is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeStyle {
    /// The columns there are; 80 by default.
    pub width: usize,
    /// Whether marks are coloured, by ANSI escape sequences; `false` by default.
    pub color: bool,
}

impl Default for TreeStyle {
    fn default() -> Self {
        Self {
            width: 80,
            color: false,
        }
    }
}

/// The columns of one level.
const LEVEL: usize = 3;

/// The columns of a path that are worth leaving out other things for.
const PATH: usize = 20;

/// What hangs below a content.
#[derive(Clone, Copy)]
enum Child {
    Job(usize),
    Analysis(usize),
}

/// The two parts of a tree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Up,
    Down,
}

impl Lineage {
    /// Writes a tree of what the start was made from, then one of what was made
    /// from it.
    ///
    /// A content is shown with what hangs on it once; further places refer to
    /// that, and one that lies on the way there from the root is a cycle.
    /// Analyses hang below their content. Paths are shortened in front. Below a
    /// depth that fills a quarter of the width, the rails of the upper levels are left
    /// out for an ellipsis.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_tree(&self, mut out: impl Write, style: TreeStyle) -> io::Result<()> {
        Tree {
            lineage: self,
            out: &mut out,
            style,
        }
        .write()
    }
}

struct Tree<'a> {
    lineage: &'a Lineage,
    out: &'a mut dyn Write,
    style: TreeStyle,
}

/// A content whose children are being shown.
struct Open {
    content: usize,
    /// The next of its children.
    next: usize,
    /// Whether a sibling follows it.
    has_sibling: bool,
}

impl Open {
    fn new(content: usize, has_sibling: bool) -> Self {
        Self {
            content,
            next: 0,
            has_sibling,
        }
    }
}

impl Tree<'_> {
    fn write(mut self) -> io::Result<()> {
        if let Start::Job(job_id) = &self.lineage.start {
            let job = self.lineage.jobs.iter().find(|job| job.job_id == *job_id);
            let action = job.map_or("", |job| &job.action);
            let job = format!("job {}  {}", printable(job_id), printable(action));
            writeln!(self.out, "{job}")?;
        }
        if self.lineage.direction.is_up() {
            self.part(Part::Up)?;
        }
        if self.lineage.direction.is_down() {
            self.part(Part::Down)?;
        }
        Ok(())
    }

    fn part(&mut self, part: Part) -> io::Result<()> {
        let children = self.children(part);
        let mut shown = vec![false; children.len()];
        let mut is_open = vec![false; children.len()];
        let roots = self.roots(part);
        let title = match part {
            Part::Up => "made from",
            Part::Down => "made into",
        };
        if roots.iter().all(|&root| children[root].is_empty()) {
            writeln!(self.out, "{title}: nothing that is recorded")?;
        } else {
            writeln!(self.out, "{title}:")?;
        }
        for root in roots {
            let path = match &self.lineage.start {
                Start::Path(path) => path.as_str(),
                _ => first_path(&self.lineage.contents[root]),
            };
            let reference = refer(&shown, &is_open, &children, root);
            self.content("", None, root, path, reference)?;
            if reference.is_some() {
                continue;
            }
            shown[root] = true;
            is_open[root] = true;
            let mut way = vec![Open::new(root, false)];
            while let Some(open) = way.last_mut() {
                let siblings = &children[open.content];
                let Some(&child) = siblings.get(open.next) else {
                    is_open[open.content] = false;
                    way.pop();
                    continue;
                };
                open.next += 1;
                let has_sibling = open.next < siblings.len();
                let prefix = self.prefix(&way, has_sibling);
                let Some((job, content)) = self.behind(child, part) else {
                    self.analysis(&prefix, child)?;
                    continue;
                };
                let job = &self.lineage.jobs[job];
                let path = match part {
                    Part::Up => &job.input_path,
                    Part::Down => &job.output_path,
                };
                let reference = refer(&shown, &is_open, &children, content);
                self.content(&prefix, Some(&job.action), content, path, reference)?;
                if reference.is_none() {
                    shown[content] = true;
                    is_open[content] = true;
                    way.push(Open::new(content, has_sibling));
                }
            }
        }
        Ok(())
    }

    /// What hangs below each content in a part.
    fn children(&self, part: Part) -> Vec<Vec<Child>> {
        let contents = &self.lineage.contents;
        let is_in = |part, content: usize| match part {
            Part::Up => contents[content].above.is_some(),
            Part::Down => contents[content].below.is_some(),
        };
        let mut children = vec![Vec::new(); contents.len()];
        for (number, analysis) in self.lineage.analyses.iter().enumerate() {
            let elsewhere = part == Part::Up
                && self.lineage.direction.is_down()
                && is_in(Part::Down, analysis.content);
            if is_in(part, analysis.content) && !elsewhere {
                children[analysis.content].push(Child::Analysis(number));
            }
        }
        for (number, job) in self.lineage.jobs.iter().enumerate() {
            let from = match part {
                Part::Up => job.output,
                Part::Down => job.input,
            };
            if is_in(part, from) {
                children[from].push(Child::Job(number));
            }
        }
        children
    }

    /// The contents at which a part begins.
    fn roots(&self, part: Part) -> Vec<usize> {
        let nearest = usize::from(matches!(self.lineage.start, Start::Job(_)));
        let contents = self.lineage.contents.iter().enumerate();
        let is_root = |content: &Content| match part {
            Part::Up => content.above == Some(nearest),
            Part::Down => content.below == Some(nearest),
        };
        contents
            .filter(|(_, content)| is_root(content))
            .map(|(number, _)| number)
            .collect()
    }

    /// A job and the content behind it, if a child is no leaf.
    fn behind(&self, child: Child, part: Part) -> Option<(usize, usize)> {
        let Child::Job(number) = child else {
            return None;
        };
        let job = &self.lineage.jobs[number];
        Some(match part {
            Part::Up => (number, job.input),
            Part::Down => (number, job.output),
        })
    }

    /// The rails that lead to a child of the last content on the way.
    fn prefix(&self, way: &[Open], has_sibling: bool) -> String {
        let levels = &way[1..];
        let most = (self.style.width / 4 / LEVEL).max(2);
        let hidden = (levels.len() + 1).saturating_sub(most);
        let mut prefix = String::new();
        if hidden > 0 {
            prefix.push_str("…  ");
        }
        // The ellipsis takes the place of one level more.
        for open in levels.iter().skip(hidden + usize::from(hidden > 0)) {
            prefix.push_str(if open.has_sibling { "│  " } else { "   " });
        }
        prefix.push_str(if has_sibling { "├─ " } else { "└─ " });
        prefix
    }

    fn analysis(&mut self, prefix: &str, child: Child) -> io::Result<()> {
        let Child::Analysis(number) = child else {
            return Ok(());
        };
        let config = self.lineage.analyses[number].config_hash.as_str();
        let config = short_hash(config);
        writeln!(self.out, "{prefix}analysis  config {}", printable(&config))
    }

    /// Writes the line of a content.
    fn content(
        &mut self,
        prefix: &str,
        action: Option<&str>,
        content: usize,
        path: &str,
        reference: Option<&'static str>,
    ) -> io::Result<()> {
        let content = &self.lineage.contents[content];
        let printable_path = printable(path);
        let hash = short_hash(content.hash.as_str());
        let hash = printable(&hash);
        let lines = DETAILS.map(|detail| {
            let mut front = prefix.to_owned();
            if let Some(action) = action {
                front.push_str(&shorten_front(&printable(action), detail.action));
                front.push_str("  ");
            }
            front.push_str(&hash);
            front.push_str("  ");
            let mut back = marks(content, path, detail);
            back.extend(reference.map(|text| (Cow::Borrowed(text), None)));
            let used: usize = back.iter().map(|(text, _)| text.width() + 2).sum();
            let room = self.style.width.saturating_sub(front.width() + used);
            (front, room, back)
        });
        let enough = printable_path.width().min(PATH);
        let fits = lines.iter().position(|(_, room, _)| *room >= enough);
        let (front, room, back) = &lines[fits.unwrap_or(lines.len() - 1)];
        write!(self.out, "{front}{}", shorten_front(&printable_path, *room))?;
        for (text, color) in back {
            match color.filter(|_| self.style.color) {
                Some(color) => write!(self.out, "  \x1b[{color}m{text}\x1b[0m")?,
                None => write!(self.out, "  {text}")?,
            }
        }
        writeln!(self.out)
    }
}

/// How much a line says.
#[derive(Clone, Copy)]
struct Detail {
    /// The most columns for an action.
    action: usize,
    /// Whether it says which ancestor is changed.
    ancestor: bool,
    /// Whether it counts the other files.
    others: bool,
}

/// From much to little: the first with which there is room for the path.
const DETAILS: [Detail; 4] = [
    Detail {
        action: 24,
        ancestor: true,
        others: true,
    },
    Detail {
        action: 24,
        ancestor: false,
        others: true,
    },
    Detail {
        action: 16,
        ancestor: false,
        others: false,
    },
    Detail {
        action: 8,
        ancestor: false,
        others: false,
    },
];

/// The numbers of ANSI's colours.
const RED: u8 = 31;
const YELLOW: u8 = 33;

/// What there is to say of a content beside one of its paths, with the colour
/// of that.
fn marks<'c>(content: &'c Content, path: &str, detail: Detail) -> Vec<(Cow<'c, str>, Option<u8>)> {
    let mut marks = Vec::new();
    let others = content
        .files
        .iter()
        .filter(|file| file.path != path)
        .count();
    if detail.others && others > 0 {
        let plural = if others == 1 { "" } else { "s" };
        marks.push((Cow::Owned(format!("+{others} file{plural}")), None));
    }
    if content.is_changed() {
        marks.push((Cow::Borrowed("changed"), Some(RED)));
    } else if let Some(file) = content.files.iter().find(|file| file.path == path)
        && let Some(check) = &file.check
        && check.verdict != "intact"
    {
        marks.push((printable(&check.verdict), Some(YELLOW)));
    }
    if let Some(ancestor) = &content.changed_ancestor {
        let mut mark = String::from("from changed");
        if detail.ancestor {
            mark.push(' ');
            mark.push_str(&printable(&short_hash(ancestor.as_str())));
        }
        marks.push((Cow::Owned(mark), Some(YELLOW)));
    }
    marks
}

/// What stands behind a content instead of what hangs on it.
fn refer(
    shown: &[bool],
    is_open: &[bool],
    children: &[Vec<Child>],
    content: usize,
) -> Option<&'static str> {
    if is_open[content] {
        Some("(cycle)")
    } else if shown[content] && !children[content].is_empty() {
        Some("(see above)")
    } else {
        None
    }
}

fn first_path(content: &Content) -> &str {
    content.files.first().map_or("", |file| &file.path)
}
