//! A program and its arguments, with places for the files.

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

use super::error::ProgramError;
use super::group;

/// Stands in an argument for the file that is read.
const INPUT: &str = "{input}";

/// Stands in an argument for the file that is to be written.
const OUTPUT: &str = "{output}";

/// A program and its arguments as they were given.
///
/// Every `{input}` and `{output}` in an argument, also inside a longer one, is
/// replaced by a path; nothing else is, and there is no escape: `{{input}}` is
/// a path in braces. The program's own name is taken as it is.
#[derive(Debug)]
pub(crate) struct CommandLine {
    program: String,
    arguments: Vec<String>,
}

impl CommandLine {
    /// Takes the words of a command line, the program first.
    ///
    /// # Errors
    /// If a word is not UTF-8: the words are part of what a result is found
    /// by, and that is JSON.
    pub(crate) fn new(words: &[OsString]) -> Result<Self, ProgramError> {
        let text = |(at, word): (usize, &OsString)| {
            word.to_str()
                .map(str::to_owned)
                .ok_or_else(|| ProgramError::NotUnicode {
                    number: at + 1,
                    word: word.clone(),
                })
        };
        let mut words = words.iter().enumerate().map(text);
        Ok(Self {
            program: words.next().transpose()?.unwrap_or_default(),
            arguments: words.collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn program(&self) -> &str {
        &self.program
    }

    /// The words as they were given.
    pub(crate) fn words(&self) -> Vec<&str> {
        let arguments = self.arguments.iter().map(String::as_str);
        [self.program()].into_iter().chain(arguments).collect()
    }

    /// Whether the program is told what to read.
    pub(crate) fn names_input(&self) -> bool {
        self.names(INPUT)
    }

    /// Whether the program is told where to write.
    pub(crate) fn names_output(&self) -> bool {
        self.names(OUTPUT)
    }

    fn names(&self, place: &str) -> bool {
        self.arguments
            .iter()
            .any(|argument| argument.contains(place))
    }

    /// Refuses a program that could not be started.
    ///
    /// # Errors
    /// If it is not there, or may not be executed.
    pub(crate) fn check(&self) -> Result<(), ProgramError> {
        group::find(&self.program).map_err(|error| ProgramError::start(&self.program, error))
    }

    /// The command, its places filled in.
    pub(crate) fn with_files(&self, input: &Path, output: Option<&Path>) -> Command {
        let mut places = vec![(INPUT, input.as_os_str())];
        places.extend(output.map(|output| (OUTPUT, output.as_os_str())));
        let mut command = Command::new(&self.program);
        command.args(
            self.arguments
                .iter()
                .map(|argument| fill(argument, &places)),
        );
        command
    }
}

/// Puts paths in their places. A path that looks like a place stays as it is.
fn fill(argument: &str, places: &[(&str, &OsStr)]) -> OsString {
    let mut filled = OsString::new();
    let mut rest = argument;
    loop {
        let next = places
            .iter()
            .filter_map(|(place, path)| Some((rest.find(place)?, place.len(), path)))
            .min();
        let Some((start, len, path)) = next else {
            filled.push(rest);
            return filled;
        };
        filled.push(&rest[..start]);
        filled.push(path);
        rest = &rest[start + len..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_places_are_filled() {
        let input = OsStr::new("/a {output} b");
        let places = [(INPUT, input), (OUTPUT, OsStr::new("/out"))];
        let filled = |argument| fill(argument, &places).into_string().unwrap();
        assert_eq!(filled("{input}"), "/a {output} b");
        assert_eq!(
            filled("if={input},of={output};{input}"),
            "if=/a {output} b,of=/out;/a {output} b"
        );
        assert_eq!(filled("{{input}}"), "{/a {output} b}");
        for plain in ["", "{", "{input", "{Input}", "{ input }", "$1 {}", "ä{é"] {
            assert_eq!(filled(plain), plain);
        }
        assert_eq!(fill("{output}", &places[..1]), "{output}");
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_text_is_put_in_as_it_is() {
        use std::os::unix::ffi::OsStrExt;

        let path = OsStr::from_bytes(b"/\xff'\n");
        let filled = fill("<{input}>", &[(INPUT, path)]);
        assert_eq!(filled.as_bytes(), b"</\xff'\n>");
    }
}
