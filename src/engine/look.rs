//! Looks at what a step is about to touch or relies on, just before it begins: each is shared by the steps that begin together.

use super::context::Context;
use super::step::Job;
use super::trail::who;
use crate::aws::{Error, Result, Select};
use crate::core::address::Address;
use crate::core::backoff::Backoff;
use crate::core::codes::CHANGED_MEANWHILE;
use crate::core::event::Event;
use crate::core::foreign::{Foreign, Known, foreign};
use crate::core::plan::Verb;
use crate::core::snapshot::Live;
use crate::kinds::Entry;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::Instant;

/// A look serves the steps that begin so soon after it.
const FRESH: Duration = Duration::from_secs(3);
/// The most resources that one look is for: as many as EC2 takes values of a filter, and others take less at a time by themselves.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html>
const TOGETHER: usize = 200;
/// The most further looks at what seems to be another: AWS may show what was there before.
const AGAIN: usize = 3;

/// Something that a step stands on.
pub(super) struct Standing {
    pub entry: &'static Entry,
    pub address: Address,
    /// The resource as it was read, or as this run left it.
    pub live: Live,
    /// The same before this run changed it.
    pub earlier: Vec<Live>,
    /// False for what the step only relies on.
    pub touched: bool,
    /// The spec that the step brings about, if it does.
    pub wanted: Option<Value>,
    /// None where this run has just seen or written it.
    pub look: Option<Look>,
}

/// A question about some resources of a kind, and its answer once there is one.
#[derive(Clone)]
pub(super) struct Look {
    at: Instant,
    ids: Arc<BTreeSet<String>>,
    answer: Arc<OnceCell<Arc<[Live]>>>,
}

/// The looks of a run.
#[derive(Default)]
pub(super) struct Looks(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// The looks that still serve, by kind.
    looks: HashMap<&'static str, Vec<Look>>,
    /// The moment at which tags were asked for anew.
    tags: Option<Instant>,
    /// The moment at which this run wrote a resource, or saw it ready, by kind and id.
    written: HashMap<(&'static str, String), Instant>,
}

impl Looks {
    /// Returns the look by which a step learns of a resource; `others` names what steps that are about to begin stand on of that kind.
    pub fn at(&self, kind: &'static str, id: &str, others: impl FnOnce() -> BTreeSet<String>) -> Option<Look> {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.written.get(&(kind, id.to_owned())).is_some_and(|at| at.elapsed() < FRESH) {
            return None;
        }
        let looks = seen.looks.entry(kind).or_default();
        looks.retain(|look| look.at.elapsed() < FRESH);
        if let Some(look) = looks.iter().find(|look| look.ids.contains(id)) {
            return Some(look.clone());
        }
        let ids = std::iter::once(id.to_owned()).chain(others()).take(TOGETHER).collect::<BTreeSet<_>>();
        let look = Look { at: Instant::now(), ids: Arc::new(ids), answer: Arc::default() };
        looks.push(look.clone());
        Some(look)
    }

    /// True for a look that has to ask for the tags of everything anew.
    fn is_first(&self) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = seen.tags.is_none_or(|at| at.elapsed() >= FRESH);
        if old {
            seen.tags = Some(Instant::now());
        }
        old
    }

    /// Notes that this run writes a resource: whatever was seen of it before serves nobody any more.
    pub fn write(&self, kind: &'static str, id: &str) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for look in seen.looks.entry(kind).or_default() {
            if look.ids.contains(id) {
                let rest = look.ids.iter().filter(|other| *other != id).cloned().collect();
                look.ids = Arc::new(rest);
            }
        }
        seen.written.insert((kind, id.to_owned()), Instant::now());
    }
}

impl Job<'_> {
    /// Makes sure that all that the step touches or relies on is what the plan says, and what this run has made of it since.
    pub async fn check_standing(&self, context: &Context<'_>) -> Result<()> {
        for standing in &self.standing {
            let Some(look) = &standing.look else { continue };
            let ask = async || self.list(context, standing.entry, look.ids.iter().cloned().collect()).await.map(Arc::from);
            let seen: Arc<[Live]> = look.answer.get_or_try_init(ask).await.cloned()?;
            let Some(foreign) = self.other_hand(standing, &seen) else { continue };
            self.told(context, standing, foreign).await?;
        }
        for standing in self.standing.iter().filter(|standing| standing.touched) {
            context.looks.write(standing.entry.row.name, &standing.live.id);
        }
        Ok(())
    }

    fn other_hand(&self, standing: &Standing, seen: &[Live]) -> Option<Foreign> {
        let Standing { entry, live, earlier, wanted, .. } = standing;
        let known = Known { live, earlier, wanted: wanted.as_ref(), gone: &self.gone };
        let found = foreign(&entry.row, known, seen.iter().find(|found| found.id == live.id));
        // It was to go, and has gone.
        let may_be_gone = self.step.verb == Verb::Delete && standing.touched;
        found.filter(|found| !(may_be_gone && *found == Foreign::Deleted))
    }

    /// Looks again at what seems to be another, and fails with what it is and by whom.
    async fn told(&self, context: &Context<'_>, standing: &Standing, mut found: Foreign) -> Result<()> {
        let Standing { entry, address, live, .. } = standing;
        for pause in Backoff::seconds(1, 4).take(AGAIN) {
            if !context.sleep(pause).await {
                break;
            }
            let seen = self.list(context, entry, vec![live.id.clone()]).await?;
            match self.other_hand(standing, &seen) {
                Some(again) => found = again,
                None => return Ok(()),
            }
        }
        let by = who(context, &entry.row, live).await;
        let (step, kind, id) = (self.index, entry.row.name.to_owned(), live.id.clone());
        drop(context.record(Event::Foreign { step, address: address.clone(), kind, id, foreign: found.clone(), who: by.clone() }));
        let says = format!("`{address}` ({}) {} since the plan was made", live.id, found.says());
        let message = std::iter::once(says).chain(found.lines()).chain([by.says()]).collect::<Vec<_>>().join("\n");
        Err(Error::new("look", CHANGED_MEANWHILE.id, message))
    }

    async fn list(&self, context: &Context<'_>, entry: &Entry, ids: Vec<String>) -> Result<Vec<Live>> {
        let select = Select::Ids(ids);
        let mut pause = self.pause(context);
        loop {
            // The tags of some kinds come from the one call for all, which serves the looks that begin together as well.
            if context.looks.is_first() {
                context.aws.forget();
            }
            match (entry.effects.list)(context.aws, &select).await {
                Ok(found) => return Ok(found),
                Err(error) if error.is(entry.effects.absent) => return Ok(Vec::new()),
                Err(error) => pause.before_retry(&error).await?,
            }
        }
    }
}
