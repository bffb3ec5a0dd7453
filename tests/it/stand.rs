//! The base of tests: a stack file, an embedded AWS of its own, and the way from one to the other.

use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use std::path::Path;
use std::sync::Mutex;
use tempfile::TempDir;
use tokio::sync::watch;
use trueup::aws::{Clock, Connection};
use trueup::core::admission::Papers;
use trueup::core::approval::shown::unshown;
use trueup::core::event::{Event, Outcome};
use trueup::core::expand::expand;
use trueup::core::graph::Graph;
use trueup::core::kind::Row;
use trueup::core::plan::Plan;
use trueup::core::planner::{self, Policy};
use trueup::core::sealed::seal;
use trueup::core::snapshot::Snapshot;
use trueup::core::source::Source;
use trueup::core::stack::Stack;
use trueup::engine;
use trueup::engine::apply::{Options, apply};
use trueup::engine::events::Events;
use trueup::engine::store::{Journal, Work};
use trueup::kinds;
use trueup::modules;
use trueup::ops::plan::Planned;
use trueup::ops::session::{Session, Wanted};
use trueup::sandbox::{self, Sandbox, Speed};

/// Waiting costs next to nothing, and states still pass one after the other.
pub const SPEED: f64 = 2000.0;

/// One stack on one embedded AWS.
pub struct Stand {
    pub sandbox: Sandbox,
    ground: Ground,
}

/// One stack on any AWS.
pub struct Ground {
    session: Session,
    dir: TempDir,
}

/// The events of an apply, and its outcome.
pub struct Applied {
    pub outcome: Outcome,
    pub events: Vec<Event>,
}

impl Stand {
    /// Stands on an embedded AWS of its own.
    pub async fn new(stack: &Stack) -> Self {
        Stand::over(fast(), stack).await
    }

    /// Stands on an embedded AWS that is there already, as the next process would.
    pub async fn over(sandbox: Sandbox, stack: &Stack) -> Self {
        Stand::at(sandbox, stack, SPEED).await
    }

    /// `speed`: how much faster than real time waiting passes.
    pub async fn at(sandbox: Sandbox, stack: &Stack, speed: f64) -> Self {
        Stand::connected(SharedHttpClient::new(sandbox.clone()), sandbox, stack, speed).await
    }

    /// Connects by way of something that stands before the embedded AWS.
    pub async fn through(http: impl HttpClient + 'static, sandbox: Sandbox, stack: &Stack, speed: f64) -> Self {
        Stand::connected(SharedHttpClient::new(http), sandbox, stack, speed).await
    }

    async fn connected(http: SharedHttpClient, sandbox: Sandbox, stack: &Stack, speed: f64) -> Self {
        let region = &stack.settings.region;
        let connection = Connection::over(http, region, Clock { speed }).await;
        Stand { sandbox, ground: Ground::new(&connection, stack).await }
    }

    /// A second plan has nothing to do, and every answer so far fitted its model.
    pub async fn settled(&self, graph: &Graph) {
        self.ground.settled(graph).await;
        assert_eq!(self.sandbox.mismatches(), Vec::<String>::new());
    }
}

impl std::ops::Deref for Stand {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.ground
    }
}

impl std::ops::Deref for Ground {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl Ground {
    pub async fn new(connection: &Connection, stack: &Stack) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Any account will do: a file may name one that only its owner has.
        let wanted = Wanted { account: None, ..stack.into() };
        Ground { session: Session::open(connection, wanted, dir.path()).await.unwrap(), dir }
    }

