//! Tables for people: as wide as the terminal, or 80 columns.

use std::env;
use std::io::{self, IsTerminal};

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, Color, Table};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width where there is no terminal to ask.
const WIDTH: usize = 80;

/// Spaces between columns.
const GAP: u16 = 2;

/// The least that a column is shortened to.
const NARROWEST: usize = 8;

/// Where a text that is too long is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shorten {
    /// Nowhere.
    Never,
    /// At its start: a path ends in what tells it from others.
    Start,
    /// In the middle.
    Middle,
    /// At its end.
    End,
}

/// The head of a column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Head {
    pub(crate) name: &'static str,
    pub(crate) shorten: Shorten,
}

impl Head {
    pub(crate) const fn new(name: &'static str, shorten: Shorten) -> Self {
        Self { name, shorten }
    }
}

/// Rows until they are shown.
pub(crate) struct Grid {
    heads: &'static [Head],
    rows: Vec<(Vec<String>, Option<Color>)>,
}

impl Grid {
    pub(crate) fn new(heads: &'static [Head]) -> Self {
        Self {
            heads,
            rows: Vec::new(),
        }
    }

    /// Adds a row, its first cell in a colour.
    pub(crate) fn add(&mut self, cells: Vec<String>, color: Option<Color>) {
        let cells = cells.into_iter().map(printable).collect();
        self.rows.push((cells, color));
    }

    /// The whole table, without a last line break.
    pub(crate) fn render(&self) -> String {
        let mut table = Table::new();
        table.load_style(NOTHING);
        let width = width(&table);
        if wants_color() {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let widths = self.widths(width);
        table.set_header(
            self.heads
                .iter()
                .map(|head| Cell::new(head.name).add_attribute(Attribute::Bold)),
        );
        for (cells, color) in &self.rows {
            table.add_row(cells.iter().enumerate().map(|(column, text)| {
                let text = shorten(text, widths[column], self.heads[column].shorten);
                let cell = Cell::new(text);
                match color {
                    Some(color) if column == 0 => cell.fg(*color),
                    _ => cell,
                }
            }));
        }
        let last = self.heads.len() - 1;
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if index == last { 0 } else { GAP }));
        }
        let lines: Vec<_> = table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        lines.join("\n")
    }

    /// The widths of the columns in a table of a width: what can be shortened
    /// shares what the others leave, and nothing gets more than it needs.
    fn widths(&self, width: usize) -> Vec<usize> {
        let mut widths: Vec<_> = self.heads.iter().map(|head| head.name.width()).collect();
        for (cells, _) in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(cells) {
                *widest = cell.width().max(*widest);
            }
        }
        let mut left = width.saturating_sub(usize::from(GAP) * (widths.len() - 1));
        let mut flexible = Vec::new();
        for (column, head) in self.heads.iter().enumerate() {
            if head.shorten == Shorten::Never {
                left = left.saturating_sub(widths[column]);
            } else {
                flexible.push(column);
            }
        }
        flexible.sort_by_key(|&column| widths[column]);
        for (done, &column) in flexible.iter().enumerate() {
            let share = left / (flexible.len() - done);
            widths[column] = widths[column].min(share.max(NARROWEST));
            left = left.saturating_sub(widths[column]);
        }
        widths
    }
}

/// The columns that there are for a table.
fn width(table: &Table) -> usize {
    table.width().map_or(WIDTH, usize::from)
}

/// The columns that there are.
pub(crate) fn terminal_width() -> usize {
    width(&Table::new())
}

/// Colour is for a terminal, and for those who have not asked for none: see
/// <https://no-color.org>.
pub(crate) fn wants_color() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal()
        && !is_set("NO_COLOR")
        && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A text in a colour, where colour is wanted.
