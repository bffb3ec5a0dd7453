//! Whole processes, as a person starts them: time from start to end, and peak memory.
//!
//! The program that is measured is the one that people install. Cargo builds another one beside benchmarks, which unwinds where that
//! one aborts, and is larger.

use crate::sheet::Sheet;
use crate::{ENV, FILE};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// Built by `cargo build --release --target-dir target/measured`.
const BINARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/measured/release/trueup");

const MIB: f64 = 1024.0 * 1024.0;

pub fn measure(sheet: &mut Sheet) {
    let home = tempfile::tempdir().unwrap();
    let validate = (0..40).map(|_| run(home.path(), &["validate", FILE])).collect::<Vec<_>>();
    sheet.times("validate, whole process", validate.iter().map(|run| run.wall).collect(), Some(Duration::from_millis(25)));
    sheet.times("validate, its CPU time", validate.iter().map(|run| run.cpu).collect(), None);

    let cost = (0..40).map(|_| run(home.path(), &["cost", FILE, "--env", ENV])).collect::<Vec<_>>();
    sheet.times("cost, whole process", cost.iter().map(|run| run.wall).collect(), Some(Duration::from_millis(30)));

    run(home.path(), &["apply", FILE, "--env", ENV, "--sandbox", "--sandbox-speed", "5000", "--yes"]);
    let plan = (0..15).map(|_| run(home.path(), &["plan", FILE, "--env", ENV, "--sandbox"])).collect::<Vec<_>>();
    sheet.times("plan without changes, whole process", plan.iter().map(|run| run.wall).collect(), None);
    sheet.times("plan without changes, its CPU time", plan.iter().map(|run| run.cpu).collect(), None);
    let most = |runs: &[Run]| runs.iter().map(|run| run.peak as f64 / MIB).fold(0.0, f64::max);
    sheet.figure("plan without changes, peak memory", most(&plan), "MiB", Some(60.0));
    // The same over the wire: what a person's own process takes, who has AWS elsewhere.
    let served = Served::from(home.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let wire = (0..15).map(|_| run_at(elsewhere.path(), Some(&served.url), &["plan", FILE, "--env", ENV])).collect::<Vec<_>>();
    sheet.times("plan without changes over the wire, whole process", wire.iter().map(|run| run.wall).collect(), None);
    sheet.figure("plan without changes over the wire, peak memory", most(&wire), "MiB", Some(50.0));
    sheet.figure("validate, peak memory", most(&validate), "MiB", None);
    sheet.figure("cost, peak memory", most(&cost), "MiB", None);
}

struct Run {
    wall: Duration,
    cpu: Duration,
    /// Bytes resident at most, as the kernel counts them.
    peak: u64,
}

/// The embedded AWS of a directory on a port, for as long as it is kept.
struct Served {
    process: Child,
    url: String,
}

impl Served {
    fn from(home: &Path) -> Self {
        let mut command = Command::new(BINARY);
        let command = command.current_dir(home).args(["sandbox", "serve", "--port", "0"]).stdin(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let said = BufReader::new(process.stderr.take().unwrap()).lines().next().unwrap().unwrap();
        let url = said.split_once("listens on ").unwrap().1.to_owned();
        Served { process, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(home: &Path, arguments: &[&str]) -> Run {
    run_at(home, None, arguments)
}

/// Runs the program against the AWS at a URL, if one is given.
fn run_at(home: &Path, url: Option<&str>, arguments: &[&str]) -> Run {
    let mut command = Command::new(BINARY);
    let command = command.current_dir(home).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(url) = url {
        command.envs([("AWS_ENDPOINT_URL", url), ("AWS_ACCESS_KEY_ID", "bench"), ("AWS_SECRET_ACCESS_KEY", "bench")]);
    }
    let begun = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{BINARY}: {error}; `just bench` builds it"));
    let ended = child.wait4().unwrap();
    let wall = begun.elapsed();
    assert!(ended.status.success(), "trueup {arguments:?}: {}", ended.status);
    Run { wall, cpu: ended.rusage.utime + ended.rusage.stime, peak: ended.rusage.maxrss }
}
