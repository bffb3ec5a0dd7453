//! A session: one stack in one account and region, to read, plan for and change.

use super::Error;
use super::plan::{Planned, Wish, draft, narrow, rest_on};
use super::preflight::{self, hold, preflight};
use super::quotas;
use super::rehearse::Beside;
use super::running;
use super::stack::Loaded;
use super::start::{Need, is_made, needs};
use super::versions;
use crate::aws::{self, Aws, Caller, Connection};
use crate::core::address::Pattern;
use crate::core::admission::{Admitted, Circumstances, Papers, admit};
use crate::core::bar::Bar;
use crate::core::event::{Event, Outcome};
use crate::core::graph::Graph;
use crate::core::identity::Scope;
use crate::core::kind::from_value;
use crate::core::lock::LockSeen;
use crate::core::money::Money;
use crate::core::only;
use crate::core::output;
use crate::core::plan::{Action, Change, Plan};
use crate::core::reason::{Note, Refusal};
use crate::core::reference::{Piece, Reference, is_symbolic, pieces, resolve};
use crate::core::rollout::decide::decide;
use crate::core::rollout::observation::Migration;
use crate::core::rollout::phases::{Length, left};
use crate::core::rollout::preflight::Preflight;
use crate::core::rollout::record::{Record, Recorded};
use crate::core::sealed::{Sealed, seal};
use crate::core::settings::{StorePlace, is_known_region};
use crate::core::snapshot::Snapshot;
use crate::core::stack::Stack;
use crate::core::trace::Value;
use crate::core::view::View;
use crate::engine::apply::{Applied, Options, apply};
use crate::engine::events::Events;
use crate::engine::neighbours::neighbours;
use crate::engine::read::{Reading, read};
use crate::engine::rollout::Subject;
use crate::engine::rollout::blocked::went_back;
use crate::engine::rollout::migrate::{Phase, Records, expand, others};
use crate::engine::rollout::observe::observe;
use crate::engine::rollout::told;
use crate::engine::store::{Bucket, Lock, Store, Work};
use crate::kinds::ecr::driver::image;
use crate::kinds::ecs::driver::last_part;
use crate::kinds::ecs::service::Spec;
use crate::kinds::secretsmanager::driver::value;
use futures::future::join_all;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// One connection to one stack's account and region.
pub struct Session {
    pub aws: Aws,
    pub store: Store,
    /// True to read every kind there is, not only those that the stack, its tags and its last apply name.
    pub all_kinds: bool,
    /// The ARN that AWS knows the credentials by.
    pub caller: String,
}

/// The stack that a session is for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub stack: &'a str,
    pub env: &'a str,
    pub region: &'a str,
    /// None means that any account will do.
    pub account: Option<&'a str>,
    /// The bucket of locks and journals, `s3://bucket/prefix`; None where they are kept in a directory.
    pub store: Option<&'a str>,
    /// All that the stack has, where its file was read.
    pub graph: Option<&'a Graph>,
}

impl<'a> From<&'a Loaded> for Wanted<'a> {
    fn from(loaded: &'a Loaded) -> Self {
        Wanted { graph: Some(&loaded.graph), ..(&loaded.stack).into() }
    }
}

impl<'a> From<&'a Stack> for Wanted<'a> {
    fn from(stack: &'a Stack) -> Self {
        let settings = &stack.settings;
        let (account, store) = (settings.account.as_deref(), settings.store.as_deref());
        Wanted { stack: &settings.name, env: &stack.env, region: &settings.region, account, store, graph: None }
    }
}

impl<'a> From<&'a Scope> for Wanted<'a> {
    fn from(scope: &'a Scope) -> Self {
        let Scope { stack, env, account, region } = scope;
        Wanted { stack, env, region, account: Some(account), store: None, graph: None }
    }
}

impl<'a> From<&'a Plan> for Wanted<'a> {
    fn from(plan: &'a Plan) -> Self {
        Wanted { store: plan.store.as_deref(), ..(&plan.scope).into() }
    }
}

