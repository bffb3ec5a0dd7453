//! One step of a plan against AWS: the call, what passes by itself, what was lost, and the wait until it is ready.

use super::backoff::{Pause, Wait};
use super::context::Context;
use super::look::Standing;
use super::rollout;
use crate::aws::{Class, Create, Effects, Error, Made, Result, Retag, Select, Update};
use crate::core::backoff::Backoff;
use crate::core::diff::diff;
use crate::core::event::Event;
use crate::core::identity::{Claim, TAG_GENERATION, TAG_NODE, TAG_RETAIN, TAG_STACK, TAG_USED, digest};
use crate::core::kind::{Minutes, Row};
use crate::core::plan::{Action, Change, Step, Verb};
use crate::core::reference;
use crate::core::rival::clash;
use crate::core::snapshot::{Live, State};
use crate::kinds::ecs::service::deploys;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The least time that a refusal is waited out which passes by itself.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// The most looks for the resource of a create: lists lag a little behind creates. They take seven seconds for one that may have
/// been made just before, and a minute after an answer was lost.
const LOOKS: usize = 4;
const LOOKS_AFTER_LOSS: usize = 8;
/// The most client tokens that a create tries, each because AWS knows the last one of something that is gone.
const TOKENS: u32 = 4;
/// The code of a create that finds that another run of this stack makes the same.
pub(super) const ANOTHER_RUN: &str = "AnotherRun";
/// The code of a wait for what AWS has given up.
pub(super) const FAILED: &str = "Failed";
/// The most looks in a row that may not show the resource that is waited for.
const UNSEEN: u32 = 10;

/// All that a step needs, resolved; nothing is left to decide.
pub(super) struct Job<'a> {
    pub index: usize,
    pub step: &'a Step,
    pub change: &'a Change,
    pub row: &'static Row,
    pub effects: &'static Effects,
    /// The wanted spec without open references; late fields of a create are blank.
    pub wanted: Value,
    /// The resource that an earlier step of the same change made.
    pub made: Option<Live>,
    /// All that has to be as it was when the step begins.
    pub standing: Vec<Standing>,
    /// The ids of what this run has deleted so far.
    pub gone: BTreeSet<String>,
    /// AWS's time when the step begins.
    pub begun: Option<Timestamp>,
}

/// The good end of a step.
pub(super) enum Done {
    /// The resource as it is now known.
    Live(Box<Live>),
    /// The resource as AWS shows it, now that it is ready.
    Seen(Box<Live>),
    Gone,
    /// The call was sent; the wait for it was cut short.
    Interrupted,
}

/// Whatever stands where a create found its place taken, or lost its answer.
enum Trace {
    Ours(Box<Live>),
    /// One of the same name that is on its way out.
    Leaving(Box<Live>),
    /// One that is not this node's.
    Another(Box<Live>),
    Nothing,
}