pub(super) fn colored(text: &str, color: Color) -> String {
    let code = match color {
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        _ => return text.to_owned(),
    };
    if wants_color() && !text.is_empty() {
        format!("\x1b[{code}m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

/// The lines of a text, broken between words, that stand behind `indent`
/// columns. A word that is longer than a line has one of its own.
pub(crate) fn wrapped(text: &str, indent: usize) -> Vec<String> {
    wrapped_at(text, terminal_width().saturating_sub(indent))
}

fn wrapped_at(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text that cannot move the cursor, start another line, or have itself read
/// in another order than it is written.
pub(crate) fn printable(text: String) -> String {
    if text.contains(is_escaped) {
        text.chars()
            .flat_map(|c| {
                let escaped = is_escaped(c).then(|| c.escape_default());
                let plain = escaped.is_none().then_some(c);
                escaped.into_iter().flatten().chain(plain)
            })
            .collect()
    } else {
        text
    }
}

/// Control characters, and those that turn the direction of a text.
fn is_escaped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text in at most `width` columns.
pub(crate) fn shorten(text: &str, width: usize, at: Shorten) -> String {
    if at == Shorten::Never || text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let head = match at {
        Shorten::Never | Shorten::Start => 0,
        Shorten::Middle => room / 2,
        Shorten::End => room,
    };
    let start = fitting(text.chars(), head);
    let end = fitting(text.chars().rev(), room - head);
    let start: String = text.chars().take(start).collect();
    let end: String = text.chars().skip(text.chars().count() - end).collect();
    format!("{start}…{end}")
}

/// How many characters fit into `room` columns.
fn fitting(characters: impl Iterator<Item = char>, room: usize) -> usize {
    characters
        .scan(0, |used, c| {
            *used += c.width().unwrap_or(0);
            (*used <= room).then_some(())
        })
        .count()
}

/// A hash that can be told from others at a glance: `sha256:4f2a…`.
pub(crate) fn short_hash(text: &str) -> String {
    let kept = text.find(':').map_or(11, |colon| colon + 5);
    match text.char_indices().nth(kept + 1) {
        Some(_) => text.chars().take(kept).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_where_it_hurts_least() {
        assert_eq!(shorten("/media/clip.wav", 9, Shorten::Start), "…clip.wav");
        assert_eq!(shorten("0198c2d4-7777", 7, Shorten::Middle), "019…777");
        assert_eq!(shorten("{\"a\":1}", 5, Shorten::End), "{\"a\"…");
        assert_eq!(shorten("夜の歌.flac", 8, Shorten::Start), "…歌.flac");
        assert_eq!(shorten("/clip.wav", 9, Shorten::Start), "/clip.wav");
        assert_eq!(shorten("clip.wav", 2, Shorten::Never), "clip.wav");
    }

    #[test]
    fn texts_are_broken_between_words() {
        assert_eq!(wrapped_at("to be or not", 5), ["to be", "or", "not"]);
        assert_eq!(wrapped_at("a /long/path b", 5), ["a", "/long/path", "b"]);
        assert_eq!(wrapped_at("", 5), [""]);
    }

    #[test]
    fn hashes_keep_their_algorithm() {
        assert_eq!(short_hash("sha256:4f2a9c01"), "sha256:4f2a…");
        assert_eq!(short_hash("sha3_256:4f2a9c01"), "sha3_256:4f2a…");
        assert_eq!(short_hash("abc123"), "abc123");
        assert_eq!(short_hash("not-a-hash-at-all"), "not-a-hash-…");
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\x1b[31m\nb".into()), "a\\u{1b}[31m\\nb");
        assert_eq!(printable("a\u{202e}gnp.exe".into()), "a\\u{202e}gnp.exe");
        assert_eq!(printable("שיר.mp3".into()), "שיר.mp3");
    }

    #[test]
    fn columns_share_what_is_there() {
        static HEADS: [Head; 3] = [
            Head::new("A", Shorten::Never),
            Head::new("B", Shorten::Start),
            Head::new("C", Shorten::Start),
        ];
        let mut grid = Grid::new(&HEADS);
        grid.add(vec!["1234".into(), "b".repeat(10), "c".repeat(90)], None);
        assert_eq!(grid.widths(80), [4, 10, 62]);
        grid.add(vec![String::new(), "b".repeat(90), String::new()], None);
        assert_eq!(grid.widths(80), [4, 36, 36]);
    }
}
