//! Applying: the steps of a plan, as many at once as their order allows, and nothing else.

use super::context::{Context, Siblings};
use super::events::Events;
use super::look::{Looks, Standing};
use super::rollout::step::ROLLED_BACK;
use super::step::{ANOTHER_RUN, Done, Job};
use super::store::{Journal, Written};
use super::trail::Trail;
use crate::aws::{Aws, Class, Error, Select, Update, recorded};
use crate::core::address::Address;
use crate::core::admission::Admitted;
use crate::core::backoff::Backoff;
use crate::core::diff::diff;
use crate::core::event::{Event, Outcome, Request};
use crate::core::graph::Outputs;
use crate::core::history::{self, Made};
use crate::core::kind::Row;
use crate::core::lent;
use crate::core::origin::Since;
use crate::core::output;
use crate::core::plan::{Action, Change, Plan, Step as PlanStep, Verb};
use crate::core::reason::Because;
use crate::core::reference::{self, Reference, is_open, resolve};
use crate::core::rollout::smoke::via::Via;
use crate::core::snapshot::Live;
use crate::kinds;
use futures::stream::{FuturesUnordered, StreamExt};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest that a run which was interrupted waits for the calls that it has sent. GitHub's runners end a job seven and a half
/// seconds after they interrupted it, by a termination, and two and a half seconds later by force: what is left is for the lock and
/// the last words. <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation>
const GRACE: Duration = Duration::from_secs(4);

/// The width of an apply, and the signal that stops it.
pub struct Options {
    /// Steps that run at once.
    pub parallel: usize,
    /// Turns true at the first interrupt: submit nothing new, cut waits short.
    pub cancel: watch::Receiver<bool>,
    /// Places that smoke checks connect to instead of load balancers.
    pub via: Vec<Via>,
    /// True to leave rollouts once they have begun.
    pub detach: bool,
}

impl Options {
    #[must_use]
    pub fn new(parallel: usize, cancel: watch::Receiver<bool>) -> Self {
        Options { parallel, cancel, via: Vec::new(), detach: false }
    }
}

/// The outcome of an apply, and the outputs of modules after it.
#[derive(Debug, Clone)]
pub struct Applied {
    pub outcome: Outcome,
    pub outputs: Outputs,
    /// The resources that it has made or changed, as a record keeps them.
    pub made: BTreeMap<Address, Made>,
    /// The newest apply before it that did all that it was to do, where a record has a file to go back to.
    pub good: Option<Since>,
}

/// Runs a plan. Every failure is an event; the answer says how it ended.
pub async fn apply(aws: &Aws, plan: &Admitted, journal: &Journal, options: &Options, events: &Events<'_>) -> Applied {
    let (cancel, siblings) = (options.cancel.clone(), Siblings::default());
    let (looks, trail) = (Looks::default(), Trail::new(aws.calls.now()));
    let context = Context { aws, plan, events, journal, cancel, via: &options.via, detach: options.detach, siblings, looks, trail };
    let started = Instant::now();
    let left = left(plan);
    context.say(Event::Applying {
        plan: plan.digest().to_string(),
        steps: plan.steps.len(),
        minutes: left.iter().copied().fold(0.0, f32::max),
    });
    foresee(aws, plan).await;
    let states = vec![Step::Waiting; plan.steps.len()];
    let mut run = Run {
        context: &context,
        left,
        states,
        made: HashMap::new(),
        earlier: HashMap::new(),
        gone: BTreeSet::new(),
        seen: BTreeSet::new(),
        running: 0,
        unwritten: false,
        rolled_back: false,
        stopped: None,
    };
    run.steps(options.parallel.max(1)).await;
    // The looks of its steps are of before: whoever reads from here on asks anew.
    aws.forget();
    let partial = if run.stopped.is_some() { 0 } else { run.verify().await };
    let count = |wanted: fn(&Step) -> bool| run.states.iter().filter(|state| wanted(state)).count();
    let (done, failed, skipped) = (
        count(|state| *state == Step::Done),
        count(|state| *state == Step::Failed),
        count(|state| matches!(state, Step::Waiting | Step::Skipped | Step::Running)),
    );
    let outcome = match (context.cancelled(), failed + skipped + partial) {
        (_, 0) => Outcome::Complete,
        (true, _) => Outcome::Interrupted,
        // Whoever wanted to leave has left, unless something failed before.
        (false, _) if options.detach && failed == 0 => Outcome::Interrupted,
        (false, _) if run.rolled_back => Outcome::RolledBack,
        (false, _) => Outcome::Partial,
    };
    let outputs = output::known(output::fill(&plan.outputs, &|reference| run.output(reference)));
    let seconds = started.elapsed().as_secs_f64();
    let finished = Event::Finished { outcome, done, failed, skipped, partial, seconds, outputs: outputs.clone() };
    // Everything has been done by now; a journal that cannot take its last line changes nothing.
    let _ = context.record(finished).on_disk().await;
    Applied { outcome, outputs, made: run.recorded(), good: None }
}

