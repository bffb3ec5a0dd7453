//! A pipeline for a stack, from its file: its environments and their gates, and the roles that it needs.

use super::stack::{Choice, Loaded, load, source};
use super::{Error, rights};
use crate::core::approval::rule::Rule;
use crate::core::file::{DEFAULT_ENV, environments};
use crate::core::graph::Graph;
use crate::core::pipeline::{Environment, Gate, Repository};
use crate::core::rights::{policies, store_policy};
use crate::core::rollout::hidden::{FromEnvironment, Source};
use crate::core::rollout::policy::Policy;
use crate::core::settings::StorePlace;
use serde_json::Value;
use std::path::Path;

/// Names of environments that may be what was merged a minute ago; every other one waits for a person, unless it is said to be open.
const OPEN: &[&str] = &["dev", "development", "test", "testing", "qa", "preview", "sandbox", "staging", "stage", "integration"];

/// The choices of whoever has a pipeline written.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// The environments; none for all that the file has.
    pub only: &'a [String],
    /// Those that are applied without asking, and those that are not, whatever they are called.
    pub open: &'a [String],
    pub gate: &'a [String],
}

/// An environment of a pipeline, with what it wants.
#[derive(Debug)]
pub struct Stage {
    pub environment: Environment,
    pub loaded: Loaded,
}

/// Returns the stages of a file in the order in which they are applied: those that are open first, each as the file has them.
pub fn stages(file: &Path, wish: Wish<'_>) -> Result<Vec<Stage>, Error> {
    let found = environments(&source(file)?);
    let all = if found.is_empty() { vec![DEFAULT_ENV.to_owned()] } else { found };
    for name in wish.only.iter().chain(wish.open).chain(wish.gate) {
        if !all.contains(name) {
            let why = format!("has no environment `{name}`");
            return Err(Error::Unfit { path: file.to_owned(), why, hint: Some(format!("it has {}", all.join(", "))) });
        }
    }
    let chosen = all.iter().filter(|name| wish.only.is_empty() || wish.only.contains(name));
    let stage = |name: &String| {
        let env = Some(name.as_str()).filter(|name| *name != DEFAULT_ENV);
        let loaded = load(file, Choice { env, ..Choice::default() })?;
        let settings = &loaded.stack.settings;
        let gate = match settings.approval.as_ref().is_some_and(Rule::is_on) {
            true => Gate::Signed,
            false if wish.gate.contains(name) => Gate::Person,
            false if wish.open.contains(name) || OPEN.contains(&name.as_str()) => Gate::Open,
            false => Gate::Person,
        };
        let store = settings.store.as_deref().and_then(StorePlace::parse);
        let variables = loaded.graph.nodes().filter_map(|node| node.rollout.as_deref()).flat_map(read_outside).collect();
        let environment = Environment { scope: loaded.scope(""), gate, store, variables };
        Ok(Stage { environment, loaded })
    };
    let mut stages = chosen.map(stage).collect::<Result<Vec<_>, Error>>()?;
    stages.sort_by_key(|stage| stage.environment.gate != Gate::Open);
    Ok(stages)
}

/// Returns the variables that a rollout reads.
fn read_outside(policy: &Policy) -> Vec<String> {
    let told = policy.notify.iter().flat_map(|notify| notify.sources());
    let sources = policy.smoke.iter().filter_map(|check| check.token.clone()).chain(told);
    let variable = |source| if let Source::Environment(FromEnvironment { env }) = source { Some(env) } else { None };
    sources.filter_map(variable).collect()
}

/// A role that a pipeline needs, as documents of IAM by the names of their files.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub name: String,
    pub value: Value,
}

/// Returns the documents of the two roles of an environment: whom each trusts, and what each may do.
pub fn documents(environment: &Environment, graph: &Graph, repository: &Repository<'_>, branch: &str) -> Vec<Document> {
    let Environment { scope, store, .. } = environment;
    let rights = rights::of(graph);
    let mut found = Vec::new();
    let roles = [
        ("plan", repository.trusts_to_plan(scope, branch), rights.reading()),
        ("apply", repository.trusts_to_apply(scope, branch), rights),
    ];
    for (role, trust, rights) in roles {
        let mut say = |what: &str, value: Value| found.push(Document { name: format!("{}-{role}-{what}.json", scope.env), value });
        say("trust", trust);
        for (at, policy) in policies(&rights, scope).into_iter().enumerate() {
            say(&format!("policy-{}", at + 1), policy);
        }
        if let Some(StorePlace { bucket, prefix }) = store {
            say("store", store_policy(scope, bucket, prefix, role == "apply"));
        }
    }
    found
}
