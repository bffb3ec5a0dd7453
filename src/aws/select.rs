//! The live resources that a driver is asked for, and the one tagging call that saves many.

use super::{Aws, Class, During, Error, Result};
use crate::core::identity::{Claim, Scope};
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::OnceCell;

/// The resources that a driver is asked to list.
pub enum Select {
    /// Everything of this stack.
    Owned {
        /// The physical names that the graph wants for this kind: candidates, for kinds that AWS only finds by name.
        names: Vec<String>,
        /// The number of nodes of this kind in the graph. If as many, named by the tagging API and confirmed, are found, a
        /// listing of the whole account is not needed as well. `None`: look everywhere.
        count: Option<usize>,
    },
    /// Exactly these ids, whoever owns them.
    Ids(Vec<String>),
}

impl Select {
    pub fn ids(&self) -> Option<Vec<String>> {
        match self {
            Select::Owned { .. } => None,
            Select::Ids(ids) => Some(ids.clone()),
        }
    }
    /// True when so many resources, confirmed to be ours, are all that the graph knows of.
    pub fn is_met_by(&self, found: usize) -> bool {
        matches!(self, Select::Owned { count: Some(count), .. } if (1..=found).contains(count))
    }
}

/// An answer that several drivers need, asked for once per reading.
pub struct Shared<T>(RwLock<Arc<OnceCell<Arc<T>>>>);

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Shared(RwLock::default())
    }
}

impl<T> Shared<T> {
    /// Returns the answer that there is, or what `ask` answers now.
    pub async fn get<F: Future<Output = Result<T>>>(&self, ask: impl FnOnce() -> F) -> Result<Arc<T>> {
        let cell = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        cell.get_or_try_init(async || ask().await.map(Arc::new)).await.cloned()
    }
    fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::default();
    }
}

/// The tags of this stack's resources by ARN, from the Resource Groups Tagging API, asked for once per reading.
///
/// It lags and shows ghosts, so an ARN in it is a candidate: the resource's own listing confirms that it exists.
#[derive(Default)]
pub struct Tagged(Shared<TagsByArn>);

type TagsByArn = BTreeMap<String, BTreeMap<String, String>>;

impl Tagged {
    /// Tags by ARN of everything that carries this stack's tag. One paged call, the first time only.
    pub async fn all(&self, aws: &Aws) -> Result<Arc<TagsByArn>> {
        self.0.get(|| fetch(aws)).await
    }
    /// The ids behind the tagged ARNs that begin with `service:` and the start of a resource part, such as `sns:` or `rds:db:`.
    pub async fn arns(&self, aws: &Aws, prefix: &str) -> Result<Vec<String>> {
        Ok(self.all(aws).await?.keys().filter(|arn| arn_matches(arn, prefix)).cloned().collect())
    }
    /// The tags of one resource whose listing does not answer them: from the one call, or else, where `likely` says that
    /// it may be ours all the same (its name is one we would give), by asking for it alone.
    pub async fn tags<F: Future<Output = Result<BTreeMap<String, String>>>>(
        &self,
        aws: &Aws,
        arn: &str,
        likely: bool,
        ask: impl FnOnce() -> F,
    ) -> Result<BTreeMap<String, String>> {
        match self.all(aws).await?.get(arn) {
            Some(tags) => Ok(tags.clone()),
            None if likely => ask().await,
            None => Ok(BTreeMap::new()),
        }
    }
    /// The tags of a resource that goes by its name, for kinds whose listing shows everything in the account. It is asked for
    /// alone if its id was, or if its name is wanted or one that we would give.
    pub async fn tags_of_named<F: Future<Output = Result<BTreeMap<String, String>>>>(
        &self,
        aws: &Aws,
        select: &Select,
        (arn, name): (&str, &str),
        ask: impl FnOnce() -> F,
    ) -> Result<BTreeMap<String, String>> {
        match select {
            Select::Owned { names, .. } => {
                self.tags(aws, arn, aws.looks_ours(name) || names.iter().any(|wanted| wanted == name), ask).await
            }
            Select::Ids(_) => ask().await,
        }
    }
}

/// `arn:aws:ec2:us-east-1:1:subnet/subnet-1` matches `ec2:subnet/`.
pub fn arn_matches(arn: &str, prefix: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, rest) = (parts.next().unwrap_or_default(), parts.nth(2).unwrap_or_default());
    prefix.split_once(':').is_some_and(|(wanted, start)| wanted == service && rest.starts_with(start))
}

async fn fetch(aws: &Aws) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    use aws_sdk_resourcegroupstagging::types::TagFilter;
    let filter = TagFilter::builder().key(crate::core::identity::TAG_STACK).values(aws.scope.owner()).build();
    // A hundred is the most that AWS answers a page; unasked it is fifty.
    let mut pages = aws.tagging.get_resources().tag_filters(filter).resources_per_page(100).into_paginator().send();
    let mut found = BTreeMap::new();
    while let Some(page) = pages.next().await {
        let page = match page.during("tagging.GetResources") {
            Ok(page) => page,
            // A role without this one right still plans: every tag is then asked for at its own resource.
            Err(Error { class: Class::Denied, .. }) => return Ok(BTreeMap::new()),
            Err(error) => return Err(error),
        };
        for resource in page.resource_tag_mapping_list() {
            let tags = resource.tags().iter().map(|tag| (tag.key().to_owned(), tag.value().to_owned())).collect();
            found.insert(resource.resource_arn().unwrap_or_default().to_owned(), tags);
        }
    }
    Ok(found)
}

/// True when a name may have been given by us: how names that are cut begin.
pub fn looks_ours(scope: &Scope, name: &str) -> bool {
    name.starts_with(&format!("{}-{}-", scope.stack, scope.env))
        || name.starts_with(&scope.path())
        || name.starts_with(&scope.underscored())
}

impl Aws {
    /// Asks anew the next time for what is asked once per reading: it has changed since.
    pub fn forget(&self) {
        self.tagged.0.forget();
        self.balancers.forget();
        self.clusters.forget();
    }
    /// The claim of a resource from its tags.
    pub fn claim(&self, tags: &BTreeMap<String, String>) -> Option<Claim> {
        self.scope.claim(tags)
    }
    /// True when a name may have been given by us.
    pub fn looks_ours(&self, name: &str) -> bool {
        looks_ours(&self.scope, name)
    }
}
