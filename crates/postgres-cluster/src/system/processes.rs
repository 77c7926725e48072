//! Which processes there are.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

/// The children of a process, and theirs.
pub(crate) fn descendants(process: u32) -> io::Result<Vec<u32>> {
    let all = all()?;
    let mut found = vec![process];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        let children = all.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(child, _)| child));
        at += 1;
    }
    Ok(found.split_off(1))
}

/// Every process and its parent.
fn all() -> io::Result<Vec<(u32, u32)>> {
    if Path::new("/proc/self/stat").exists() {
        let entries = fs::read_dir("/proc")?.flatten();
        // What is no process, or is gone by now, has no such file.
        let stats = entries.filter_map(|entry| fs::read(entry.path().join("stat")).ok());
        return Ok(stats.filter_map(|stat| of_stat(&stat)).collect());
    }
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid="])
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let numbers = said.lines().filter_map(|line| {
        let mut numbers = line.split_whitespace().map_while(|word| word.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    });
    Ok(numbers.collect())
}

/// `17 (name (of any kind)) S 4 …`: the process 17, whose parent is 4.
fn of_stat(stat: &[u8]) -> Option<(u32, u32)> {
    let stat = String::from_utf8_lossy(stat);
    let (process, _) = stat.split_once(' ')?;
    let (_, behind_name) = stat.rsplit_once(')')?;
    let parent = behind_name.split_whitespace().nth(1)?;
    Some((process.parse().ok()?, parent.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_look_like_the_rest() {
        assert_eq!(of_stat(b"17 (a) S 9 (b) S 4 17 17 0"), Some((17, 4)));
        assert_eq!(of_stat(b""), None);
    }
}
