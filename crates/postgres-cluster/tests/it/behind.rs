//! What stays behind: nothing.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use postgres_cluster::Cluster;

use crate::support::until;

const CHILD: &str = "POSTGRES_CLUSTER_CHILD";

/// The ids of a server's processes.
fn processes(server: &Cluster) -> Vec<u32> {
    let file = fs::read_to_string(server.data_folder().join("postmaster.pid")).unwrap();
    let first = file.lines().next().unwrap();
    let others = "select pid from pg_stat_activity where pid <> pg_backend_pid()";
    let others = server.psql(others).unwrap();
    let all = others.lines().chain([first]);
    let all: Vec<_> = all.map(|pid| pid.parse().unwrap()).collect();
    assert!(all.len() > 3, "{all:?}");
    assert!(all.iter().all(|&pid| is_running(pid)));
    all
}

/// One that nobody waited for does not count.
fn is_running(pid: u32) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

fn folders(server: &Cluster) -> [PathBuf; 2] {
    let data = server.data_folder();
    [data, data.parent().unwrap()].map(Path::to_owned)
}

#[test]
fn nothing_is_left_of_a_server_that_is_dropped() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let states: [fn(&Cluster); 5] = [
        |_| {},
        |server| server.pause().unwrap(),
        |server| server.stop().unwrap(),
        |server| server.kill().unwrap(),
        |server| {
            let file = fs::read_to_string(server.data_folder().join("postmaster.pid")).unwrap();
            let first = file.lines().next().unwrap();
            let killed = Command::new("kill").args(["-9", first]).status();
            assert!(killed.unwrap().success());
        },
    ];
    for (number, state) in states.iter().enumerate() {
        let server = Cluster::builder(&programs).start().unwrap();
        let (folders, processes) = (folders(&server), processes(&server));
        state(&server);
        drop(server);
        assert!(!processes.iter().any(|&pid| is_running(pid)), "{number}");
        assert!(!folders.iter().any(|folder| folder.exists()), "{number}");
    }
}

#[test]
fn nothing_is_left_after_a_panic() {
    let Some(programs) = postgres_cluster::required() else {
        return;
    };
    let mut seen = None;
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        let server = Cluster::builder(&programs).start().unwrap();
        seen = Some((folders(&server), processes(&server)));
        panic!("as a test does that fails");
    }));
    outcome.unwrap_err();
    let (folders, processes) = seen.unwrap();
    assert!(!processes.iter().any(|&pid| is_running(pid)));
    assert!(!folders.iter().any(|folder| folder.exists()));
}

/// What the next tests start as a process of its own.
#[test]
fn child() {
    let Some(how) = env::var_os(CHILD) else {
        return;
    };
    let own = Cluster::builder(&postgres_cluster::required().unwrap());
    let own = own.start().unwrap();
    for server in [&own, postgres_cluster::shared().unwrap()] {
        let (folders, processes) = (folders(server), processes(server));
        println!("\n{}\n{processes:?}", folders[1].display());
    }
    if how == "wait" {
        println!("ready");
        // Until it is killed.
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
}

fn start_child(how: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "behind::child", "--nocapture"])
        .env(CHILD, how)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The folders and processes of the child's two servers.
fn servers_of(child: &mut Child) -> (Vec<PathBuf>, Vec<u32>) {
    let output = BufReader::new(child.stdout.take().unwrap());
    let (mut folders, mut processes) = (Vec::new(), Vec::new());
    for line in output.lines().map(Result::unwrap) {
        if line.starts_with('/') {
            folders.push(PathBuf::from(line));
        } else if let Some(list) = line.strip_prefix('[') {
            let list = list.trim_end_matches(']').split(", ");
            processes.extend(list.map(|pid| pid.parse::<u32>().unwrap()));
        } else if line == "ready" {
            break;
        }
    }
    assert_eq!(folders.len(), 2);
    (folders, processes)
}

#[test]
fn nothing_outlives_a_process_however_it_ends() {
    if postgres_cluster::required().is_none() {
        return;
    }
    for how in ["wait", "end"] {
        let mut child = start_child(how);
        let (folders, processes) = servers_of(&mut child);
        if how == "wait" {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        until(|| !processes.iter().any(|&pid| is_running(pid)));
        until(|| !folders.iter().any(|folder| folder.exists()));
    }
}

#[test]
fn fresh_databases_are_all_different() {
    let Some(server) = postgres_cluster::shared() else {
        return;
    };
    let urls = [(); 3].map(|()| server.fresh_database().unwrap());
    assert!(urls[0] != urls[1] && urls[1] != urls[2] && urls[2] != urls[0]);
}
