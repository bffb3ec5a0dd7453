//! The effects of a kind on AWS: list, create, update, delete, retag.

use super::{Aws, Result, Select, principal};
use crate::core::identity::Claim;
use crate::core::kind::{Kind, from_value, to_value};
use crate::core::problem::Problem;
use crate::core::snapshot::Live;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;

/// The effect half of a kind. It decides nothing: a plan says what to do, the engine says when.
///
/// An implementer holds to this, and the laws of `tests/it/kinds` test it against the embedded AWS:
/// - **A call may be repeated.** A run may be killed between any two calls, and an answer may be lost. `create` comes again with
///   the same token; `update`, `delete` and `retag` give the same result when what they do is done already.
/// - **Waiting is the engine's.** It looks by `list` until a change is complete, and repeats throttled calls, lost answers and the
///   codes of `PASSING`. A driver waits only between two calls of one effect, where AWS takes the second one later.
/// - **Read and write are one form.** A resource that was just created from a spec lists as that spec, once both are normalised.
/// - **Every error names its operation**, as `.during("ec2.CreateVpc")` does; the codes below are AWS's,
///   or the driver's own where AWS has one code for several meanings. No secret value stands in an error.
pub trait Driver: Kind {
    /// Error codes that mean "it is not there": a delete is then done, and a look finds nothing.
    const ABSENT: &'static [&'static str];
    /// Error codes of a create that mean "the name is taken". The engine then looks for a resource of that name, and goes on with it
    /// only if it carries this node's mark.
    const TAKEN: &'static [&'static str] = &[];
    /// Error codes of refusals that pass by themselves within minutes, so that the call is repeated: a role that is not assumable
    /// yet, a subnet still in use by what is on its way out.
    const PASSING: &'static [&'static str] = &[];
    /// Error codes of a create that mean that its client token was used before, for something that is gone since.
    const SPENT: &'static [&'static str] = &[];
    /// Says what comes of a create where the resource is there already, so that the engine knows what to look for before and after.
    const AGAIN: Again<Self::Spec> = Again::Refused;

    /// Returns live resources, with every field of the spec that AWS answers. For `Select::Owned`: everything that may be of this
    /// stack, in as few calls as AWS allows; `claim` is `None` for one that turns out to be foreign. For `Select::Ids`: exactly
    /// these, foreign or not; those that are absent are left out, not an error. One on its way out is `State::Deleting`; one that
    /// is gone but still listed is left out too.
    fn list(aws: &Aws, select: &Select) -> impl Future<Output = Result<Vec<Live<Self::Spec>>>> + Send;
    /// Hears of all updates of a run before it begins, for kinds of which AWS changes several together.
    fn foresee(_aws: &Aws, _changes: &[Update<Self::Spec>]) -> impl Future<Output = ()> + Send {
        async {}
    }
    /// Makes it, with its tags in the create call, so that no crash leaves one without an owner, and sets every field that differs
    /// from AWS's default. It returns once AWS has taken the calls; the engine waits until it is ready.
    fn create(aws: &Aws, new: &Create<Self::Spec>) -> impl Future<Output = Result<Made>> + Send;
    /// Sends only the fields that `changed` names, tags never among them. Returns the outputs that are renewed by it (those of
    /// `ABOUT.renewed`), usually none.
    fn update(aws: &Aws, change: &Update<Self::Spec>) -> impl Future<Output = Result<BTreeMap<String, String>>> + Send;
    /// Deletes it. If `minutes` gives a delete more than 0, the engine waits until `list` no longer shows it.
    fn delete(aws: &Aws, live: &Live<Self::Spec>) -> impl Future<Output = Result<()>> + Send;
    /// Sets and removes tags, and leaves all others as they are. Kinds without tags keep the proof of ownership elsewhere (a
    /// description), or cannot be moved.
    fn retag(aws: &Aws, live: &Live<Self::Spec>, tags: &Retag) -> impl Future<Output = Result<()>> + Send;
}

/// The ways in which AWS takes a create of something that is there already.
pub enum Again<S = Value> {
    /// It refuses by name, or a client token of ours makes a repeat harmless.
    Refused,
    /// It makes another one, and nothing but tags tells the two apart.
    Another,
    /// It answers the one that is there, whoever made it.
    Answered,
    /// It overwrites what has the id that the function answers.
    Overwritten(fn(&Create<S>) -> String),
}

/// A resource to make.
#[derive(Debug, Clone)]
pub struct Create<S = Value> {
    pub claim: Claim,
    /// The physical name; empty for kinds without.
    pub name: String,
    /// The wanted spec, resolved: no reference is left, and late fields that have one come empty.
    pub spec: S,
    /// The author's tags and the proof of ownership.
    pub tags: BTreeMap<String, String>,
    /// The API's client token or caller reference: the same for every repeat of this create, 32 characters at most.
    pub token: String,
}

/// The answer to a create.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    pub id: String,
    /// The outputs that are known at once; kinds that take minutes give the rest once they are ready.
    pub outputs: BTreeMap<String, String>,
}