/// Finds the bucket of a store. The embedded AWS has only those that somebody made there, so it is made.
async fn open_bucket(connection: &Connection, store: Option<&str>) -> Result<Option<(aws_sdk_s3::Client, StorePlace)>, Error> {
    // Files, plans and arguments with any other text are refused where they are read.
    let Some(place) = store.and_then(StorePlace::parse) else { return Ok(None) };
    Ok(Some((connection.bucket(&place.bucket).await?, place)))
}

impl Session {
    /// Asks who the credentials belong to, and refuses those of another account before anything is read.
    /// `dir` is where locks and journals are kept, unless a bucket is wanted.
    pub async fn open(connection: &Connection, wanted: Wanted<'_>, dir: &Path) -> Result<Self, Error> {
        let Wanted { stack, env, region, account, store, graph: _ } = wanted;
        let mut aws = connection.clients(Scope { stack: stack.into(), env: env.into(), account: String::new(), region: region.into() });
        // The tags are asked for in the same round trip. Nothing is read by them before it is known whose they are; where they
        // cannot be had, the reading asks again and says so.
        let tags = async {
            let _ = aws.tagged.all(&aws).await;
            Ok(())
        };
        let bucket = async { Ok(open_bucket(connection, store).await) };
        let asked = tokio::try_join!(connection.caller(), tags, bucket).map_err(|error| no_caller(error, region))?;
        let (Caller { account: found, arn }, (), bucket) = asked;
        if let Some(wanted) = account.filter(|wanted| *wanted != found) {
            return Err(Error::OtherAccount { wanted: wanted.to_owned(), found, arn });
        }
        aws.scope.account = found;
        let store = match bucket? {
            Some((s3, place)) => {
                let bucket = Arc::new(Bucket::new(s3, &aws, place));
                Store::over(bucket.clone(), bucket, &aws.scope)
            }
            None => Store::new(dir, &aws.scope),
        };
        Ok(Session { aws, store, all_kinds: false, caller: arn })
    }

    /// Reads what is live of a graph's stack; `sweep` reads every kind there is.
    pub async fn read(&self, graph: &Graph, sweep: bool, events: &Events<'_>) -> Result<Snapshot, Error> {
        let reading = Reading::of(graph, &self.aws.scope, self.store.before().await?, sweep || self.all_kinds);
        Ok(read(&self.aws, &reading, events).await?)
    }

    /// Takes the right to change the stack, or says who has it.
    pub async fn lock(&self, work: Work) -> Result<Lock, Error> {
        Ok(self.store.lock(work).await?)
    }

    /// Says who is at work on the stack, or was last; None if nobody ever was.
    pub async fn look_at_lock(&self) -> Result<Option<LockSeen>, Error> {
        Ok(self.store.look_at_lock().await?)
    }

    /// Takes the right to change the stack from whoever has it, and answers whether somebody had it.
    pub async fn break_lock(&self) -> Result<bool, Error> {
        Ok(self.store.break_lock().await?)
    }

    /// Reads, plans, prices, judges and seals. To destroy, every kind is read, so that nothing is left behind that the file
    /// no longer names.
    pub async fn plan(&self, loaded: &Loaded, wish: &Wish<'_>, events: &Events<'_>) -> Result<Planned, Error> {
        let work = async {
            let (plan, snapshot) = self.draft(loaded, wish, events).await?;
            self.held_against(seal(plan), snapshot).await
        };
        self.traced("plan", Vec::new(), Box::pin(work), Error::word).await
    }

    /// Does the same without a seal.
    pub async fn draft(&self, loaded: &Loaded, wish: &Wish<'_>, events: &Events<'_>) -> Result<(Plan, Snapshot), Error> {
        let (plan, snapshot, _) = self.checked(loaded, wish, events).await?;
        Ok((plan, snapshot))
    }

