//! One step of a plan against AWS: the call, what passes by itself, what was lost, and the wait until it is ready.

use super::apply::Context;
use crate::aws::{Class, Create, Effects, Error, Made, Result, Retag, Select, Update};
use crate::core::diff::diff;
use crate::core::event::Event;
use crate::core::identity::{Claim, TAG_GENERATION, TAG_NODE, TAG_RETAIN, TAG_STACK, digest};
use crate::core::kind::Row;
use crate::core::plan::{Action, Change, Step, Verb};
use crate::core::snapshot::{Live, State};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// How often a call is repeated that AWS throttled or left unanswered.
const TRIES: u32 = 6;
/// How long a refusal is waited out that passes by itself: a new role that is not known everywhere yet,
/// a subnet that still holds the network interface of what was just deleted.
const PASSING: Duration = Duration::from_secs(15 * 60);

/// What a step is done with: everything resolved, nothing left to decide.
pub(super) struct Job<'a> {
    pub index: usize,
    pub step: &'a Step,
    pub change: &'a Change,
    pub row: &'static Row,
    pub effects: &'static Effects,
    /// The wanted spec without open references; late fields of a create are blank.
    pub wanted: Value,
    /// What was made by an earlier step of the same change.
    pub made: Option<Live>,
}

/// What a step leaves behind.
pub(super) enum Done {
    /// The resource as it is now known.
    Live(Box<Live>),
    Gone,
    /// The call was sent; the wait for it was cut short.
    Interrupted(Box<Live>),
}