/// Tells each kind of the updates that are to come.
async fn foresee(aws: &Aws, plan: &Plan) {
    aws.together.forget().await;
    let mut updates = BTreeMap::<&str, Vec<Update>>::new();
    for change in plan.changes.iter().filter(|change| matches!(change.action, Action::Update | Action::Adopt | Action::Move)) {
        let Some(live) = change.live.clone() else { continue };
        let changed = change.fields.iter().map(|field| field.field.to_string()).collect();
        updates.entry(change.kind.as_str()).or_default().push(Update { live, wanted: change.wanted.clone(), changed });
    }
    for (kind, updates) in updates {
        if let Some(entry) = kinds::find(kind) {
            (entry.effects.foresee)(aws, updates).await;
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Waiting,
    Running,
    Done,
    Failed,
    Skipped,
}

/// The end of a step.
enum Ended {
    /// Its begin could not be written to the journal, so nothing was sent.
    Unwritten(String),
    Sent {
        result: Result<Done, Error>,
        requests: Vec<Request>,
        seconds: f64,
    },
}

struct Run<'a> {
    context: &'a Context<'a>,
    /// The minutes from each step's begin to the end of the run.
    left: Vec<f32>,
    states: Vec<Step>,
    /// Holds each address as it now is, for references and for later steps of the same change.
    made: HashMap<Address, Live>,
    /// Holds what each of those was before, the oldest first.
    earlier: HashMap<Address, Vec<Live>>,
    /// The ids and ARNs of what this run deletes.
    gone: BTreeSet<String>,
    /// The steps after which AWS was asked what it holds.
    seen: BTreeSet<usize>,
    /// The number of steps that run.
    running: usize,
    /// The journal takes nothing any more.
    unwritten: bool,
    /// A new version of a service went back.
    rolled_back: bool,
    /// The reason why nothing new is begun.
    stopped: Option<Because>,
}

impl<'a> Run<'a> {
    async fn steps(&mut self, parallel: usize) {
        let steps = &self.context.plan.steps;
        let mut open = steps.iter().map(|step| step.after.len()).collect::<Vec<_>>();
        let mut next = vec![Vec::new(); steps.len()];
        for (index, step) in steps.iter().enumerate() {
            step.after.iter().for_each(|before| next[*before].push(index));
        }
        let mut ready = (0..steps.len()).filter(|index| open[*index] == 0).collect::<BTreeSet<_>>();
        let mut running = FuturesUnordered::new();
        // The moment at which a run that was interrupted no longer waits for what runs.
        let mut last = None;
        loop {
            if self.context.cancelled() && last.is_none() {
                last = Some(Instant::now() + GRACE);
            }
            if self.context.cancelled() && self.stopped.is_none() {
                self.stopped = Some(Because::Interrupted);
                self.context.say(Event::Interrupted { running: running.len() });
            }
            while self.stopped.is_none() && running.len() < parallel {
                let Some(index) = ready.pop_first() else { break };
                let job = match self.job(index, &ready) {
                    Ok(job) => job,
                    Err(error) => {
                        self.fail(index, &error, Vec::new());
                        continue;
                    }
                };
                self.running += 1;
                let (context, written) = (self.context, self.begin(&job));
                running.push(async move {
                    // Nothing is sent before the journal says so where a crash cannot reach it.
                    if let Err(why) = written.on_disk().await {
                        return (job.index, Ended::Unwritten(why));
                    }
                    let began = Instant::now();
                    let (step, change) = (job.step, job.change);
                    let name = format!("{} {}", step.verb.as_str(), change.kind);
                    let about = vec![("trueup.address", change.address.to_string().into()), ("trueup.kind", change.kind.as_str().into())];
                    let failed = |(result, _): &(Result<Done, Error>, _)| result.as_ref().err().map(|error| error.code.clone());
                    let work = Box::pin(recorded(job.run(context)));
                    let (result, requests) = context.aws.calls.tracer.within(&name, about, work, failed).await;
                    (job.index, Ended::Sent { result, requests, seconds: began.elapsed().as_secs_f64() })
                });
            }
            let finished = tokio::select! {
                finished = running.next() => finished,
                () = self.context.interrupted(), if last.is_none() => continue,
                () = tokio::time::sleep_until(last.unwrap_or_else(Instant::now)), if last.is_some() => break,
                why = self.context.journal.broken(), if !self.unwritten => {
                    self.unwritten(&why);
                    continue;
                }
            };
            let Some((index, ended)) = finished else { break };
            self.running -= 1;
            if self.finish(index, ended) {
                for &after in &next[index] {
                    open[after] -= 1;
                    if open[after] == 0 {
                        ready.insert(after);
                    }
                }
            }
        }
        if let Err(why) = self.context.journal.flush().await {
            self.unwritten(&why);
        }
        self.skip_the_rest();
    }

    /// `ready` are the steps that may begin at the same time.
    fn job(&self, index: usize, ready: &BTreeSet<usize>) -> Result<Job<'a>, Error> {
        let plan = self.context.plan;
        let step = &plan.steps[index];
        let change = &plan.changes[step.change];
        let entry = kinds::find(&change.kind)
            .ok_or_else(|| Error::new("plan", "UnknownKind", format!("this trueup does not know `{}`", change.kind)))?;
        let made = self.made.get(&change.address).cloned();
        let live = made.as_ref().or(change.live.as_ref());
        let mut wanted = self.wanted(change, &entry.row);
        for field in entry.row.fields.iter().filter(|field| field.late).map(|field| field.name) {
            match (step.verb, live) {
                (Verb::Create, _) if step.fields.iter().any(|late| late == field) => {
                    wanted[field] = if change.wanted[field].is_array() { Value::Array(Vec::new()) } else { Value::Null };
                }
                // It may name something that does not exist yet; the step that finishes it sends it.
                (Verb::Update, Some(live)) if is_open(&wanted[field]) && !step.fields.iter().any(|sent| sent == field) => {
                    wanted[field] = live.spec[field].clone();
                }
                _ => {}
            }
        }
        if let (Verb::Update | Verb::Finish, Some(live)) = (step.verb, live) {
            wanted = self.lending(step, live, wanted, &entry.row);
        }
        if matches!(step.verb, Verb::Create | Verb::Update | Verb::Finish | Verb::Release)
            && let Some(open) = first_open(&wanted)
        {
            let message = format!("`{}` needs `{}` of `{}`, which AWS did not answer", change.address, open.output, open.address);
            return Err(Error::new("resolve", "UnknownOutput", message));
        }
        let standing = self.standing(index, Some(&wanted)).into_iter().map(|standing| {
            let kind = standing.entry.row.name;
            let others = || {
                let all = ready.iter().flat_map(|other| self.standing(*other, None));
                all.filter(|other| other.entry.row.name == kind).map(|other| other.live.id).collect()
            };
            Standing { look: self.context.looks.at(kind, &standing.live.id, others), ..standing }
        });
        let (standing, gone, begun) = (standing.collect(), self.gone.clone(), self.context.aws.calls.answered());
        Ok(Job { index, step, change, row: &entry.row, effects: &entry.effects, wanted, made, standing, gone, begun })
    }

    /// Returns all that has to be as it was when a step begins: what it touches, and what is live of what it refers to.
    fn standing(&self, index: usize, wanted: Option<&Value>) -> Vec<Standing> {
        let plan = self.context.plan;
        let step = &plan.steps[index];
        let change = &plan.changes[step.change];
        let made = self.made.get(&change.address);
        let touched = match step.verb {
            Verb::Delete => change.live.as_ref(),
            // A resource that this very run has made is nobody else's yet.
            Verb::Update | Verb::Finish | Verb::Release | Verb::Retag if !self.is_new(change) => made.or(change.live.as_ref()),
            // A create looks for itself whose place it would take.
            _ => None,
        };
        let earlier = || self.earlier.get(&change.address).cloned().unwrap_or_default();
        let touched = kinds::find(&change.kind).zip(touched).map(|(entry, live)| Standing {
            entry,
            address: change.address.clone(),
            live: live.clone(),
            earlier: if step.verb == Verb::Delete { Vec::new() } else { earlier() },
            touched: true,
            wanted: wanted.filter(|wanted| step.verb != Verb::Delete && !wanted.is_null()).cloned(),
            look: None,
        });
        let mut names = BTreeSet::new();
        let mut note = |value: &Value| reference::visit(value, &mut |reference| names.extend([reference.address]));
        match step.verb {
            Verb::Create => note(&change.wanted),
            Verb::Update | Verb::Finish | Verb::Release => step.fields.iter().for_each(|field| note(&change.wanted[field.as_str()])),
            Verb::Retag | Verb::Delete | Verb::Wait => {}
        }
        let relied = names.into_iter().filter_map(|address| {
            let (kind, live) = plan.relied().get(&address)?;
            let entry = kinds::find(kind)?;
            Some(Standing { entry, address, live: live.clone(), earlier: Vec::new(), touched: false, wanted: None, look: None })
        });
        touched.into_iter().chain(relied).collect()
    }

    /// True for a resource that this run has made.
    fn is_new(&self, change: &Change) -> bool {
        let made = self.made.get(&change.address);
        made.is_some_and(|made| change.live.as_ref().is_none_or(|old| old.id != made.id))
    }

    /// Returns the wanted spec with all in it that a later step of the same change takes away.
    fn lending(&self, step: &PlanStep, live: &Live, mut wanted: Value, row: &Row) -> Value {
        let of_change = |later: &&PlanStep| later.change == step.change && later.verb == Verb::Release;
        let Some(release) = self.context.plan.steps.iter().find(of_change) else { return wanted };
        for field in &release.fields {
            wanted[field.as_str()] = lent::union(&live.spec[field.as_str()], &wanted[field.as_str()]);
        }
        (row.normalise)(&wanted).unwrap_or(wanted)
    }

    /// A change's wanted spec, with all outputs in it that are known by now.
    fn wanted(&self, change: &Change, row: &Row) -> Value {
        let own = |reference: &Reference| change.foretold(row, &self.context.plan.scope, reference);
        let wanted = resolve(&change.wanted, &|reference: &Reference| self.output(reference).or_else(|| own(reference)));
        // The value of a reference may sort elsewhere than its name.
        (row.normalise)(&wanted).unwrap_or(wanted)
    }

    /// Returns what addresses are now, with what was sent.
    fn recorded(&self) -> BTreeMap<Address, Made> {
        let changes = self.context.plan.changes.iter().filter(|change| !change.wanted.is_null());
        let made = changes.filter_map(|change| {
            let (entry, live) = kinds::find(&change.kind).zip(self.made.get(&change.address))?;
            let mut spec = history::shown(&entry.row, &self.wanted(change, &entry.row));
            if let Some(ground) = self.context.plan.ground.as_deref() {
                ground.recall(&change.address, &mut spec);
            }
            Some((change.address.clone(), Made { id: live.id.clone(), spec: Some(spec) }))
        });
        made.collect()
    }

    fn output(&self, reference: &Reference) -> Option<String> {
        let made = self.made.get(&reference.address).and_then(|live| live.outputs.get(&reference.output));
        made.or_else(|| self.context.plan.known.get(&reference.address)?.get(&reference.output)).cloned()
    }

    /// Says that a step begins. It may once that is written.
    fn begin(&mut self, job: &Job<'_>) -> Written {
        let (verb, minutes) = (job.step.verb, typical(job.step.verb, job.change, job.row));
        let (address, kind) = (job.change.address.clone(), job.change.kind.clone());
        self.states[job.index] = Step::Running;
        if let (Verb::Delete, Some(live)) = (verb, &job.change.live) {
            self.gone.extend([live.id.clone(), live.arn.clone()].into_iter().filter(|name| !name.is_empty()));
        }
        self.context.record(Event::Began { step: job.index, address, kind, verb, minutes, left: self.left[job.index] })
    }

    /// Says how a step ended. True when what comes after it may begin.
    fn finish(&mut self, index: usize, ended: Ended) -> bool {
        let plan = self.context.plan;
        let step = &plan.steps[index];
        let change = &plan.changes[step.change];
        let (result, requests, seconds) = match ended {
            Ended::Sent { result, requests, seconds } => (result, requests, seconds),
            Ended::Unwritten(why) => {
                // Nothing was sent, so it is skipped with all else that has not begun.
                self.states[index] = Step::Waiting;
                self.unwritten(&why);
                return false;
            }
        };
        let id = match result {
            Err(error) => {
                self.fail(index, &error, requests);
                if error.class == Class::Credentials {
                    self.stop(Because::Credentials, error.hint());
                }
                self.rolled_back |= error.code == ROLLED_BACK;
                if error.code == ANOTHER_RUN {
                    let hint = "let it end, then run this one again: it takes over what is there and clears what was made twice";
                    self.stop(Because::AnotherRun, Some(hint.into()));
                }
                return false;
            }
            Ok(Done::Interrupted) => {
                self.states[index] = Step::Skipped;
                let because = Because::StillGoing;
                self.note(Event::Skipped { step: index, address: change.address.clone(), verb: step.verb, because, requests });
                return false;
            }
            Ok(Done::Gone) => change.live.as_ref().map(|live| live.id.clone()).unwrap_or_default(),
            Ok(Done::Seen(live)) => {
                self.seen.insert(index);
                self.keep(change, *live)
            }
            Ok(Done::Live(live)) => self.keep(change, *live),
        };
        self.states[index] = Step::Done;
        self.note(Event::Done { step: index, address: change.address.clone(), verb: step.verb, id, seconds, requests });
        true
    }

    /// Remembers what an address now is, and answers its id.
    fn keep(&mut self, change: &Change, live: Live) -> String {
        let id = live.id.clone();
        if let Some(entry) = kinds::find(&change.kind) {
            self.context.looks.write(entry.row.name, &id);
        }
        let before = self.made.insert(change.address.clone(), live).or_else(|| change.live.clone());
        let earlier = self.earlier.entry(change.address.clone()).or_default();
        earlier.extend(before);
        // Another one has taken its place.
        earlier.retain(|form| form.id == id);
        id
    }

    fn fail(&mut self, index: usize, error: &Error, requests: Vec<Request>) {
        let step = &self.context.plan.steps[index];
        let address = self.context.plan.changes[step.change].address.clone();
        self.states[index] = Step::Failed;
        let (details, hint, request) = (error.details(), error.hint(), error.request_id.clone());
        let error = error.brief();
        self.note(Event::Failed { step: index, address, verb: step.verb, error, request, details, hint, requests });
    }

    fn skip_the_rest(&mut self) {
        let plan = self.context.plan;
        // Names for each step the first one before it that went wrong. Steps stand in order, so those before are known by then.
        let mut causes = vec![None; plan.steps.len()];
        for (index, step) in plan.steps.iter().enumerate() {
            if self.states[index] == Step::Running {
                // Its call was sent, and no answer has come: the next run sees what came of it.
                self.states[index] = Step::Skipped;
                let (address, because) = (plan.changes[step.change].address.clone(), Because::StillGoing);
                self.note(Event::Skipped { step: index, address, verb: step.verb, because, requests: Vec::new() });
            }
            if self.states[index] != Step::Waiting {
                causes[index] = (self.states[index] != Step::Done).then_some(index);
                continue;
            }
            causes[index] = step.after.iter().find_map(|before| causes[*before]);
            let because = match (&self.stopped, causes[index]) {
                (Some(why), _) => why.clone(),
                (None, Some(cause)) => Because::NotDone { address: plan.changes[plan.steps[cause].change].address.clone() },
                (None, None) => Because::NotReached,
            };
            self.states[index] = Step::Skipped;
            let address = plan.changes[step.change].address.clone();
            self.note(Event::Skipped { step: index, address, verb: step.verb, because, requests: Vec::new() });
        }
    }

    /// Says it and has it written, and goes on meanwhile. Should that fail, `broken` tells.
    fn note(&self, event: Event) {
        drop(self.context.record(event));
    }

    fn unwritten(&mut self, why: &str) {
        self.unwritten = true;
        let hint = "make room for it, or name another directory with TRUEUP_DIR, then run it again";
        self.stop(Because::Journal { error: why.to_owned() }, Some(hint.into()));
    }

    fn stop(&mut self, because: Because, hint: Option<String>) {
        if self.stopped.is_none() {
            self.stopped = Some(because.clone());
            self.note(Event::Stopping { because, hint, running: self.running });
        }
    }

    /// Reads back every kind that was written and compares; answers how many resources hold something else than was sent.
    async fn verify(&self) -> usize {
        let plan = self.context.plan;
        let mut last = BTreeMap::new();
        for (index, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.verb != Verb::Delete) {
            last.insert(step.change, index);
        }
        let mut written = BTreeMap::<&str, Vec<&Change>>::new();
        for (change, index) in last {
            let change = &plan.changes[change];
            // A step that waits has read it back by then.
            if self.states[index] == Step::Done && !change.wanted.is_null() && !(self.seen.contains(&index) && self.holds(change)) {
                written.entry(change.kind.as_str()).or_default().push(change);
            }
        }
        if written.is_empty() {
            return 0;
        }
        self.context.say(Event::Verifying { kinds: written.len() });
        self.context.aws.forget();
        let checks = written.into_iter().map(|(kind, changes)| self.verify_kind(kind, changes));
        futures::future::join_all(checks).await.into_iter().sum()
    }

    async fn verify_kind(&self, kind: &str, mut changes: Vec<&Change>) -> usize {
        // AWS shows a change everywhere only after a moment: what still looks as before is looked at again.
        const LOOKS: usize = 4;
        let Some(entry) = kinds::find(kind) else { return 0 };
        let names = changes.iter().filter_map(|change| self.made.get(&change.address));
        let names = names.map(|live| live.name.clone()).filter(|name| !name.is_empty()).collect();
        let select = Select::Owned { names, count: None };
        let (mut differing, mut shared) = (Vec::new(), Vec::new());
        let mut overtaken = BTreeSet::new();
        let mut unread = None;
        for pause in Backoff::new(Duration::from_millis(2500), Duration::from_secs(10)).looks().take(LOOKS) {
            if !pause.is_zero() && !self.context.sleep(pause).await {
                break;
            }
            match (entry.effects.list)(self.context.aws, &select).await {
                Ok(found) => {
                    changes.retain(|change| {
                        let is_overtaken = self.is_overtaken(change, &found);
                        is_overtaken.then(|| overtaken.insert(&change.address));
                        !is_overtaken
                    });
                    differing = changes.iter().filter_map(|change| Some((*change, self.differing(change, &entry.row, &found)?))).collect();
                    shared = self.take_shared(&mut differing, &entry.row);
                    changes = differing.iter().map(|(change, _)| *change).collect();
                    unread = None;
                }
                Err(error) => unread = Some(error),
            }
            if unread.is_none() && differing.is_empty() {
                break;
            }
        }
        if let Some(error) = unread {
            self.context.say(Event::Unverified { kind: kind.to_owned(), error: error.to_string() });
        }
        let at = |address: &Address| {
            let step = self.context.plan.steps.iter().position(|step| self.context.plan.changes[step.change].address == *address);
            step.unwrap_or_default()
        };
        for address in overtaken {
            let note = "somebody else has registered a later revision of it by now, and what was deployed stays".to_owned();
            self.context.say(Event::Noted { step: at(address), address: address.clone(), note });
        }
        for (change, fields) in shared {
            let note = format!("has another `{}` by now: somebody else has set it, and what was deployed stays", fields.join("`, `"));
            self.context.say(Event::Noted { step: at(&change.address), address: change.address.clone(), note });
        }
        for (change, fields) in &differing {
            // Everything has been done by now; there is nothing left that a full disk could stop.
            drop(self.context.record(Event::Partial { address: change.address.clone(), fields: fields.clone() }));
        }
        differing.len()
    }

    /// True where somebody else has made a later revision since, so that what AWS shows as the newest is theirs.
    fn is_overtaken(&self, change: &Change, found: &[Live]) -> bool {
        let Some(made) = self.made.get(&change.address) else { return false };
        let arn = |live: &Live| live.outputs.get("arn").cloned();
        let seen = found.iter().find(|live| live.id == made.id).and_then(arn);
        seen.zip(arn(made)).is_some_and(|(seen, own)| is_later(&seen, &own))
    }

    /// Takes away the fields that others set as well, and answers those.
    fn take_shared<'c>(&self, differing: &mut Vec<(&'c Change, Vec<String>)>, row: &Row) -> Vec<(&'c Change, Vec<String>)> {
        let is_shared = |field: &String| row.field(field).is_some_and(|field| field.shared);
        let mut taken = Vec::new();
        for (change, fields) in differing.iter_mut() {
            let (theirs, ours) = std::mem::take(fields).into_iter().partition::<Vec<_>, _>(is_shared);
            *fields = ours;
            if !theirs.is_empty() {
                taken.push((*change, theirs));
            }
        }
        differing.retain(|(_, fields)| !fields.is_empty());
        taken
    }

    /// True when what is known of a resource is what was wanted.
    fn holds(&self, change: &Change) -> bool {
        let Some((entry, live)) = kinds::find(&change.kind).zip(self.made.get(&change.address)) else { return false };
        self.differing(change, &entry.row, std::slice::from_ref(live)).is_none()
    }

    /// Returns the fields of which AWS holds something else than was sent, if there are any. A resource that a lagging list does
    /// not show yet cannot be judged; the next plan will.
    fn differing(&self, change: &Change, row: &Row, found: &[Live]) -> Option<Vec<String>> {
        let id = &self.made.get(&change.address)?.id;
        let live = found.iter().find(|live| &live.id == id)?;
        let wanted = self.wanted(change, row);
        let fields = diff(row, &wanted, &live.spec).into_iter().filter(|field| !is_open(&field.after));
        Some(fields.map(|field| field.field.into_owned()).collect::<Vec<_>>()).filter(|fields| !fields.is_empty())
    }
}

