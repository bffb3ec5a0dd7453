//! Everything that a rollout needs from outside of AWS: variables of the environment, and a place that answers its checks. It is found
//! before anything is touched, and not when ECS waits at a gate.

use super::Error;
use crate::core::plan::{Action, Change, Plan, Verb};
use crate::core::rollout::hidden::{FromEnvironment, Source};
use crate::core::rollout::notify::url::Https;
use crate::core::rollout::policy::Policy;
use crate::core::rollout::smoke::request::{UNFIT, is_unfit};
use crate::core::rollout::smoke::via::Via;
use crate::kinds::ecs::service::deploys;
use serde::Serialize;
use std::collections::BTreeSet;

/// The world around a run, as far as rollouts need it.
pub struct Outside<'a> {
    /// Returns the value of a variable that has one.
    pub value: &'a dyn Fn(&str) -> Option<String>,
    pub via: &'a [Via],
    /// True for the embedded AWS: nobody is told of what it plays, and its load balancers answer nothing.
    pub embedded: bool,
}

/// Something that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case", tag = "lacks")]
pub enum Lack {
    /// The checks of a service, or those who are told of it, need this variable.
    Variable { service: String, name: String },
    /// A variable has a value that cannot be used. The reason shows nothing of it.
    Value { service: String, name: String, why: String },
    /// The checks of a service would be sent to a load balancer that is played.
    Answers { service: String },
}

impl Lack {
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Lack::Variable { service, name } => {
                format!("the environment variable `{name}` is not set, and rollouts of `{service}` read it")
            }
            Lack::Value { service, name, why } => format!("the environment variable `{name}`, which rollouts of `{service}` read, {why}"),
            Lack::Answers { service } => format!("the smoke checks of `{service}` would be sent to a load balancer that is only played"),
        }
    }

    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Lack::Variable { name, .. } => format!("set {name}, or write {{ secret = \"NAME\" }} in its place"),
            Lack::Value { name, .. } => format!("give {name} another value"),
            Lack::Answers { service } => {
                format!("name a server that answers them, --smoke-via {service}=localhost:8080, or leave the checks out")
            }
        }
    }
}

/// Returns all that the rollouts of a plan would miss.
#[must_use]
pub fn of_plan(plan: &Plan, outside: &Outside<'_>) -> BTreeSet<Lack> {
    let changes = plan.changes.iter().enumerate().filter(|_| !plan.destroy);
    let ruled = changes.filter_map(|(at, change)| Some((at, change, change.rollout.as_deref()?)));
    let rolled_out = ruled.filter(|(at, change, policy)| {
        plan.steps.iter().any(|step| step.change == *at && (deploys(step, policy) || goes_on(change, step.verb)))
    });
    let lacks = rolled_out.map(|(_, change, policy)| {
        let address = change.address.as_str();
        let service = address.strip_prefix("service.").and_then(|name| name.strip_suffix(".service")).unwrap_or(address);
        let mut lacks = of(service, policy, outside);
        // A first version has no gate here at which it would be checked.
        lacks.retain(|lack| change.action != Action::Create || !matches!(lack, Lack::Answers { .. }));
        lacks
    });
    lacks.flatten().collect()
}

/// True for a step that takes over a rollout which was left.
fn goes_on(change: &Change, verb: Verb) -> bool {
    verb == Verb::Wait && change.live.as_ref().is_some_and(|live| live.state.is_deploying())
}

/// Returns all that rollouts of a service would miss.
#[must_use]
pub fn of(service: &str, policy: &Policy, outside: &Outside<'_>) -> BTreeSet<Lack> {
    let told = policy.notify.iter().filter(|_| !outside.embedded).flat_map(|notify| notify.sources());
    let told = told.map(|source| (source, None));
    let sources = policy.smoke.iter().filter_map(|check| Some((check.token.clone()?, Some(check)))).chain(told);
    let unset = sources.filter_map(|(source, check)| {
        let Source::Environment(FromEnvironment { env: name }) = source else { return None };
        let service = service.to_owned();
        let Some(value) = (outside.value)(&name) else { return Some(Lack::Variable { service, name }) };
        let why = match check {
            Some(check) => is_unfit(check, &value).then(|| UNFIT.to_owned()),
            None => Https::parse(&value).err().map(|why| format!("is no address that is told: {why}")),
        };
        why.map(|why| Lack::Value { service, name, why })
    });
    let unanswered = outside.embedded && !policy.smoke.is_empty() && Via::find(outside.via, service).is_none();
    unset.chain(unanswered.then(|| Lack::Answers { service: service.into() })).collect()
}

/// Refuses to begin where something is not there.
pub fn refuse(lacks: &BTreeSet<Lack>) -> Result<(), Error> {
    let all = |part: fn(&Lack) -> String| lacks.iter().map(part).collect::<Vec<_>>().join("; ");
    match lacks.is_empty() {
        true => Ok(()),
        false => Err(Error::Rollout { why: all(Lack::says), hint: all(Lack::remedy), refused: true }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_found_before_anything_is_touched() {
        let notify = "slack = { env = 'SLACK' }\nwebhook = { env = 'HOOK' }";
        let check = "path = '/'\ntoken = { env = 'TOKEN' }";
        let mut policy = crate::modules::service::rollout::Rollout::default().policy();
        policy.notify = Some(toml::from_str(notify).unwrap());
        policy.smoke = vec![toml::from_str(check).unwrap(), toml::from_str("path = '/b'\ntoken = { secret = 's' }").unwrap()];
        let lacks = |set: &[&str], embedded: bool, via: &[&str]| {
            let via = via.iter().map(|via| via.parse::<Via>().unwrap()).collect::<Vec<_>>();
            let value = |name: &str| set.iter().find_map(|set| set.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
            let found = of("web", &policy, &Outside { value: &value, via: &via, embedded });
            refuse(&found).map_err(|error| error.to_string()).err().unwrap_or_default()
        };
        assert_eq!(lacks(&["SLACK=https://hooks.slack.com/x", "HOOK=https://example.com/s3cret", "TOKEN=t"], false, &[]), "");
        let all = lacks(&[], false, &[]);
        assert!(["SLACK", "HOOK", "TOKEN"].iter().all(|name| all.contains(&format!("`{name}` is not set"))), "{all}");
        // Nobody is told by the embedded AWS, and its load balancers answer nothing.
        assert_eq!(lacks(&["TOKEN=t"], true, &["web=localhost:80"]), "");
        assert!(lacks(&["TOKEN=t"], true, &["api=localhost:80"]).contains("only played"));
        assert!(lacks(&[], true, &["localhost:80"]).contains("`TOKEN` is not set"));
        // A value that nobody could use is as good as none, and is not shown.
        let bad = lacks(&["SLACK=http://hooks.slack.com/s3cret", "HOOK=https://u:s3cret@example.com", "TOKEN=s3cret\r\nx: y"], false, &[]);
        for said in ["`SLACK`", "begin with `https://`", "`HOOK`", "a user or a password", "`TOKEN`", "holds a line break"] {
            assert!(bad.contains(said) && !bad.contains("s3cret"), "{said}: {bad}");
        }
    }
}
