//! The effects of a kind on AWS: list, create, update, delete, retag.

use super::{Aws, Result, Select};
use crate::core::address::Address;
use crate::core::identity::Claim;
use crate::core::kind::{Kind, from_value, to_value};
use crate::core::snapshot::Live;
use futures::future::BoxFuture;
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;

/// The effect half of a kind. It decides nothing: a plan says what to do, the engine says when.
pub trait Driver: Kind {
    /// Error codes that mean "it is not there".
    const ABSENT: &'static [&'static str];
    /// Error codes of a create that mean "the name is taken".
    const TAKEN: &'static [&'static str] = &[];
    /// Error codes that pass by themselves: a role that is not assumable yet, a subnet still in use by what is on its way out.
    const PASSING: &'static [&'static str] = &[];

    /// What is live, in the normal form of the spec. For `Select::Owned`: everything that may be of this stack, in as few calls
    /// as AWS allows; `claim` is `None` for what turns out to be foreign. For `Select::Ids`: exactly these, foreign or not;
    /// those that are absent are left out, not an error. What is deleted but still listed is left out too.
    fn list(aws: &Aws, select: &Select) -> impl Future<Output = Result<Vec<Live<Self::Spec>>>> + Send;
    /// Makes it, with its tags in the create call, and sets every field that differs from AWS's default.
    fn create(aws: &Aws, new: &Create<Self::Spec>) -> impl Future<Output = Result<Made>> + Send;
    /// Sends only what `changed` names. Answers the outputs that are renewed by it; usually none.
    fn update(aws: &Aws, change: &Update<Self::Spec>) -> impl Future<Output = Result<BTreeMap<String, String>>> + Send;
    /// Deletes it; the engine waits until `list` no longer shows it.
    fn delete(aws: &Aws, live: &Live<Self::Spec>) -> impl Future<Output = Result<()>> + Send;
    /// Sets and removes tags. Kinds without tags keep the address elsewhere (a description), or cannot be moved.
    fn retag(aws: &Aws, live: &Live<Self::Spec>, tags: &Retag) -> impl Future<Output = Result<()>> + Send;
}

/// A resource to make.
#[derive(Debug, Clone)]
pub struct Create<S = Value> {
    pub claim: Claim,
    /// The physical name; empty for kinds without.
    pub name: String,
    /// Resolved: no reference is left but in late fields, which come empty.
    pub spec: S,
    /// The author's tags and the proof of ownership.
    pub tags: BTreeMap<String, String>,
    /// For the API's client token or caller reference: the same for every repeat of this create, at most 32 characters.
    pub token: String,
}

/// The answer to a create.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Made {
    pub id: String,
    /// As far as they are known at once; kinds that take minutes give the rest once they are ready.
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
    pub list: for<'a> fn(&'a Aws, &'a Select) -> Effect<'a, Vec<Live>>,
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
            create: |aws, new| {
                Box::pin(async move {
                    let Create { claim, name, spec, tags, token } = new;
                    let spec = typed::<K>(&claim.address, &spec)?;
                    K::create(aws, &Create { claim, name, spec, tags, token }).await
                })
            },
            update: |aws, change| {
                Box::pin(async move {
                    let Update { live, wanted, changed } = change;
                    let wanted = typed_live::<K>(&wanted)?;
                    K::update(aws, &Update { live: typed_whole::<K>(live)?, wanted, changed }).await
                })
            },
            delete: |aws, live| Box::pin(async move { K::delete(aws, &typed_whole::<K>(live)?).await }),
            retag: |aws, live, tags| Box::pin(async move { K::retag(aws, &typed_whole::<K>(live)?, &tags).await }),
        }
    }
}

fn typed<K: Kind>(address: &Address, spec: &Value) -> Result<K::Spec> {
    from_value(spec).map_err(|problem| super::Error::new("plan", "InvalidSpec", format!("{} `{address}`: {}", K::NAME, problem.message)))
}

fn typed_live<K: Kind>(spec: &Value) -> Result<K::Spec> {
    from_value(spec).map_err(|problem| super::Error::new("plan", "InvalidSpec", format!("{}: {}", K::NAME, problem.message)))
}

fn typed_whole<K: Kind>(live: Live) -> Result<Live<K::Spec>> {
    let spec = typed_live::<K>(&live.spec)?;
    Ok(live.map(|_| spec))
}