/// True where the ARN of a revision is that of a later one of the same: `…/web:43` after `…/web:42`.
fn is_later(arn: &str, than: &str) -> bool {
    let parts = |arn: &str| arn.rsplit_once(':').and_then(|(head, number)| Some((head.to_owned(), number.parse::<u64>().ok()?)));
    parts(arn).zip(parts(than)).is_some_and(|((head, number), (own, before))| head == own && number > before)
}

/// The first reference that is left in a spec.
fn first_open(wanted: &Value) -> Option<Reference> {
    let mut first = None;
    reference::visit(wanted, &mut |reference| first = first.take().or(Some(reference)));
    first
}

/// Returns, for each step, the longest chain of typical minutes from its begin to the end of the run.
fn left(plan: &Plan) -> Vec<f32> {
    let mut left = vec![0.0f32; plan.steps.len()];
    // All that follows a step stands behind it, so its time is known when its own turn comes.
    for (index, step) in plan.steps.iter().enumerate().rev() {
        let change = &plan.changes[step.change];
        left[index] += kinds::find(&change.kind).map_or(0.0, |entry| typical(step.verb, change, &entry.row));
        for &before in &step.after {
            left[before] = left[before].max(left[index]);
        }
    }
    left
}

/// The minutes that a step typically takes.
fn typical(verb: Verb, change: &Change, row: &Row) -> f32 {
    let wanted = || (row.minutes)(&change.wanted);
    let live = || (row.minutes)(change.live.as_ref().map_or(&Value::Null, |live| &live.spec));
    match (verb, change.action) {
        (Verb::Create, _) => wanted().create,
        (Verb::Update | Verb::Finish | Verb::Release, _) => wanted().update,
        // The resource that has to be gone first.
        (Verb::Delete, _) | (Verb::Wait, Action::Create) => live().delete,
        (Verb::Wait, _) => live().create,
        (Verb::Retag, _) => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_revision_is_one_of_the_same_with_a_higher_number() {
        let arn = |name: &str| format!("arn:aws:ecs:eu-central-1:1:task-definition/{name}");
        for (one, than, later) in
            [("web:10", "web:9", true), ("web:9", "web:9", false), ("web:8", "web:9", false), ("api:10", "web:9", false)]
        {
            assert_eq!(is_later(&arn(one), &arn(than)), later, "{one} {than}");
        }
        assert!(!is_later("arn:aws:s3:::bucket", "arn:aws:s3:::bucket"));
    }
}