    /// Does the same, and answers the checks of each service that would be rolled out as well.
    pub async fn checked(&self, loaded: &Loaded, wish: &Wish<'_>, events: &Events<'_>) -> Result<(Plan, Snapshot, Vec<Preflight>), Error> {
        let (snapshot, last) = futures::join!(self.read(&loaded.graph, wish.policy.destroy, events), self.store.last_record());
        let mut snapshot = snapshot?;
        let mut plan = draft(loaded, &snapshot, wish);
        if Box::pin(versions::know_again(&self.aws, &loaded.graph, &plan, &mut snapshot)).await {
            plan = draft(loaded, &snapshot, wish);
        }
        let last = match wish.policy.only {
            // Such a plan rests on it.
            Some(_) => last?,
            // Any other is right without: whoever cannot read it is told less.
            None => last.ok().flatten(),
        };
        let (mut one_side, mut left) = (None, None);
        match (wish.policy.only, &last) {
            (Some(side), Some(last)) => {
                let narrow = narrow(loaded, &snapshot, wish, plan, last, side);
                plan = narrow.plan;
                (one_side, left) = (Some(narrow.loaded), Some(narrow.left));
            }
            (Some(side), None) => only::refuse_unknown(&mut plan, side),
            (None, _) => {}
        }
        let loaded = one_side.as_ref().unwrap_or(loaded);
        let (notes, gone_back, commands, found, uses, taken_over) = futures::join!(
            not_to_start(&self.aws, &plan, &snapshot, loaded),
            Box::pin(gone_back(&self.aws, &plan, &wish.policy.retry)),
            Box::pin(commands(&self.aws, &plan, &wish.policy.retry)),
            Box::pin(preflight(&self.aws, &self.caller, &plan, &snapshot)),
            Box::pin(quotas::uses(&self.aws, loaded, &plan)),
            Box::pin(taken_over(&self.aws, &plan)),
        );
        running::show(&self.aws, &mut plan, &snapshot).await;
        plan.notes.extend(notes);
        for (at, told) in gone_back.into_iter().chain(commands) {
            match told {
                Told::Refused(refusal) => plan.refusals.push(refusal),
                Told::Noted(note) => plan.notes.push(note),
                Told::Ran { before, after } => {
                    if let Some(policy) = &mut plan.changes[at].rollout {
                        (policy.expanded, policy.contracted) = (before.is_some(), after);
                    }
                    plan.notes.extend(before);
                }
                Told::Again(number) => {
                    if let Some(policy) = &mut plan.changes[at].rollout {
                        policy.again = Some(number);
                    }
                }
            }
        }
        for (at, note) in taken_over {
            if let Note::TakesOver { left, .. } = &note {
                plan.changes[at].minutes = Length::of(left).minutes_at_least as f32;
            }
            plan.notes.push(note);
        }
        hold(&mut plan, &found);
        if let Some(frozen) = &mut plan.approval {
            frozen.author.arn.clone_from(&self.caller);
        }
        quotas::judge(&mut plan, loaded, &uses);
        rest_on(&mut plan, loaded, &snapshot, last.as_ref());
        if let (Some(ground), Some(last), Some(left)) = (&mut plan.ground, &last, left) {
            only::remember(ground, left, last);
        }
        Ok((plan, snapshot, found))
    }

    /// Asks what others have in the account that uses something which a plan deletes.
    pub async fn beside(&self, plan: &Plan, snapshot: &Snapshot) -> Beside {
        neighbours(&self.aws, plan, snapshot).await.map_err(|error| error.unread())
    }

    /// Takes up a plan that was sealed before: reads what it touches and relies on.
    pub async fn recall(&self, sealed: Sealed, events: &Events<'_>) -> Result<Planned, Error> {
        let work = async {
            let mut snapshot = read(&self.aws, &reading(&sealed), events).await?;
            Box::pin(versions::put_back(&self.aws, &sealed, &mut snapshot)).await;
            self.held_against(sealed, snapshot).await
        };
        self.traced("recall", Vec::new(), Box::pin(work), Error::word).await
    }

    /// Checks once more the services that a plan rolls out which was made before, so that nothing is begun that would not go well by now.
    pub async fn check_again(&self, plan: &Planned) -> Result<(), Error> {
        preflight::again(&self.aws, &self.caller, &plan.sealed, &plan.snapshot).await
    }

    /// Admits a plan, or answers what stands in its way. `accepted` is a monthly total that was accepted after it was made.
    pub fn admit(&self, plan: &Planned, accepted: Option<Money>, papers: Papers<'_>) -> Result<Admitted, Bar> {
        let Planned { sealed, snapshot, applied } = plan;
        admit(sealed, Circumstances { scope: &self.aws.scope, applied: *applied, now: snapshot, accepted, papers })
    }

