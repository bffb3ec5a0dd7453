//! All of it, or as much as is asked for.

use super::child::Desk;
use super::operations::{Ground, Operation};
use super::place::{Place, STILL};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One case: an operation of the flagship, and what befalls it.
#[derive(Debug, Clone)]
pub enum Blow {
    /// Killed at the Nth mutating call, before or after it is carried out.
    Kill { call: usize, before: bool },
    /// No credentials are good any more once so many mutating calls have been answered.
    Expire { call: usize },
    /// Faults from the beginning of the run on; the process lives.
    Faults(Vec<String>),
}

impl fmt::Display for Blow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Blow::Kill { call, before: true } => write!(f, "killed before call {call}"),
            Blow::Kill { call, before: false } => write!(f, "killed after call {call}"),
            Blow::Expire { call } => write!(f, "credentials expired after call {call}"),
            Blow::Faults(faults) => f.write_str(&shortened(faults)),
        }
    }
}

fn shortened(faults: &[String]) -> String {
    if faults.len() > 4 { format!("{} and {} more", faults[0], faults.len() - 1) } else { faults.join(" ") }
}

/// What came of it, where all was well in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Came {
    /// The next run has finished what was left.
    Resumed,
    /// The run itself has come through.
    Through,
    /// The run had fewer calls than the undisturbed one, and was over before.
    Over,
}

