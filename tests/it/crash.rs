//! Killed, cut off or refused at any call, the next run converges: nothing twice, nothing left over.

mod beside;
mod broken;
mod holdings;
mod killed;
pub mod recorder;
mod turns;

use crate::stand::{SPEED, Stand, text};
use holdings::holdings;
use recorder::Recorder;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use trueup::core::event::Outcome;
use trueup::core::graph::Graph;
use trueup::core::stack::Stack;
use trueup::ops::plan::Planned;
use trueup::sandbox::world::World;
use trueup::sandbox::{Options, Sandbox, Speed};

const SMALL: &str = include_str!("crash/small.toml");

/// The wish of a file, or that nothing of it be there any more.
#[derive(Clone)]
struct Wanted {
    stack: Arc<Stack>,
    graph: Arc<Graph>,
    destroy: bool,
}

impl Wanted {
    fn new(stack: Stack) -> Self {
        let graph = Arc::new(crate::stand::graph(&stack));
        Wanted { stack: Arc::new(stack), graph, destroy: false }
    }

    fn gone(&self) -> Self {
        Wanted { destroy: true, ..self.clone() }
    }

    async fn plan(&self, stand: &Stand) -> Planned {
        if self.destroy { stand.plan_destroy(&self.graph).await } else { stand.plan_allowing(&self.graph).await }
    }

    /// An undisturbed run from a world, or from nothing: the world after each call that was to change it.
    async fn recorded(&self, from: Option<&World>) -> Recorded {
        let sandbox = from.map_or_else(empty, frozen);
        let recorder = Recorder::new(sandbox.clone());
        let stand = Stand::through(recorder.clone(), sandbox.clone(), &self.stack, SPEED).await;
        let plan = self.plan(&stand).await;
        assert_eq!(plan.refusals, [], "{}", text(&plan));
        sandbox.set_speed(Speed::Times(SPEED));
        let applied = stand.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
        let calls = recorder.taken();
        assert!(calls.len() > 3, "{}", text(&plan));
        Recorded { end: sandbox.look(World::clone), calls }
    }

    /// Makes the next run, from a process that knows nothing of the one before. The error says what is not right.
    async fn resumed(&self, sandbox: &Sandbox, like: &World) -> Result<Planned, String> {
        sandbox.set_faults(Vec::new());
        let stand = Stand::over(sandbox.clone(), &self.stack).await;
        let plan = self.plan(&stand).await;
        let shown = text(&plan);
        if !plan.refusals.is_empty() {
            return Err(format!("refused: {shown}"));
        }
        sandbox.set_speed(Speed::Times(SPEED));
        let applied = stand.apply(&plan).await;
        if applied.outcome != Outcome::Complete {
            return Err(format!("{:#?} of {shown}", applied.trouble()));
        }
        self.as_if_undisturbed(&stand, like).await.map_err(|wrong| format!("{wrong}\nafter {shown}"))?;
        Ok(plan)
    }

    /// Checks that the world holds the same as after an undisturbed run, and that nothing is left to do.
    async fn as_if_undisturbed(&self, stand: &Stand, like: &World) -> Result<(), String> {
        let (have, want) = (stand.sandbox.look(holdings), holdings(like));
        let more = have.iter().filter(|(what, count)| want.get(*what) != Some(*count)).collect::<Vec<_>>();
        let less = want.iter().filter(|(what, count)| have.get(*what) != Some(*count)).collect::<Vec<_>>();
        let wrong = stand.sandbox.mismatches();
        if !more.is_empty() || !less.is_empty() || !wrong.is_empty() {
            return Err(format!("holds {more:?}, not {less:?} {wrong:?}"));
        }
        // After a destroy there is nothing to plan for.
        if self.destroy {
            return Ok(());
        }
        let plan = self.plan(stand).await;
        if plan.steps.is_empty() && plan.refusals.is_empty() { Ok(()) } else { Err(format!("not settled: {}", text(&plan))) }
    }
}

struct Recorded {
    end: World,
    /// Each operation in order, and the world that it left.
    calls: Vec<(String, World)>,
}

impl Recorded {
    /// Returns the number of calls of each operation.
    fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (operation, _) in &self.calls {
            *counts.entry(operation.as_str()).or_default() += 1;
        }
        counts
    }
}

/// An embedded AWS with nothing in it.
fn empty() -> Sandbox {
    frozen(&Sandbox::open(Options::default()).unwrap().look(World::clone))
}

/// One that holds a world, in which time hardly passes.
fn frozen(world: &World) -> Sandbox {
    let options = Options { speed: Speed::Times(0.001), begin: Some(world.now), ..Options::default() };
    let sandbox = Sandbox::open(options).unwrap();
    sandbox.change(|place| *place = world.clone()).unwrap();
    sandbox
}

/// Runs cases side by side, gathers what went wrong, and answers what came of them.
async fn all<T: Send + 'static, R: Send + 'static, F: Future<Output = Result<R, String>> + Send + 'static>(
    cases: impl IntoIterator<Item = (String, T)>,
    run: impl Fn(T) -> F,
) -> Vec<R> {
    const AT_ONCE: usize = 8;
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (name, case) in cases {
        let (places, work) = (places.clone(), run(case));
        running.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            work.await.map_err(|wrong| format!("== {name}: {wrong}"))
        });
    }
    let (well, wrong) = running.join_all().await.into_iter().partition::<Vec<_>, _>(Result::is_ok);
    let wrong = wrong.into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{} cases\n{}", wrong.len(), wrong.join("\n"));
    well.into_iter().flatten().collect()
}
