//! Passwords in addresses: kept out of what is said, and from other programs.

use std::borrow::Cow;
use std::env;
use std::process::Command;

use crate::place;

/// The variable that a password is taken from.
const PASSWORD: &str = "PGPASSWORD";

/// What stands before one that is a parameter.
const PARAMETER: &str = "password=";

/// A text without the passwords of the addresses in it.
pub(crate) fn hide(text: &str) -> Cow<'_, str> {
    // With one slash too: so an address looks once it was taken for a path.
    const BEFORE: &str = ":/";
    if !text.contains(BEFORE) && !text.contains(PARAMETER) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEFORE) {
        let (before, address) = rest.split_at(at + BEFORE.len());
        shown.push_str(before);
        // Up to the last @ of the word, for one, and quotes, may stand in the password.
        let word = address.find(char::is_whitespace).unwrap_or(address.len());
        let (address, after) = address.split_at(word);
        match address.rsplit_once('@') {
            Some((user, host)) if user.contains(':') => {
                let user = user.split(':').next().unwrap_or_default();
                shown.extend([user, ":…@", host]);
            }
            _ => shown.push_str(address),
        }
        rest = after;
    }
    shown.push_str(rest);
    hide_parameter(shown).into()
}

/// Likewise one that is a parameter of an address.
fn hide_parameter(text: String) -> String {
    if !text.contains(PARAMETER) {
        return text;
    }
    let mut pieces = text.split(PARAMETER);
    let mut shown = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .find(|c: char| c.is_whitespace() || "&\"'`".contains(c))
            .unwrap_or(piece.len());
        shown.push_str(PARAMETER);
        shown.push('…');
        shown.push_str(&piece[end..]);
    }
    shown
}

/// Lets a program that is run know which database it is, and not its password:
/// it may print all that it knows.
pub(crate) fn keep(command: &mut Command) {
    command.env_remove(PASSWORD);
    if let Ok(address) = env::var(place::VARIABLE)
        && place::is_server(&address)
    {
        command.env(place::VARIABLE, media_postgres::without_password(&address));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_passwords_are_hidden() {
        for (text, shown) in [
            ("no address", "no address"),
            ("a://b/c and x:y@z", "a://b/c and x:y@z"),
            ("postgres://ada@host/media", "postgres://ada@host/media"),
            (
                "postgres://ada:pw@host/media is",
                "postgres://ada:…@host/media is",
            ),
            ("\"pg://a:p@w@h\": pg://b:q@i", "\"pg://a:…@h\": pg://b:…@i"),
            ("at 'pg://a:p'w@h'", "at 'pg://a:…@h'"),
            ("pg:/a:p@h of pg://b:/q@i", "pg:/a:…@h of pg://b:…@i"),
            (
                "postgres://h/m?password=pw&sslmode=require",
                "postgres://h/m?password=…&sslmode=require",
            ),
            ("host=h password=pw user=u", "host=h password=… user=u"),
        ] {
            assert_eq!(hide(text), shown);
        }
    }
}
