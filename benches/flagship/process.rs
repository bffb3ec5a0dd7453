//! Whole processes, as a person starts them: time from start to end, and peak memory.

use crate::sheet::Sheet;
use crate::{ENV, FILE};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

const MIB: f64 = 1024.0 * 1024.0;

pub fn measure(sheet: &mut Sheet) {
    let home = tempfile::tempdir().unwrap();
    let validate = (0..40).map(|_| run(home.path(), &["validate", FILE])).collect::<Vec<_>>();
    sheet.times("validate, whole process", validate.iter().map(|run| run.wall).collect(), Some(Duration::from_millis(20)));
    sheet.times("validate, its CPU time", validate.iter().map(|run| run.cpu).collect(), None);

    let cost = (0..40).map(|_| run(home.path(), &["cost", FILE, "--env", ENV])).collect::<Vec<_>>();
    sheet.times("cost, whole process", cost.iter().map(|run| run.wall).collect(), Some(Duration::from_millis(30)));

    run(home.path(), &["apply", FILE, "--env", ENV, "--sandbox", "--sandbox-speed", "5000", "--yes"]);
    let plan = (0..15).map(|_| run(home.path(), &["plan", FILE, "--env", ENV, "--sandbox"])).collect::<Vec<_>>();
    sheet.times("plan without changes, whole process", plan.iter().map(|run| run.wall).collect(), None);
    sheet.times("plan without changes, its CPU time", plan.iter().map(|run| run.cpu).collect(), None);
    let most = |runs: &[Run]| runs.iter().map(|run| run.peak as f64 / MIB).fold(0.0, f64::max);
    sheet.figure("plan without changes, peak memory", most(&plan), "MiB", Some(60.0));
    sheet.figure("validate, peak memory", most(&validate), "MiB", None);
    sheet.figure("cost, peak memory", most(&cost), "MiB", None);
}

struct Run {
    wall: Duration,
    cpu: Duration,
    /// Bytes resident at most, as the kernel counts them.
    peak: u64,
}

fn run(home: &Path, arguments: &[&str]) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trueup"));
    let command = command.current_dir(home).args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let ended = command.spawn().unwrap().wait4().unwrap();
    let wall = begun.elapsed();
    assert!(ended.status.success(), "trueup {arguments:?}: {}", ended.status);
    Run { wall, cpu: ended.rusage.utime + ended.rusage.stime, peak: ended.rusage.maxrss }
}