    /// Runs the steps of a plan while the lock of its stack is held. A plan without steps leaves no journal, and may be applied
    /// again.
    pub async fn apply(&self, lock: &mut Lock, plan: Admitted, options: &Options, events: &Events<'_>) -> Result<Applied, Error> {
        if plan.steps.is_empty() {
            let outputs = output::known(plan.outputs.clone());
            events.say(Event::nothing_to_do(outputs.clone()));
            return Ok(Applied { outcome: Outcome::Complete, outputs, made: BTreeMap::new(), good: None });
        }
        let begun = self.store.begin(lock, &plan, &self.caller, events).await?;
        let steps = u32::try_from(plan.steps.len()).unwrap_or(u32::MAX);
        let about = vec![("trueup.plan.digest", plan.digest().to_string().into()), ("trueup.steps", steps.into())];
        let ended = |applied: &Applied| match applied.outcome {
            Outcome::Complete => None,
            Outcome::Partial => Some("partial".to_owned()),
            Outcome::Interrupted => Some("interrupted".to_owned()),
            Outcome::RolledBack => Some("rolled_back".to_owned()),
        };
        let mut applied = self.traced("apply", about, Box::pin(apply(&self.aws, &plan, &begun.journal, options, events)), ended).await;
        applied.good = begun.good();
        // All is done by now, and the journal tells it: a record that cannot take its end is settled by that, whenever it is read.
        let _ = self.store.end(begun, std::mem::take(&mut applied.made)).await;
        Ok(applied)
    }