/// A resource to change.
#[derive(Debug, Clone)]
pub struct Update<S = Value> {
    pub live: Live<S>,
    pub wanted: S,
    /// The fields that differ, `tags` never among them.
    pub changed: Vec<String>,
}

impl<S> Update<S> {
    pub fn changes(&self, field: &str) -> bool {
        self.changed.iter().any(|changed| changed == field)
    }
}

/// Tags to set and to remove; `claim` when the proof of ownership itself changes (adopt, move).
#[derive(Debug, Clone, Default)]
pub struct Retag {
    pub set: BTreeMap<String, String>,
    pub unset: Vec<String>,
    pub claim: Option<Claim>,
}

impl Made {
    /// An answer with its id and any further outputs.
    pub fn new(id: impl Into<String>, outputs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Made { id: id.into(), outputs: outputs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect() }
    }
}

type Effect<'a, T> = BoxFuture<'a, Result<T>>;

/// A driver with its type erased: what the engine works on.
pub struct Effects {
    pub absent: &'static [&'static str],
    pub taken: &'static [&'static str],
    pub passing: &'static [&'static str],
    pub spent: &'static [&'static str],
    /// True when only a look tells whether a create would make another one, or be answered with what is there.
    pub looks: bool,
    /// True when a create may be answered with what somebody else made.
    pub answers: bool,
    /// The id of what a create would overwrite, for kinds that AWS overwrites.
    pub overwrites: fn(&Create) -> Result<Option<String>>,
    pub list: for<'a> fn(&'a Aws, &'a Select) -> Effect<'a, Vec<Live>>,
    pub foresee: for<'a> fn(&'a Aws, Vec<Update>) -> BoxFuture<'a, ()>,
    pub create: for<'a> fn(&'a Aws, Create) -> Effect<'a, Made>,
    pub update: for<'a> fn(&'a Aws, Update) -> Effect<'a, BTreeMap<String, String>>,
    pub delete: for<'a> fn(&'a Aws, Live) -> Effect<'a, ()>,
    pub retag: for<'a> fn(&'a Aws, Live, Retag) -> Effect<'a, ()>,
}

impl Effects {
    pub const fn of<K: Driver>() -> Effects {
        Effects {
            absent: K::ABSENT,
            taken: K::TAKEN,
            passing: K::PASSING,
            spent: K::SPENT,
            looks: matches!(K::AGAIN, Again::Another | Again::Answered),
            answers: matches!(K::AGAIN, Again::Answered),
            overwrites: |new| match K::AGAIN {
                Again::Overwritten(id) => Ok(Some(id(&typed_new::<K>(new.clone())?))),
                Again::Refused | Again::Another | Again::Answered => Ok(None),
            },
            list: |aws, select| {
                Box::pin(async move {
                    let found = K::list(aws, select).await?;
                    Ok(found
                        .into_iter()
                        .map(|live| {
                            live.map(|mut spec| {
                                K::normalise(&mut spec);
                                to_value(&spec)
                            })
                        })
                        .collect())
                })
            },
            foresee: |aws, changes| {
                Box::pin(async move {
                    let typed = |change: Update| {
                        let Update { live, wanted, changed } = change;
                        Some(Update { live: typed_whole::<K>(live).ok()?, wanted: typed_live::<K>(&wanted).ok()?, changed })
                    };
                    K::foresee(aws, &changes.into_iter().filter_map(typed).collect::<Vec<_>>()).await;
                })
            },
            create: |aws, new| Box::pin(async move { K::create(aws, &typed_new::<K>(new)?).await.map_err(principal::told_apart) }),
            update: |aws, change| {
                Box::pin(async move {
                    let Update { live, wanted, changed } = change;
                    let wanted = typed_live::<K>(&wanted)?;
                    K::update(aws, &Update { live: typed_whole::<K>(live)?, wanted, changed }).await.map_err(principal::told_apart)
                })
            },
            delete: |aws, live| Box::pin(async move { K::delete(aws, &typed_whole::<K>(live)?).await }),
            retag: |aws, live, tags| Box::pin(async move { K::retag(aws, &typed_whole::<K>(live)?, &tags).await }),
        }
    }
}

fn typed_new<K: Kind>(new: Create) -> Result<Create<K::Spec>> {
    let Create { claim, name, spec, tags, token } = new;
    let wrong =
        |problem: Problem| super::Error::new("plan", "InvalidSpec", format!("{} `{}`: {}", K::NAME, claim.address, problem.message));
    let spec = from_value(&spec).map_err(wrong)?;
    Ok(Create { claim, name, spec, tags, token })
}

fn typed_live<K: Kind>(spec: &Value) -> Result<K::Spec> {
    from_value(spec).map_err(|problem| super::Error::new("plan", "InvalidSpec", format!("{}: {}", K::NAME, problem.message)))
}

fn typed_whole<K: Kind>(live: Live) -> Result<Live<K::Spec>> {
    let spec = typed_live::<K>(&live.spec)?;
    Ok(live.map(|_| spec))
}
