//! `hash`.

use media_hash::{Md5, Sha256, hash_bytes};

use crate::support::Home;

const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn a_line_for_each_file_in_the_order_given() {
    let home = Home::new();
    home.write("b", "abc");
    home.write("a", "");
    let ran = home.run(&["hash", "b", "./a", "b"]);
    let empty = hash_bytes::<Sha256>("");
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert_eq!(ran.text(), format!("{ABC}  b\n{empty}  ./a\n{ABC}  b\n"));
}

#[test]
fn several_algorithms_come_file_by_file() {
    let home = Home::new();
    home.write("a", "abc");
    let args = ["hash", "--algo", "SHA256", "--algo", "md5", "a"];
    let md5 = hash_bytes::<Md5>("abc");
    assert_eq!(home.run(&args).text(), format!("{ABC}  a\n{md5}  a\n"));
    let twice = [
        "hash", "--algo", "md5", "--algo", "sha256", "--algo", "MD5", "a",
    ];
    assert_eq!(home.run(&twice).text(), format!("{md5}  a\n{ABC}  a\n"));
    for name in media_hash::Registry::builtin().names() {
        let ran = home.run(&["hash", "--algo", name, "a"]);
        assert!(ran.text().starts_with(&format!("{name}:")), "{name}");
    }
}

#[test]
fn programs_get_objects_or_csv_when_they_ask() {
    let home = Home::new();
    home.write("a,b", "abc");
    let ran = home.run(&["--format", "jsonl", "hash", "a,b"]);
    assert_eq!(
        ran.text(),
        format!("{{\"path\":\"a,b\",\"hash\":\"{ABC}\"}}\n")
    );
    let ran = home.run(&["hash", "a,b", "--format", "csv"]);
    assert_eq!(ran.text(), format!("path,hash\n\"a,b\",{ABC}\n"));
}

#[test]
fn a_file_that_fails_does_not_stop_the_others() {
    let home = Home::new();
    home.write("a", "abc");
    home.write("folder/b", "abc");
    let ran = home.run(&["hash", "missing", "a", "folder"]);
    assert_eq!((ran.status, ran.text()), (2, &*format!("{ABC}  a\n")));
    let errors: Vec<_> = ran.stderr.lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(
        ran.stderr
            .contains("error: file \"missing\" does not exist: ")
    );
    assert!(
        ran.stderr
            .contains("error: \"folder\" is a directory: pass -r")
    );
}

#[test]
fn folders_are_walked_in_the_order_of_names() {
    let home = Home::new();
    for name in ["f/b", "f/a/z", "f/a.x", "f/c/d/e"] {
        home.write(name, "abc");
    }
    let slashes = |text: &str| text.replace(std::path::MAIN_SEPARATOR, "/");
    let ran = home.run(&["hash", "-r", "f", "f/b"]);
    let names: Vec<_> = ran
        .lines()
        .iter()
        .map(|line| slashes(&line[ABC.len() + 2..]))
        .collect();
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    assert_eq!(names, ["f/a/z", "f/a.x", "f/b", "f/c/d/e", "f/b"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_where_they_are_named_only() {
    use std::os::unix::fs::symlink;

    let home = Home::new();
    home.write("f/a", "abc");
    symlink("..", home.path("f/up")).unwrap();
    symlink("a", home.path("f/link")).unwrap();
    symlink("f", home.path("g")).unwrap();
    let ran = home.run(&["hash", "-r", "g", "f/link"]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""));
    assert_eq!(ran.text(), format!("{ABC}  g/a\n{ABC}  f/link\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn any_name_is_printed_so_that_lines_stay_lines() {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    let home = Home::new();
    let names: [&[u8]; 4] = [b"caf\xe9", b"a\nb\\c", b"back\\slash", "été".as_bytes()];
    for name in names {
        fs::write(home.path(OsStr::from_bytes(name)), "abc").unwrap();
    }
    let printed: [&[u8]; 4] = [
        b"  caf\xe9",
        b"  a\\nb\\\\c",
        b"  back\\slash",
        "  été".as_bytes(),
    ];
    for (name, printed) in names.into_iter().zip(printed) {
        let ran = crate::support::Ran::of(home.command(&["hash"]).arg(OsStr::from_bytes(name)));
        let mark = if name.contains(&b'\n') { "\\" } else { "" };
        let expected = [mark.as_bytes(), ABC.as_bytes(), printed, b"\n"].concat();
        assert_eq!((ran.status, ran.stdout), (0, expected));
    }
    for format in ["jsonl", "csv"] {
        let args = ["hash", "-r", ".", "--format", format];
        let ran = home.run(&args);
        assert_eq!(ran.status, 2);
        assert_eq!(ran.stderr.lines().count(), 1);
        assert!(ran.stderr.contains("not UTF-8"), "{}", ran.stderr);
        assert_eq!(ran.text().matches("sha256:").count(), 3);
    }
}