impl Job<'_> {
    pub async fn run(&self, context: &Context<'_>) -> Result<Done> {
        match self.step.verb {
            Verb::Create => self.create(context).await,
            Verb::Update | Verb::Finish => self.update(context).await,
            Verb::Retag => self.retag(context).await,
            Verb::Delete => self.delete(context).await,
        }
    }

    async fn create(&self, context: &Context<'_>) -> Result<Done> {
        let claim = self.change.claim.clone().ok_or_else(|| Error::new("plan", "InvalidPlan", "a create without a claim"))?;
        let mut tags = own(&self.wanted);
        tags.extend(context.aws.scope.claim_tags(&claim));
        let token = digest(&[&context.plan.id, self.change.address.as_str(), &claim.generation], 32);
        let new = Create { claim: claim.clone(), name: self.change.name.clone(), spec: self.wanted.clone(), tags, token };
        let mut pause = Pause::new(self, context);
        let made = loop {
            let error = match (self.effects.create)(context.aws, new.clone()).await {
                Ok(made) => break made,
                Err(error) => error,
            };
            let lost = error.class == Class::Unknown;
            let taken = error.is(self.effects.taken);
            if (lost || taken)
                && let Some(found) = self.find(context, &claim).await?
            {
                return self.complete(context, found).await;
            }
            if taken {
                let message = format!(
                    "{}; it is not of this stack. To take it over: [[adopt]] address = \"{}\", id = \"{}\"",
                    error.message, self.change.address, self.change.name
                );
                return Err(Error { message, ..error });
            }
            pause.before_retry(&error).await?;
        };
        let live = self.fresh(made, Some(claim));
        if self.row.about.minutes.create > 0.0 {
            self.ready(context, live, self.row.about.minutes.create).await
        } else {
            Ok(Done::Live(Box::new(live)))
        }
    }

    /// A create whose answer was lost, or that an earlier run began: what it made, by its proof of ownership.
    async fn find(&self, context: &Context<'_>, claim: &Claim) -> Result<Option<Live>> {
        context.aws.forget();
        let select = Select::Owned { names: vec![self.change.name.clone()], count: None };
        let found = (self.effects.list)(context.aws, &select).await?;
        let same = |live: &Live| {
            live.claim.as_ref().is_some_and(|own| {
                own.address == claim.address
                    && (own.generation == claim.generation || own.generation.is_empty() && live.name == self.change.name)
            })
        };
        Ok(found.into_iter().find(|live| live.state != State::Deleting && same(live)))
    }

    /// Brings what was found to what was wanted: the lost call may have stopped half-way.
    async fn complete(&self, context: &Context<'_>, live: Live) -> Result<Done> {
        let live = match self.ready(context, live, self.row.about.minutes.create).await? {
            Done::Live(live) => live,
            other => return Ok(other),
        };
        let mut changed = diff(self.row, &self.wanted, &live.spec).into_iter().map(|change| change.field).collect::<Vec<_>>();
        changed.retain(|field| field != "tags" && !self.step.fields.contains(field));
        if !changed.is_empty() {
            (self.effects.update)(context.aws, Update { live: (*live).clone(), wanted: self.wanted.clone(), changed }).await?;
        }
        Ok(Done::Live(live))
    }

    async fn update(&self, context: &Context<'_>) -> Result<Done> {
        let mut live = self.live()?;
        let (tags, changed) = self.step.fields.iter().cloned().partition::<Vec<_>, _>(|field| field == "tags");
        let mut pause = Pause::new(self, context);
        if !tags.is_empty() {
            let (set, unset) = tag_changes(&own(&live.spec), &own(&self.wanted));
            let retag = Retag { set, unset, claim: None };
            while let Err(error) = (self.effects.retag)(context.aws, live.clone(), retag.clone()).await {
                pause.before_retry(&error).await?;
            }
        }
        if !changed.is_empty() {
            let change = Update { live: live.clone(), wanted: self.wanted.clone(), changed };
            let renewed = loop {
                match (self.effects.update)(context.aws, change.clone()).await {
                    Ok(renewed) => break renewed,
                    Err(error) => pause.before_retry(&error).await?,
                }
            };
            live.outputs.extend(renewed);
            if self.row.about.minutes.update > 0.0 {
                return self.ready(context, live, self.row.about.minutes.update).await;
            }
        }
        Ok(Done::Live(Box::new(live)))
    }

    async fn retag(&self, context: &Context<'_>) -> Result<Done> {
        let live = self.live()?;
        let marks = [TAG_STACK, TAG_NODE, TAG_GENERATION, TAG_RETAIN].map(String::from);
        let retag = match (&self.change.claim, self.change.action) {
            (Some(claim), action) if action != Action::Forget => {
                let set = context.aws.scope.claim_tags(claim);
                let unset = if claim.retain { Vec::new() } else { vec![TAG_RETAIN.to_owned()] };
                Retag { set, unset, claim: Some(claim.clone()) }
            }
            _ => Retag { set: BTreeMap::new(), unset: marks.to_vec(), claim: None },
        };
        let mut pause = Pause::new(self, context);
        while let Err(error) = (self.effects.retag)(context.aws, live.clone(), retag.clone()).await {
            pause.before_retry(&error).await?;
        }
        Ok(Done::Live(Box::new(Live { claim: self.change.claim.clone(), ..live })))
    }

    async fn delete(&self, context: &Context<'_>) -> Result<Done> {
        let live = self.change.live.clone().ok_or_else(|| Error::new("plan", "InvalidPlan", "a delete without a live resource"))?;
        let mut pause = Pause::new(self, context);
        loop {
            match (self.effects.delete)(context.aws, live.clone()).await {
                Ok(()) => break,
                Err(error) if error.is(self.effects.absent) => return Ok(Done::Gone),
                Err(error) => pause.before_retry(&error).await?,
            }
        }
        let minutes = self.row.about.minutes.delete;
        if minutes <= 0.0 {
            return Ok(Done::Gone);
        }
        let mut wait = Wait::new(minutes);
        while wait.next(context).await? {
            match self.look(context, &live.id).await? {
                None => return Ok(Done::Gone),
                Some(Live { state: State::Failed(reason), .. }) => return Err(Error::new("delete", "Failed", reason)),
                Some(_) => self.say_waiting(context, "deleting"),
            }
        }
        Ok(Done::Interrupted(Box::new(live)))
    }

    /// Waits until AWS calls it ready.
    async fn ready(&self, context: &Context<'_>, live: Live, minutes: f32) -> Result<Done> {
        let mut wait = Wait::new(minutes);
        let id = live.id.clone();
        let mut latest = live;
        // A change may show only after a moment, so the first look comes after the first wait.
        while wait.next(context).await? {
            match self.look(context, &id).await? {
                Some(Live { state: State::Failed(reason), .. }) => return Err(Error::new("wait", "Failed", reason)),
                Some(found) if found.state == State::Ready => {
                    let claim = found.claim.clone().or(latest.claim);
                    return Ok(Done::Live(Box::new(Live { claim, ..found })));
                }
                Some(found) => {
                    if let State::Changing(state) = &found.state {
                        self.say_waiting(context, state);
                    }
                    latest = found;
                }
                None => self.say_waiting(context, "not visible yet"),
            }
        }
        Ok(Done::Interrupted(Box::new(latest)))
    }

    /// The resource by its id. A look that fails for a passing reason is a look without news.
    async fn look(&self, context: &Context<'_>, id: &str) -> Result<Option<Live>> {
        let mut pause = Pause::new(self, context);
        loop {
            match (self.effects.list)(context.aws, &Select::Ids(vec![id.to_owned()])).await {
                Ok(found) => return Ok(found.into_iter().find(|live| live.id == id)),
                Err(error) if error.is(self.effects.absent) => return Ok(None),
                Err(error) => pause.before_retry(&error).await?,
            }
        }
    }

    fn live(&self) -> Result<Live> {
        self.made
            .clone()
            .or_else(|| self.change.live.clone())
            .ok_or_else(|| Error::new("plan", "InvalidPlan", "an update without a live resource"))
    }

    /// What was just made, before AWS is asked about it.
    fn fresh(&self, made: Made, claim: Option<Claim>) -> Live {
        let arn = made.outputs.get("arn").cloned().unwrap_or_default();
        Live {
            id: made.id,
            name: self.change.name.clone(),
            arn,
            claim,
            state: State::Ready,
            spec: self.wanted.clone(),
            outputs: made.outputs,
        }
    }

    fn say_waiting(&self, context: &Context<'_>, state: &str) {
        context.say(Event::Waiting { step: self.index, address: self.change.address.clone(), state: state.to_owned() });
    }
}

