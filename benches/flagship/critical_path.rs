//! Measures how close an apply comes to its critical path: the longest chain of steps, each with its calls and the time
//! that AWS itself takes for the resource, be that shorter or longer than what is typical.
//!
//! The cost of a step is measured beforehand, one step after the other on an AWS that answers at once: the calls
//! between its beginning and its end, and when the states that it set going came to rest. Looks that found the
//! resource not ready yet are no part of it, and neither is the time between the ready state and the look that saw it.

use crate::sheet::Sheet;
use crate::stand::{Stand, graph, stack_at};
use crate::{ENV, FILE};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use trueup::core::event::{Event, Outcome};
use trueup::core::plan::Plan;
use trueup::engine::apply::Options;
use trueup::ops::plan::Planned;
use trueup::sandbox::{self, Sandbox, Speed};

const LATENCY: Duration = Duration::from_millis(50);
/// AWS's seconds in one of ours, while steps are measured.
const QUICK: f64 = 200.0;
/// The time that states take beside the typical time, which waits go by: AWS keeps to nobody's table. With each, AWS's seconds
/// in one of ours while the whole is measured: so few that calls, and this machine, do not outweigh the states.
const PACES: [(f64, f64); 3] = [(0.1, 4.0), (1.0, 20.0), (5.0, 50.0)];

pub async fn measure(sheet: &mut Sheet) {
    let stack = stack_at(FILE, Some(ENV), &[]);
    let graph = graph(&stack);

    let stand = Stand::at(open(QUICK, Duration::ZERO), &stack, QUICK).await;
    let plan = stand.plan(&graph).await;
    let costs = costs(&stand, &plan).await;
    let calls = costs.iter().map(|cost| cost.calls).sum::<u64>();
    sheet.figure("apply: calls of all steps, one after the other", (LATENCY * calls as u32).as_secs_f64(), "s", None);

    for (pace, speed) in PACES {
        let path = longest(&plan, &costs, speed / pace);
        let stand = Stand::at(open(speed / pace, LATENCY), &stack, speed).await;
        assert_eq!(stand.plan(&graph).await.digest(), plan.digest(), "another plan than the one that was measured");
        stand.sandbox.forget_calls();
        let begun = Instant::now();
        let applied = stand.apply(&plan).await;
        let took = begun.elapsed();
        assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
        let name = |what: &str| format!("apply, states {pace} × typical: {what}");
        sheet.figure(&name("critical path"), path.as_secs_f64(), "s", None);
        sheet.figure(&name("time it took, reading back included"), took.as_secs_f64(), "s", None);
        sheet.figure(&name("time over critical path"), took.as_secs_f64() / path.as_secs_f64(), "×", Some(1.2));
        sheet.figure(&name("calls"), stand.sandbox.calls().len() as f64, "calls", None);
    }
}

/// The least that a step takes.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    calls: u64,
    /// AWS's own time.
    state: Duration,
}

fn open(speed: f64, latency: Duration) -> Sandbox {
    let options = sandbox::Options { speed: Speed::Times(speed), latency, begin: Some(1_700_000_000_000), ..sandbox::Options::default() };
    Sandbox::open(options).unwrap()
}

/// Runs the steps one by one and watches.
async fn costs(stand: &Stand, plan: &Planned) -> Vec<Cost> {
    let states = States::watch(stand.sandbox.clone());
    let sandbox = stand.sandbox.clone();
    let watched = Mutex::new((Watched::default(), vec![Cost::default(); plan.steps.len()]));
    let watch = |event: &Event| {
        let (calls, now) = (sandbox.call_counts().values().sum::<u64>(), sandbox.look(|world| world.now));
        let (watched, costs) = &mut *watched.lock().unwrap();
        match event {
            Event::Began { .. } => *watched = Watched { began: now, first: calls, looks: Vec::new() },
            Event::Waiting { .. } => watched.looks.push(calls),
            Event::Done { step, .. } => {
                costs[*step] = Cost { calls: calls - watched.first - watched.in_vain(calls), state: states.between(watched.began, now) };
            }
            _ => {}
        }
    };
    let (_keep, cancel) = watch::channel(false);
    let applied = stand.apply_watched(plan, &Options::new(1, cancel), watch).await;
    assert_eq!(applied.outcome, Outcome::Complete);
    watched.into_inner().unwrap().1
}

#[derive(Default)]
struct Watched {
    /// AWS's clock when the step began.
    began: i64,
    first: u64,
    /// The number of calls by each look that found it not ready.
    looks: Vec<u64>,
}

impl Watched {
    /// The calls of all looks that found it not ready, each as dear as the cheapest.
    fn in_vain(&self, calls: u64) -> u64 {
        let ends = self.looks.iter().skip(1).chain([&calls]);
        let cheapest = self.looks.iter().zip(ends).map(|(from, to)| to - from).min().unwrap_or(0);
        cheapest * self.looks.len() as u64
    }
}

/// The changes of state that the embedded AWS has ahead of it, seen as they are set going.
struct States(Arc<Mutex<HashMap<Due, i64>>>);

/// Table, id, and when.
type Due = (String, String, i64);

impl States {
    /// Looks every millisecond, for as long as anyone holds the answer.
    fn watch(sandbox: Sandbox) -> Self {
        let seen = Arc::new(Mutex::new(HashMap::new()));
        let own = Arc::downgrade(&seen);
        std::thread::spawn(move || {
            while let Some(seen) = own.upgrade() {
                sandbox.look(|world| {
                    let mut seen = seen.lock().unwrap();
                    for due in &world.due {
                        seen.entry((due.table.clone(), due.id.clone(), due.at)).or_insert(world.now);
                    }
                });
                drop(seen);
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        States(seen)
    }

    /// Returns the time of the states that were set going and came to rest within a span.
    fn between(&self, from: i64, to: i64) -> Duration {
        let seen = self.0.lock().unwrap();
        let within = seen.iter().filter(|((_, _, at), set)| **set >= from && *at <= to);
        within.map(|((_, _, at), set)| Duration::from_millis(u64::try_from(at - set).unwrap_or(0))).max().unwrap_or_default()
    }
}

/// The longest chain of steps, where AWS's time passes at a speed.
fn longest(plan: &Plan, costs: &[Cost], speed: f64) -> Duration {
    let mut until = Vec::<Duration>::new();
    let mut by_length = BTreeMap::new();
    for (index, (step, cost)) in plan.steps.iter().zip(costs).enumerate() {
        let before = step.after.iter().map(|before| until[*before]).max().unwrap_or_default();
        until.push(before + LATENCY * cost.calls as u32 + cost.state.div_f64(speed));
        by_length.insert(until[index], index);
    }
    by_length.last_key_value().map(|(length, _)| *length).unwrap_or_default()
}