/// Plays one case. The error says what was not well in the end.
pub fn play(ground: &Ground, blow: &Blow) -> Result<Came, String> {
    let place = Place::of(&ground.start);
    let desk = Desk::with(&ground.operation.stack());
    match blow {
        Blow::Kill { call, before } => {
            place.fault(&[&format!("{}:{call}", if *before { "hold-before" } else { "hold" })]);
            let args = ground.operation.args();
            let mut running = desk.start(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
            running.until(|running| running.says("applying "));
            ground.operation.goes_on(&place);
            if !running.until(|_| place.sandbox.is_held()) {
                let ran = running.wait();
                place.sandbox.set_speed(STILL);
                if ran.code != Some(0) {
                    return Err(ran.all());
                }
                place.sandbox.set_faults(Vec::new());
                return ground.is_well(&desk, &place).map(|()| Came::Over);
            }
            let ran = running.kill();
            place.sandbox.set_speed(STILL);
            assert_eq!(ran.code, None, "it was killed");
            ground.finishes(&desk, &place).map(|()| Came::Resumed)
        }
        Blow::Expire { call } => {
            let args = ground.operation.args();
            let mut running = desk.start(&place, &args.iter().map(String::as_str).collect::<Vec<_>>());
            running.until(|running| running.says("applying "));
            ground.operation.goes_on(&place);
            running.until(|_| place.sandbox.calls().iter().filter(|one| one.mutating).count() >= *call);
            place.fault(&["expired-credentials"]);
            let ran = running.wait();
            place.sandbox.set_speed(STILL);
            match ran.code {
                Some(0) => return Err(format!("nothing went wrong: {}", ran.all())),
                Some(4) if ran.err.matches("stopping:").count() == 1 => {}
                _ => return Err(ran.all()),
            }
            ground.finishes(&desk, &place).map(|()| Came::Resumed).map_err(|wrong| format!("{}\nthen {wrong}", ran.all()))
        }
        Blow::Faults(faults) => {
            place.fault(&faults.iter().map(String::as_str).collect::<Vec<_>>());
            let ran = ground.operation.run(&desk, &place);
            let struck = place.sandbox.calls().iter().any(|call| call.fault.is_some());
            if !struck {
                return Err(format!("nothing went wrong: {}", ran.all()));
            }
            place.sandbox.set_faults(Vec::new());
            match ran.code {
                Some(0) => ground.is_well(&desk, &place).map(|()| Came::Through),
                // It stopped, or could not be planned, and says so: then the next one goes on.
                Some(1 | 3 | 4) => {
                    ground.finishes(&desk, &place).map(|()| Came::Resumed).map_err(|wrong| format!("{}\nthen {wrong}", ran.all()))
                }
                _ => Err(ran.all()),
            }
        }
    }
}

/// What befalls an operation, in groups.
fn blows(ground: &Ground) -> Vec<(&'static str, Blow)> {
    let calls = 1..=ground.calls.len();
    let kill =
        |before| move |call| (if before { "SIGKILL before the call" } else { "SIGKILL after the call" }, Blow::Kill { call, before });
    let mut blows = calls.clone().map(kill(false)).chain(calls.map(kill(true))).collect::<Vec<_>>();
    // Each call loses its reply in one of two rounds: between two of an operation stands the repeat of the first.
    let mut counts = BTreeMap::<&str, usize>::new();
    ground.calls.iter().for_each(|call| *counts.entry(call).or_default() += 1);
    for first in [1, 2] {
        let lost = counts.iter().flat_map(|(call, count)| (0..*count).map(move |nth| format!("drop:{call}@{}", first + 2 * nth)));
        blows.push(("every reply lost once", Blow::Faults(lost.collect())));
    }
    for (group, fault) in [
        ("throttled, 30 %", "throttle:*:30%"),
        ("503, 10 % of all calls", "unavailable:*:10%"),
        ("500, 10 % of all calls", "error-before:*:10%"),
        ("500 after the effect, 10 %", "error-after:mutating:10%"),
        ("replies 0.3 s late, 30 %", "slow:*:300ms:30%"),
        ("stale reads, 20 %", "stale:*:20%"),
    ] {
        blows.push((group, Blow::Faults(vec![fault.to_owned()])));
    }
    for part in [4, 2] {
        let call = (ground.calls.len() / part).max(1);
        blows.push(("credentials expire for good", Blow::Expire { call }));
    }
    blows
}

/// `just chaos`: TRUEUP_CHAOS names operations, TRUEUP_CHAOS_STEP takes each Nth call alone. What has been played stands in
/// target/chaos.jsonl, and is not played again.
#[test]
#[ignore = "takes half an hour: `just chaos`"]
fn everything() {
    let asked = std::env::var("TRUEUP_CHAOS").unwrap_or_default();
    let step = std::env::var("TRUEUP_CHAOS_STEP").ok().and_then(|text| text.parse().ok()).unwrap_or(1_usize);
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/chaos.jsonl");
    let known = fs::read_to_string(&path).unwrap_or_default();
    let known = known.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect::<Vec<_>>();
    let played = |operation: &str, blow: &str| {
        known.iter().any(|line| line["operation"] == operation && line["blow"] == blow && line["wrong"].is_null())
    };
    let log = Mutex::new(File::options().create(true).append(true).open(&path).unwrap());
    let begun = std::time::Instant::now();
    for operation in
        Operation::ALL.into_iter().filter(|operation| asked.is_empty() || asked.split(',').any(|name| name == operation.name()))
    {
        let ground = Ground::of(operation);
        println!("{}: {} mutating calls", operation.name(), ground.calls.len());
        let picked = |blow: &Blow| !matches!(blow, Blow::Kill { call, .. } if call % step != 0);
        let todo =
            blows(&ground).into_iter().filter(|(_, blow)| picked(blow) && !played(operation.name(), &blow.to_string())).collect::<Vec<_>>();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(2, std::num::NonZero::get) {
                scope.spawn(|| {
                    while let Some((group, blow)) = todo.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let since = std::time::Instant::now();
                        let came = play(&ground, blow);
                        let call = if let Blow::Kill { call, .. } = blow { ground.calls.get(call - 1).cloned() } else { None };
                        let (wrong, came) = (came.as_ref().err(), came.as_ref().ok().map(|came| format!("{came:?}")));
                        let line = serde_json::json!({
                            "operation": operation.name(), "group": group, "blow": blow.to_string(), "call": call,
                            "came": came, "wrong": wrong, "seconds": since.elapsed().as_secs_f64(),
                        });
                        writeln!(log.lock().unwrap(), "{line}").unwrap();
                    }
                });
            }
        });
    }
    println!("{:.0} s", begun.elapsed().as_secs_f64());
    let lines = fs::read_to_string(&path).unwrap();
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    // A case that was played twice is as it was the last time.
    let last = lines.map(|line| (format!("{} {}", line["operation"], line["blow"]), line)).collect::<BTreeMap<_, _>>();
    println!("{}", table(last.values()));
    let wrong = last.values().filter(|line| !line["wrong"].is_null()).collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{} cases, the first of them: {:#}", wrong.len(), wrong[0]);
}

/// Cases by what befell and which operation, and what came of them.
fn table<'a>(lines: impl Iterator<Item = &'a serde_json::Value>) -> String {
    let mut counts = BTreeMap::<(String, String), [usize; 4]>::new();
    for line in lines {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let place = match line["came"].as_str() {
            Some("Resumed") => 0,
            Some("Through") => 1,
            Some("Over") => 2,
            _ => 3,
        };
        counts.entry((text("operation"), text("group"))).or_default()[place] += 1;
    }
    let mut text = String::from(
        "| operation | what befell it | cases | the next run finished it | came through by itself | was over before | did not converge |\n|---|---|---|---|---|---|---|\n",
    );
    for ((operation, group), [resumed, through, over, wrong]) in counts {
        let all = resumed + through + over + wrong;
        text += &format!("| {operation} | {group} | {all} | {resumed} | {through} | {over} | {wrong} |\n");
    }
    text
}
