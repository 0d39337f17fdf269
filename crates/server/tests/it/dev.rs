//! `countersign dev`: what it says when it is ready, and its folder.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::running::{PROGRAM, folder};

struct Dev {
    process: Child,
    ready: Json,
}

impl Dev {
    fn start(data: &Path, more: &[&str]) -> Dev {
        let mut process = command(data, &[&["--json", "--port", "0"], more].concat()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Dev { process, ready: serde_json::from_str(&line).unwrap() }
    }

    fn secret(&self) -> &str {
        self.ready["clients"][1]["client_secret"].as_str().unwrap()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(data: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["dev", "--data"]).arg(data).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Starts what cannot come up: what it says.
fn refused(data: &Path, more: &[&str]) -> String {
    let mut process = command(data, more).spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = process.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > until {
            process.kill().unwrap();
            panic!("it came up");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(!status.success());
    std::io::read_to_string(process.stderr.take().unwrap()).unwrap()
}

#[test]
fn a_restart_keeps_everything_and_fresh_begins_anew() {
    let data = folder("dev-restart");
    std::fs::write(data.join("notes.txt"), "of somebody").unwrap();
    let first = Dev::start(&data, &[]).secret().to_owned();
    assert_eq!(Dev::start(&data, &[]).secret(), first);
    assert_ne!(Dev::start(&data, &["--fresh"]).secret(), first);
    assert_eq!(std::fs::read_to_string(data.join("notes.txt")).unwrap(), "of somebody");
    std::fs::remove_dir_all(data).unwrap();
}

#[test]
fn pages_that_cannot_be_laid_over_are_no_fault_of_the_data_and_cost_none() {
    let data = folder("dev-pages");
    let secret = Dev::start(&data, &[]).secret().to_owned();
    let nowhere = data.join("nowhere");
    let broken = folder("dev-broken-pages");
    std::fs::write(broken.join("_header.html"), "{% if %}").unwrap();
    for pages in [&nowhere, &broken] {
        let pages = pages.to_str().unwrap();
        let said = refused(&data, &["--port", "0", "--fresh", "--pages", pages]);
        assert!(said.contains("cannot be laid over ours") && said.contains(pages), "{said}");
        assert!(!said.contains("data folder") && !said.contains("--fresh"), "{said}");
    }
    assert_eq!(Dev::start(&data, &[]).secret(), secret);
    std::fs::remove_dir_all(data).unwrap();
    std::fs::remove_dir_all(broken).unwrap();
}

#[test]
fn fresh_takes_nothing_away_from_who_runs_nor_for_a_start_that_fails() {
    let (data, other) = (folder("dev-runs"), folder("dev-other"));
    let running = Dev::start(&data, &[]);
    let said = refused(&data, &["--port", "0", "--fresh"]);
    assert!(said.contains("is in use"), "{said}");
    let port = running.ready["issuer"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    let secret = Dev::start(&other, &[]).secret().to_owned();
    let said = refused(&other, &["--port", &port, "--fresh"]);
    assert!(said.contains(&format!("port {port}")), "{said}");
    assert_eq!(Dev::start(&other, &[]).secret(), secret);
    let before = running.secret().to_owned();
    drop(running);
    assert_eq!(Dev::start(&data, &[]).secret(), before);
    std::fs::remove_dir_all(data).unwrap();
    std::fs::remove_dir_all(other).unwrap();
}

#[test]
fn a_table_names_addresses_accounts_and_clients() {
    let data = folder("dev-table");
    let mut process = command(&data, &["--port", "0"]).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut table = Vec::new();
    for line in lines {
        let last = line.contains("Ctrl-C");
        table.push(line);
        if last {
            break;
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
    let table = table.join("\n");
    for part in ["Demo app   http://127.0.0.1:", "Inbox      http://localhost:", "Flows ", "Issuer "] {
        assert!(table.contains(part), "{part}: {table}");
    }
    for part in ["anna@example.com", "correct horse battery", "demo-public", "demo-confidential"] {
        assert!(table.contains(part), "{part}: {table}");
    }
    std::fs::remove_dir_all(data).unwrap();
}