fn own(spec: &Value) -> BTreeMap<String, String> {
    let tags = spec.get("tags").and_then(Value::as_object);
    tags.map(|tags| tags.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect())
        .unwrap_or_default()
}

fn tag_changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> (BTreeMap<String, String>, Vec<String>) {
    let set =
        after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, value)| (key.clone(), value.clone())).collect();
    (set, before.keys().filter(|key| !after.contains_key(*key)).cloned().collect())
}

/// Waiting between tries of one call.
struct Pause<'a> {
    job: &'a Job<'a>,
    context: &'a Context<'a>,
    tries: u32,
    passed: Duration,
    next: Duration,
}

impl<'a> Pause<'a> {
    fn new(job: &'a Job<'a>, context: &'a Context<'a>) -> Self {
        Pause { job, context, tries: 0, passed: Duration::ZERO, next: Duration::from_secs(1) }
    }

    /// Waits if the call is worth repeating; otherwise hands the error back.
    async fn before_retry(&mut self, error: &Error) -> Result<()> {
        let passing = error.is(self.job.effects.passing);
        let again = match error.class {
            Class::Throttled | Class::Unknown => self.tries < TRIES,
            Class::Refused => passing && self.passed < PASSING,
            Class::Denied | Class::Credentials => false,
        };
        if !again || self.context.cancelled() {
            return Err(error.clone());
        }
        let seconds = self.next.as_secs_f64();
        self.context.say(Event::Retrying {
            step: self.job.index,
            address: self.job.change.address.clone(),
            reason: error.to_string(),
            seconds,
        });
        self.context.aws.clock.sleep(self.next).await;
        self.tries += 1;
        self.passed += self.next;
        self.next = (self.next * 2).min(Duration::from_secs(15));
        Ok(())
    }
}

/// The rhythm of looking whether something is ready: first at half of its typical time, then often enough
/// that little is lost and seldom enough that AWS is not flooded.
struct Wait {
    first: bool,
    half: Duration,
    beat: Duration,
    waited: Duration,
    limit: Duration,
}

impl Wait {
    fn new(minutes: f32) -> Self {
        let typical = Duration::from_secs_f32(minutes.max(0.05) * 60.0);
        Wait {
            first: true,
            half: typical / 2,
            beat: (typical / 12).clamp(Duration::from_secs(2), Duration::from_secs(30)),
            waited: Duration::ZERO,
            limit: (typical * 8).max(Duration::from_secs(600)),
        }
    }

    /// Waits for the next look; false if the run was interrupted meanwhile. The error says that the time is up.
    async fn next(&mut self, context: &Context<'_>) -> Result<bool> {
        if self.waited > self.limit {
            let minutes = self.waited.as_secs() / 60;
            return Err(Error::new(
                "wait",
                "StillNotReady",
                format!("AWS is not done after {minutes} minutes; the next run goes on from there"),
            ));
        }
        let pause = if std::mem::take(&mut self.first) { self.half.max(self.beat) } else { self.beat };
        self.waited += pause;
        Ok(tokio::select! {
            () = context.aws.clock.sleep(pause) => true,
            () = context.interrupted() => false,
        })
    }
}