impl Job<'_> {
    pub async fn run(&self, context: &Context<'_>) -> Result<Done> {
        Box::pin(self.check_standing(context)).await?;
        match self.change.rollout.as_deref() {
            // Few steps are rollouts: the others do not carry their state.
            Some(policy) => Box::pin(rollout::step::run(context, self, policy)).await,
            None => self.call(context).await,
        }
    }

    /// Makes the call. One that a rollout makes does not wait until AWS is done: the rollout does.
    pub async fn call(&self, context: &Context<'_>) -> Result<Done> {
        match self.step.verb {
            Verb::Create => self.create(context, None).await,
            Verb::Update | Verb::Finish | Verb::Release => self.update(context).await,
            Verb::Retag => self.retag(context).await,
            Verb::Delete => self.delete(context).await,
            Verb::Wait => self.wait(context).await,
        }
    }

    /// Makes the call of a rollout that nobody may watch, and waits until AWS is done.
    pub async fn call_and_wait(&self, context: &Context<'_>) -> Result<Done> {
        match self.call(context).await? {
            Done::Live(live) => {
                let Minutes { update, held, .. } = self.minutes(&live);
                self.until_ready(context, *live, Wait::new(update, held)).await
            }
            done => Ok(done),
        }
    }

    /// Makes it, with a tag of Trueup's own beside those that all have.
    pub async fn create(&self, context: &Context<'_>, tag: Option<(String, String)>) -> Result<Done> {
        let claim = self.change.claim.clone().ok_or_else(|| Error::new("plan", "InvalidPlan", "a create without a claim"))?;
        let mut tags = own(&self.wanted);
        tags.extend(context.aws.scope.claim_tags(&claim));
        tags.extend(tag);
        let new = Create { claim, name: self.change.name.clone(), spec: self.wanted.clone(), tags, token: String::new() };
        if let Some(done) = self.before(context, &new).await? {
            return Ok(done);
        }
        let mut attempt = 0;
        loop {
            let token = self.token(context, &new.claim, attempt);
            match self.make(context, Create { token, ..new.clone() }).await {
                // A token outlives what it made: AWS answers with what is gone, or says that it knows the token.
                Err(error) if error.is(self.effects.spent) && attempt < TOKENS => attempt += 1,
                answer => {
                    let done = answer?;
                    self.check_alone(context, &new.claim).await?;
                    return Ok(done);
                }
            }
        }
    }

    /// Looks, once something is there on which others will stand and that has no name, whether another run has made it as well:
    /// whatever has a name would then be made in either. Each run that sees the other stops, as the other may not have seen it.
    async fn check_alone(&self, context: &Context<'_>, claim: &Claim) -> Result<()> {
        let mut refers = false;
        reference::visit(&self.change.wanted, &mut |_| refers = true);
        if refers || !self.effects.looks || !self.change.name.is_empty() {
            return Ok(());
        }
        let mut found = self.owned(context).await?;
        found.retain(|live| live.state != State::Deleting && self.made_by(claim, live));
        match found.as_slice() {
            [one, other, ..] => {
                let message =
                    format!("another run makes this stack at this moment: {} and {} are both `{}`", one.id, other.id, claim.address);
                Err(Error::new("create", ANOTHER_RUN, message))
            }
            _ => Ok(()),
        }
    }

    /// The client token of a create: two runs that make the same of the same find one resource at AWS.
    fn token(&self, context: &Context<'_>, claim: &Claim, attempt: u32) -> String {
        let scope = &context.aws.scope;
        let live = self.change.live.as_ref().map(|live| live.id.as_str()).unwrap_or_default();
        let (owner, spec, attempt) = (scope.owner(), self.wanted.to_string(), attempt.to_string());
        let parts = [&owner, &scope.account, &scope.region, claim.address.as_str(), &claim.generation, live, &spec, &attempt];
        digest(&parts, 32)
    }

    /// Looks before a create whether it is there already, for kinds of which AWS would make another one, answer somebody
    /// else's, or overwrite it.
    async fn before(&self, context: &Context<'_>, new: &Create) -> Result<Option<Done>> {
        let overwritten = (self.effects.overwrites)(new)?;
        let found = match &overwritten {
            Some(id) => self.look(context, id).await?.into_iter().collect(),
            None if self.effects.looks => context.siblings(self).await?,
            None => return Ok(None),
        };
        let mut standing = found.iter().filter(|live| live.state != State::Deleting);
        let same = |live: &&Live| {
            let rival = || live.claim.is_none() && clash(self.row, &new.spec, &new.name, live).is_some();
            overwritten.is_some() || self.made_by(&new.claim, live) || rival()
        };
        match standing.find(same) {
            Some(live) if self.made_by(&new.claim, live) => self.complete(context, live.clone()).await.map(Some),
            Some(live) => Err(self.foreign(Error::new("create", "AlreadyExists", "it is there already"), Some(live))),
            None => Ok(None),
        }
    }

    async fn make(&self, context: &Context<'_>, new: Create) -> Result<Done> {
        let claim = new.claim.clone();
        let mut pause = self.pause(context);
        let mut lost = false;
        let made = loop {
            let error = match (self.effects.create)(context.aws, new.clone()).await {
                Ok(made) => break made,
                Err(error) => error,
            };
            let taken = error.is(self.effects.taken);
            let mut other = None;
            lost |= error.class == Class::Unknown;
            if taken || error.class == Class::Unknown {
                match self.trace(context, &claim, taken, lost).await? {
                    Trace::Ours(live) => return self.complete(context, *live).await,
                    Trace::Leaving(live) if taken => match self.gone(context, &live, Wait::new(self.minutes(&live).delete, 0.0)).await? {
                        Done::Gone => continue,
                        other => return Ok(other),
                    },
                    Trace::Another(live) => other = Some(live),
                    Trace::Leaving(_) | Trace::Nothing => {}
                }
            }
            if taken {
                return Err(if error.is(self.effects.spent) { error } else { self.foreign(error, other.as_deref()) });
            }
            pause.before_retry(&error).await?;
        };
        let Minutes { create, held, .. } = (self.row.minutes)(&self.wanted);
        if create > 0.0 {
            // The wait looks at it as well.
            return self.ready(context, self.fresh(made, Some(claim)), Wait::new(create, held)).await;
        }
        if self.effects.answers {
            self.check_ours(context, &claim, &made).await?;
        }
        Ok(Done::Live(Box::new(self.fresh(made, Some(claim)))))
    }

    /// Makes sure that what a create was answered with is ours: AWS may answer what somebody else made.
    async fn check_ours(&self, context: &Context<'_>, claim: &Claim, made: &Made) -> Result<()> {
        let mut foreign = None;
        for pause in Backoff::seconds(1, 4).looks().take(LOOKS) {
            if !pause.is_zero() && !context.sleep(pause).await {
                return Ok(());
            }
            match self.look(context, &made.id).await? {
                // It is too new to show; the end of the run looks again.
                None => return Ok(()),
                Some(live) if self.made_by(claim, &live) => return Ok(()),
                Some(live) => foreign = Some(live),
            }
        }
        Err(self.foreign(answered(), foreign.as_ref()))
    }

    /// Says of what is there that it is somebody else's, and how to take it over, where it was seen.
    fn foreign(&self, error: Error, live: Option<&Live>) -> Error {
        let address = &self.change.address;
        let adopt = live.map(|Live { id, .. }| format!(". To take it over: [[adopt]] address = \"{address}\", id = \"{id}\""));
        let adopt = adopt.unwrap_or_default();
        Error { message: format!("{}; it is not of this stack{adopt}", error.message.trim_end_matches('.')), ..error }
    }

    /// Looks, by proof of ownership, for what a create made whose answer was lost, or an earlier run began.
    async fn trace(&self, context: &Context<'_>, claim: &Claim, taken: bool, lost: bool) -> Result<Trace> {
        // A name that AWS gives only once makes a repeat safe, so one look is enough.
        let safe = !taken && !self.change.name.is_empty() && !self.effects.taken.is_empty();
        let looks = if lost { LOOKS_AFTER_LOSS } else { LOOKS };
        let (mut leaving, mut other) = (None, None);
        for pause in Backoff::seconds(1, 15).looks().take(if safe { 1 } else { looks }) {
            if !pause.is_zero() && !context.sleep(pause).await {
                break;
            }
            let found = self.owned(context).await?;
            if let Some(live) = found.iter().find(|live| live.state != State::Deleting && self.made_by(claim, live)) {
                return Ok(Trace::Ours(Box::new(live.clone())));
            }
            let clashes = |live: &&Live| taken && clash(self.row, &self.wanted, &self.change.name, live).is_some();
            other = found.iter().filter(|live| live.state != State::Deleting).find(clashes).cloned();
            leaving =
                found.into_iter().find(|live| live.state == State::Deleting && !live.name.is_empty() && live.name == self.change.name);
            if leaving.is_some() {
                break;
            }
        }
        Ok(match (leaving, other) {
            (Some(live), _) => Trace::Leaving(Box::new(live)),
            (None, Some(live)) => Trace::Another(Box::new(live)),
            (None, None) => Trace::Nothing,
        })
    }

    fn made_by(&self, claim: &Claim, live: &Live) -> bool {
        live.claim.as_ref().is_some_and(|own| {
            own.address == claim.address
                && (own.generation == claim.generation || own.generation.is_empty() && live.name == self.change.name)
        })
    }

    async fn owned(&self, context: &Context<'_>) -> Result<Vec<Live>> {
        self.named(context, vec![self.change.name.clone()]).await
    }

    /// Returns all that is live of this kind: of the stack, or by one of these names.
    pub async fn named(&self, context: &Context<'_>, names: Vec<String>) -> Result<Vec<Live>> {
        let select = Select::Owned { names, count: None };
        let mut pause = self.pause(context);
        loop {
            context.aws.forget();
            match (self.effects.list)(context.aws, &select).await {
                Ok(found) => return Ok(found),
                Err(error) => pause.before_retry(&error).await?,
            }
        }
    }

    /// Brings what was found to what was wanted: the lost call may have stopped half-way.
    async fn complete(&self, context: &Context<'_>, live: Live) -> Result<Done> {
        let live = match live.state {
            State::Ready => live,
            _ => match self.already(context, live).await? {
                Done::Live(live) | Done::Seen(live) => *live,
                other => return Ok(other),
            },
        };
        let differing = diff(self.row, &self.wanted, &live.spec).into_iter().filter(|change| !change.replaces);
        let mut changed = differing.map(|change| change.field.into_owned()).collect::<Vec<_>>();
        changed.retain(|field| field != "tags" && !self.step.fields.contains(field));
        self.send(context, live, changed).await
    }

    async fn update(&self, context: &Context<'_>) -> Result<Done> {
        let live = self.live()?;
        let (tags, changed) = self.step.fields.iter().cloned().partition::<Vec<_>, _>(|field| field == "tags");
        if !tags.is_empty() {
            let (set, unset) = tag_changes(&own(&live.spec), &own(&self.wanted));
            let retag = Retag { set, unset, claim: None };
            let mut pause = self.pause(context);
            while let Err(error) = (self.effects.retag)(context.aws, live.clone(), retag.clone()).await {
                pause.before_retry(&error).await?;
            }
        }
        self.send(context, live, changed).await
    }

    /// Sends the fields that differ, and waits until AWS is done with them.
    async fn send(&self, context: &Context<'_>, mut live: Live, changed: Vec<String>) -> Result<Done> {
        if changed.is_empty() {
            return Ok(Done::Live(Box::new(live)));
        }
        let change = Update { live: live.clone(), wanted: self.wanted.clone(), changed };
        let mut pause = self.pause(context);
        let renewed = loop {
            match (self.effects.update)(context.aws, change.clone()).await {
                Ok(renewed) => break renewed,
                Err(error) => pause.before_retry(&error).await?,
            }
        };
        live.outputs.extend(renewed);
        for field in &change.changed {
            live.spec[field.as_str()] = change.wanted[field.as_str()].clone();
        }
        let Minutes { update, held, .. } = (self.row.minutes)(&self.wanted);
        if update > 0.0 { self.ready(context, live, Wait::new(update, held)).await } else { Ok(Done::Live(Box::new(live))) }
    }

    async fn retag(&self, context: &Context<'_>) -> Result<Done> {
        let live = self.live()?;
        // A tag that is not there cannot be taken off everywhere: ElastiCache refuses to.
        let retained = live.claim.as_ref().is_some_and(|claim| claim.retain);
        let used = live.claim.as_ref().is_some_and(|claim| claim.used.is_some());
        let marks = [TAG_STACK, TAG_NODE, TAG_GENERATION].into_iter().chain(retained.then_some(TAG_RETAIN)).chain(used.then_some(TAG_USED));
        let marks = marks.map(String::from);
        let retag = match (&self.change.claim, self.change.action) {
            (Some(claim), action) if action != Action::Forget => {
                let set = context.aws.scope.claim_tags(claim);
                let unset = if retained && !claim.retain { vec![TAG_RETAIN.to_owned()] } else { Vec::new() };
                Retag { set, unset, claim: Some(claim.clone()) }
            }
            _ => Retag { set: BTreeMap::new(), unset: marks.collect(), claim: None },
        };
        let mut pause = self.pause(context);
        while let Err(error) = (self.effects.retag)(context.aws, live.clone(), retag.clone()).await {
            pause.before_retry(&error).await?;
        }
        Ok(Done::Live(Box::new(Live { claim: self.change.claim.clone(), ..live })))
    }

    async fn delete(&self, context: &Context<'_>) -> Result<Done> {
        let live = self.change.live.clone().ok_or_else(|| Error::new("plan", "InvalidPlan", "a delete without a live resource"))?;
        let mut pause = self.pause(context);
        loop {
            match (self.effects.delete)(context.aws, live.clone()).await {
                Ok(()) => break,
                Err(error) if error.is(self.effects.absent) => return Ok(Done::Gone),
                Err(error) => pause.before_retry(&error).await?,
            }
        }
        let minutes = self.minutes(&live).delete;
        if minutes > 0.0 { self.gone(context, &live, Wait::new(minutes, 0.0)).await } else { Ok(Done::Gone) }
    }

    /// Sends nothing: waits for what an earlier run, or somebody else, has begun.
    async fn wait(&self, context: &Context<'_>) -> Result<Done> {
        let live = self.live()?;
        match self.look(context, &live.id).await? {
            None if live.state == State::Deleting => Ok(Done::Gone),
            Some(found) if found.state == State::Ready || found.state.owes_a_command() => Ok(Done::Live(Box::new(found))),
            _ if live.state == State::Deleting => self.gone(context, &live, Wait::new(self.minutes(&live).delete, 0.0)).await,
            _ => self.already(context, live).await,
        }
    }

    /// Waits until what was begun by an earlier call, or by somebody else, is ready.
    async fn already(&self, context: &Context<'_>, live: Live) -> Result<Done> {
        let Minutes { create, held, .. } = self.minutes(&live);
        self.ready(context, live, Wait::new(create, held)).await
    }

    /// Waits until AWS calls it ready.
    async fn ready(&self, context: &Context<'_>, live: Live, wait: Wait) -> Result<Done> {
        let rolls_out = self.change.rollout.as_deref().is_some_and(|policy| deploys(self.step, policy));
        if rolls_out { Ok(Done::Live(Box::new(live))) } else { self.until_ready(context, live, wait).await }
    }

    pub async fn until_ready(&self, context: &Context<'_>, live: Live, mut wait: Wait) -> Result<Done> {
        let (id, claim) = (live.id.clone(), live.claim.clone());
        let (mut latest, mut unseen) = (live, 0);
        // A change may show only after a moment, so the first look comes after the first wait.
        while wait.next(context).await.map_err(|error| still(error, &latest.state))? {
            let found = self.look(context, &id).await?;
            let is_well = found.as_ref().is_some_and(|found| found.state.owes_a_command());
            match found {
                Some(Live { state: State::Failed(reason), .. }) if !is_well => return Err(Error::new("wait", FAILED, reason)),
                Some(found) if found.state == State::Ready || is_well => {
                    if self.step.verb == Verb::Create && self.effects.answers && found.claim != claim {
                        return Err(self.foreign(answered(), Some(&found)));
                    }
                    let claim = found.claim.clone().or(claim);
                    return Ok(Done::Seen(Box::new(Live { claim, ..found })));
                }
                Some(found) => {
                    match &found.state {
                        State::Changing(state) => self.say_waiting(context, state),
                        State::Deleting => return Err(Error::new("wait", "Deleting", "somebody is deleting it; plan again")),
                        State::Ready | State::Failed(_) => {}
                    }
                    (latest, unseen) = (found, 0);
                }
                None if unseen == UNSEEN => return Err(Error::new("wait", "NotFound", "AWS does not show it any more; plan again")),
                None => {
                    unseen += 1;
                    self.say_waiting(context, "not visible yet");
                }
            }
        }
        Ok(Done::Interrupted)
    }

    /// Waits until AWS no longer shows it.
    async fn gone(&self, context: &Context<'_>, live: &Live, mut wait: Wait) -> Result<Done> {
        while wait.next(context).await? {
            match self.look(context, &live.id).await? {
                None => return Ok(Done::Gone),
                Some(Live { state: State::Failed(reason), .. }) => return Err(Error::new("delete", "Failed", reason)),
                Some(_) => self.say_waiting(context, "deleting"),
            }
        }
        Ok(Done::Interrupted)
    }

    /// The resource by its id. A look that fails for a passing reason is a look without news.
    async fn look(&self, context: &Context<'_>, id: &str) -> Result<Option<Live>> {
        let mut pause = self.pause(context);
        loop {
            match (self.effects.list)(context.aws, &Select::Ids(vec![id.to_owned()])).await {
                Ok(found) => return Ok(found.into_iter().find(|live| live.id == id)),
                Err(error) if error.is(self.effects.absent) => return Ok(None),
                Err(error) => pause.before_retry(&error).await?,
            }
        }
    }

    pub(super) fn pause<'a>(&'a self, context: &'a Context<'a>) -> Pause<'a> {
        let minutes = (self.row.minutes)(&self.wanted);
        let typical = Duration::from_secs_f32(minutes.create.max(minutes.delete) * 60.0);
        Pause::new(context, self.index, &self.change.address, self.effects.passing, PATIENCE.max(typical * 2))
    }

    /// Typical durations of what is live.
    fn minutes(&self, live: &Live) -> Minutes {
        (self.row.minutes)(&live.spec)
    }

    pub fn live(&self) -> Result<Live> {
        self.made
            .clone()
            .or_else(|| self.change.live.clone())
            .ok_or_else(|| Error::new("plan", "InvalidPlan", "an update without a live resource"))
    }

    /// Returns what was just made, before AWS is asked about it.
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

/// Adds to the error of a wait whose time is up what was last seen.
fn still(error: Error, state: &State) -> Error {
    match state {
        State::Changing(state) => Error { message: format!("{}; last seen: {state}", error.message), ..error },
        State::Ready | State::Failed(_) | State::Deleting => error,
    }
}

/// The error of a create that was answered with what somebody else made.
fn answered() -> Error {
    Error::new("create", "AlreadyExists", "AWS answers one that is there already")
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