    /// Does some work as a span of the run's trace, which says of which stack it is.
    async fn traced<T>(
        &self,
        name: &str,
        mut about: Vec<(&'static str, Value)>,
        work: impl Future<Output = T>,
        failed: impl FnOnce(&T) -> Option<String>,
    ) -> T {
        let Scope { stack, env, account, region } = &self.aws.scope;
        about.extend([("trueup.stack", Value::from(stack.as_str())), ("trueup.environment", env.as_str().into())]);
        // <https://opentelemetry.io/docs/specs/semconv/resource/cloud/>
        about.extend([("cloud.account.id", Value::from(account.as_str())), ("cloud.region", region.as_str().into())]);
        self.aws.calls.tracer.within(name, about, work, failed).await
    }

    async fn held_against(&self, sealed: Sealed, snapshot: Snapshot) -> Result<Planned, Error> {
        let applied = self.store.applied(sealed.digest()).await?;
        Ok(Planned { sealed, snapshot, applied })
    }
}

/// Says which services would not start, since what is live of what their tasks read holds nothing. Each is asked for by itself,
/// for services that the plan makes or changes. Where AWS does not say, nothing is said: the plan holds without it.
async fn not_to_start(aws: &Aws, plan: &Plan, snapshot: &Snapshot, loaded: &Loaded) -> Vec<Note> {
    let needs = needs(plan, &View::of_graph(&loaded.graph, snapshot.scope.clone()));
    let all = || snapshot.resources.values().flatten();
    let live = |need: &Need| all().find(|live| live.claim.as_ref().is_some_and(|claim| claim.address == *need.address()));
    let asked = needs.into_iter().filter(|(need, _)| !is_made(plan, need)).map(async |(need, services)| {
        let live = live(&need)?;
        let there = match &need {
            Need::Secret(_) => value::current(aws, &live.arn).await.map(|version| version.is_some()),
            Need::Image(_, image) => image::is_there(aws, &live.name, image).await,
        };
        matches!(there, Ok(false)).then(|| need.note(services))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Says where the rollouts are that the plan takes over, and what is left of them. Each change stands by its place.
async fn taken_over(aws: &Aws, plan: &Plan) -> Vec<(usize, Note)> {
    let asked = plan.changes.iter().enumerate().map(async |(at, change)| {
        let live = change.live.as_ref().filter(|live| change.action == Action::Wait && live.state.is_deploying())?;
        let spec: Spec = from_value(&live.spec).ok()?;
        let policy = change.rollout.as_deref()?.clone();
        let version = spec.task_definition_arn.clone();
        let subject = Subject { task_definition: Some(version.clone()), ..Subject::new(&change.address, &live.id, spec, policy) };
        // Where AWS does not say, nothing is said: the plan goes on from wherever it is.
        let seen = Box::pin(observe(aws, &subject)).await.ok()?;
        let now = aws.calls.now();
        let left = left(&subject.policy, &decide(&subject.policy, &seen, now), now);
        let (address, version) = (change.address.clone(), last_part(&version).to_owned());
        (!left.is_empty()).then_some((at, Note::TakesOver { address, version, left }))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Refuses versions that went back when they were deployed before, unless somebody says that they may be tried again. Only services
/// are asked about that would get another version, of those whose rollouts somebody decides about. Each change stands by its place.
async fn gone_back(aws: &Aws, plan: &Plan, retry: &[Pattern]) -> Vec<(usize, Told)> {
    let asked = plan.changes.iter().enumerate().map(async |(at, change)| {
        if retry.iter().any(|pattern| pattern.matches(&change.address)) {
            return None;
        }
        let field = change.fields.iter().find(|field| field.field == "task_definition_arn")?;
        let arn = field.after.as_str().filter(|arn| arn.starts_with("arn:"))?;
        let live = change.live.as_ref()?;
        let (spec, policy) = (from_value(&live.spec).ok()?, change.rollout.as_deref()?.clone());
        let subject = Subject { task_definition: Some(arn.to_owned()), ..Subject::new(&change.address, &live.id, spec, policy) };
        let (address, version) = (change.address.clone(), last_part(arn).to_owned());
        let told = match went_back(aws, &subject).await {
            Ok(past) => {
                let past = past?;
                Told::Refused(Refusal::RolledBack { address, version, at: past.created.to_string(), reason: past.reason })
            }
            // Whoever may not list deployments may read what was written down for the version.
            Err(error) => match told::find_any(aws, arn).await {
                Some(reason) => Told::Refused(Refusal::RolledBack { address, version, at: String::new(), reason }),
                None => Told::Noted(Note::PastUnread { address, version, reason: error.unread() }),
            },
        };
        Some((at, told))
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// News for a plan about the version that a service gets.
enum Told {
    Refused(Refusal),
    Noted(Note),
    /// Commands of it have run, and do not run again: the one before it, with the note that says so, and the one after it.
    Ran {
        before: Option<Note>,
        after: bool,
    },
    /// Somebody has asked for the run of this number, which failed, once more.
    Again(u32),
}

/// Looks at the commands of services that would get another version, and of those whose failed command somebody asks for again: none
/// begins while one of another version runs, and no version comes whose own has failed. Each change stands by its place.
async fn commands(aws: &Aws, plan: &Plan, retry: &[Pattern]) -> Vec<(usize, Told)> {
    let asked = plan.changes.iter().enumerate().map(async |(at, change)| {
        let retried = retry.iter().any(|pattern| pattern.matches(&change.address));
        let (subject, family, version) = match &change.live {
            Some(live) => {
                let policy = change.rollout.as_deref()?.clone();
                let spec: Spec = from_value(&live.spec).ok()?;
                let runs = spec.task_definition_arn.clone();
                let subject = Subject::new(&change.address, &live.id, spec, policy);
                if live.state.owes_a_command() && change.action == Action::Wait && retried {
                    return again(aws, &runs).await.map(|number| (at, Told::Again(number)));
                }
                let after = change.fields.iter().find(|field| field.field == "task_definition_arn")?.after.as_str()?;
                (subject, runs, after.to_owned())
            }
            None => first_version(plan, change)?,
        };
        let version = version.starts_with("arn:").then_some(version.as_str());
        // Where AWS does not say, nothing is said: no command is begun before the tasks of others were looked for.
        let others = others(aws, &subject.cluster, &family).await.unwrap_or_default();
        if let Some(other) = others.into_iter().find(|other| Some(other.version.as_str()) != version) {
            let command = Some(other.named(&subject.cluster));
            return Some((at, Told::Refused(Refusal::Deploying { address: change.address.clone(), command })));
        }
        let version = version?;
        let records = Records::of(aws, version).await.ok()?;
        let contract = records.last(Phase::Contract, Phase::ContractBack);
        let after = matches!(contract, Some((Phase::Contract, Record { state: Recorded::Succeeded(_), .. })));
        if subject.policy.expand.is_empty() {
            return after.then_some((at, Told::Ran { before: None, after }));
        }
        let state = expand(aws, &subject, version, &records).await.ok()?;
        // Its end may just have been seen, and written down.
        let records = Records::of(aws, version).await.ok()?;
        let failed = records.failed_before().map(|(phase, number, _)| (phase, number));
        let (lost, reason) = match state {
            Migration::Succeeded => {
                let (address, version) = (change.address.clone(), last_part(version).to_owned());
                let command = Phase::Expand.key().to_owned();
                return Some((at, Told::Ran { before: Some(Note::CommandRan { address, version, command }), after }));
            }
            Migration::Failed { reason } | Migration::DryRunFailed { reason } => (false, reason),
            Migration::Lost { task } => (true, format!("AWS does not know the task {task} any more")),
            _ => return None,
        };
        let (command, number) = match (&failed, lost) {
            (Some((phase, number)), _) => (*phase, *number),
            // The one that nobody can tell of: the newest of the three.
            (None, _) => records.unended()?,
        };
        let only_tries = command == Phase::DryRun;
        match retried && (only_tries || !lost && command == Phase::Expand) {
            true => Some((at, Told::Again(number))),
            false => {
                let lost = failed.is_none();
                let (address, version) = (change.address.clone(), last_part(version).to_owned());
                let command = command.key().to_owned();
                Some((at, Told::Refused(Refusal::CommandFailed { address, version, command, lost, reason })))
            }
        }
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Returns a service that is only to be made, the name of the family of its task definition, and its version as far as that is known:
/// the command before a first version may have run, and failed, when there was no service yet.
fn first_version(plan: &Plan, change: &Change) -> Option<(Subject, String, String)> {
    let policy = change.rollout.as_deref().filter(|policy| change.action == Action::Create && !policy.expand.is_empty())?;
    let lookup = |reference: &Reference| plan.known.get(&reference.address)?.get(&reference.output).cloned();
    let spec: Spec = from_value(&resolve(&change.wanted, &lookup)).ok()?;
    let version = spec.task_definition_arn.clone();
    let made = || match pieces(change.wanted["task_definition_arn"].as_str()?).as_slice() {
        [Piece::Reference(reference)] => plan.changes.iter().find(|other| other.address == reference.address),
        _ => None,
    };
    let family = if version.starts_with("arn:") { version.clone() } else { made()?.name.clone() };
    // Nothing has run in a cluster that is not there.
    let known = !is_symbolic(&spec.cluster) && !family.is_empty();
    known.then(|| (Subject::new(&change.address, &change.name, spec, policy.clone()), family, version))
}

/// Returns the number of the command after a version that failed.
async fn again(aws: &Aws, version: &str) -> Option<u32> {
    Records::of(aws, version).await.ok()?.get(Phase::Contract).map(|record| record.number)
}

/// Returns the reading that tells whether a saved plan still holds.
fn reading(plan: &Plan) -> Reading {
    let mut reading = Reading::default();
    for change in &plan.changes {
        reading.kinds.insert(change.kind.clone());
        if !change.name.is_empty() {
            reading.names.entry(change.kind.clone()).or_default().push(change.name.clone());
        }
        if change.action == Action::Adopt
            && let Some(live) = &change.live
        {
            reading.adopt.entry(change.kind.clone()).or_default().push(live.id.clone());
        }
    }
    reading.kinds.extend(plan.known_kinds.iter().cloned());
    reading
}

/// The first call of all is the one that shows that a region does not exist.
fn no_caller(source: aws::Error, region: &str) -> Error {
    let strange = source.code == "Unreachable" && !is_known_region(region);
    Error::Call { source: Box::new(source), region: strange.then(|| region.to_owned()) }
}