    /// Returns the directory of locks and journals.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub async fn read(&self, graph: &Graph) -> Snapshot {
        self.read_all(graph, false).await
    }

    pub async fn read_all(&self, graph: &Graph, sweep: bool) -> Snapshot {
        self.session.read(graph, sweep, &Events::silent()).await.unwrap()
    }

    pub async fn plan(&self, graph: &Graph) -> Planned {
        let snapshot = self.read(graph).await;
        sealed(plan(graph, &snapshot, false), snapshot)
    }

    /// The plan that may replace and delete what is protected.
    pub async fn plan_allowing(&self, graph: &Graph) -> Planned {
        let snapshot = self.read(graph).await;
        let policy = Policy {
            destroy: false,
            allow_delete: graph.nodes().map(|node| node.address.clone().into()).collect(),
            created: NOW.into(),
            ..Policy::default()
        };
        sealed(planner::plan(graph, &snapshot, &policy, &find), snapshot)
    }

    /// The plan that deletes everything, protected or not.
    pub async fn plan_destroy(&self, graph: &Graph) -> Planned {
        let snapshot = self.read_all(graph, true).await;
        sealed(plan(graph, &snapshot, true), snapshot)
    }

    pub async fn apply(&self, plan: &Planned) -> Applied {
        let (_keep, cancel) = watch::channel(false);
        self.apply_with(plan, &Options::new(16, cancel)).await
    }

    pub async fn apply_with(&self, plan: &Planned, options: &Options) -> Applied {
        self.apply_watched(plan, options, |_| {}).await
    }

    /// `watch` sees every event at once.
    pub async fn apply_watched(&self, plan: &Planned, options: &Options, watch: impl Fn(&Event) + Send + Sync) -> Applied {
        let mut lock = self.session.lock(Work::Apply).await.unwrap();
        let admitted = self.admit(plan, None, Papers::Fresh).unwrap();
        heard(watch, async |events| self.session.apply(&mut lock, admitted, options, events).await.unwrap()).await
    }

    /// Applies with a journal of one's own.
    pub async fn apply_on(&self, journal: Journal, plan: &Planned, options: &Options) -> Applied {
        let admitted = self.admit(plan, None, Papers::Fresh).unwrap();
        heard(|_| {}, async |events| apply(&self.aws, &admitted, &journal, options, events).await).await
    }

    /// Plans and applies; everything must take.
    pub async fn bring(&self, graph: &Graph) -> Planned {
        let plan = self.plan(graph).await;
        assert_eq!(plan.refusals, [], "{}", text(&plan));
        let applied = self.apply(&plan).await;
        assert_eq!(applied.outcome, Outcome::Complete, "{:#?}", applied.trouble());
        plan
    }

    /// A second plan has nothing to do.
    pub async fn settled(&self, graph: &Graph) {
        let plan = self.plan(graph).await;
        assert!(plan.steps.is_empty() && plan.refusals.is_empty(), "not settled:\n{}", text(&plan));
    }
}

/// Returns the events that an apply says, and its outcome.
async fn heard(watch: impl Fn(&Event) + Send + Sync, work: impl AsyncFnOnce(&Events<'_>) -> engine::apply::Applied) -> Applied {
    let heard = Mutex::new(Vec::new());
    let events = Events::new(|said| {
        watch(&said.event);
        heard.lock().unwrap().push(said.event.clone());
    });
    let outcome = work(&events).await.outcome;
    drop(events);
    Applied { outcome, events: heard.into_inner().unwrap() }
}

impl Applied {
    /// Returns the events that did not go well, for a message.
    pub fn trouble(&self) -> Vec<&Event> {
        let bad =
            |event: &&Event| matches!(event, Event::Failed { .. } | Event::Skipped { .. } | Event::Partial { .. } | Event::Finished { .. });
        self.events.iter().filter(bad).collect()
    }
}

/// A plan as a person sees it, without colour.
pub fn text(plan: &Plan) -> String {
    anstream::adapter::strip_str(&trueup::report::plan::render(plan, WHOLE)).to_string()
}

pub const WHOLE: trueup::report::plan::View = trueup::report::plan::View { width: 160, whole: true };

/// An embedded AWS in memory, in a hurry.
pub fn fast() -> Sandbox {
    Sandbox::open(sandbox::Options { speed: Speed::Times(SPEED), ..sandbox::Options::default() }).unwrap()
}

const NOW: &str = "2026-01-01T00:00:00Z";

pub fn plan(graph: &Graph, snapshot: &Snapshot, destroy: bool) -> Plan {
    let allow_delete = if destroy { graph.nodes().map(|node| node.address.clone().into()).collect() } else { Default::default() };
    planner::plan(graph, snapshot, &Policy { destroy, allow_delete, created: NOW.into(), ..Policy::default() }, &find)
}

/// Without a cost, as what it shows is the same whatever prices are.
pub fn sealed(plan: Plan, snapshot: Snapshot) -> Planned {
    assert_eq!(unshown(&plan, &find), [], "a plan shows all that it does");
    Planned { sealed: seal(plan), snapshot, applied: false }
}

pub fn find(kind: &str) -> Option<&'static Row> {
    kinds::find(kind).map(|entry| &entry.row)
}

/// A stack file of this repository.
pub fn stack_at(file: &str, env: Option<&str>, sets: &[&str]) -> Stack {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    stack(&std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}")), env, sets)
}

/// A stack file's text; `sets` as `--set` takes them.
pub fn stack(text: &str, env: Option<&str>, sets: &[&str]) -> Stack {
    let sets = sets.iter().map(|set| (*set).to_owned()).collect::<Vec<_>>();
    modules::parse(Source::new("stack.toml", text), env, &sets).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
}

pub fn graph(stack: &Stack) -> Graph {
    expand(stack).unwrap_or_else(|wrong| panic!("{}", wrong.render(false)))
}
