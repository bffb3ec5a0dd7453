//! `[service.NAME.rollout]`: the way in which a new version takes the traffic over, and what sends it back.

use super::check::list_of;
use super::{Deployment, Service};
use crate::core::code::Code;
use crate::core::codes;
use crate::core::diagnostic::Diagnostic;
use crate::core::module::{Module, Site};
use crate::core::rollout::hidden::{FromSecret, Source};
use crate::core::rollout::notify::address::leads_inside;
use crate::core::rollout::notify::{self, Notify};
use crate::core::rollout::phases;
use crate::core::rollout::policy::{self, Policy, Quantile, Shift, Threshold};
use crate::core::rollout::smoke::{self, Check};
use crate::core::suggest::MOST;
use crate::kinds::ecs::deployment::{self, Canary, Hook, HookTarget, Linear, Stage, TimeoutAction};
use crate::modules::codes as own;
use crate::modules::database::Database;
use crate::modules::secrets::Secrets;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A rollout in steps: ECS waits before each, and goes back by itself where nobody says that it may go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rollout {
    /// The way that traffic moves: all at once, a first share and then all, or equal shares; or `rolling`, task by task.
    pub strategy: Strategy,
    /// Per cent of the traffic in the first share, or in each; left out, 10 for `canary` and 20 for `linear`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<f64>,
    /// Minutes that each share is watched at least before the next one comes.
    pub dwell_minutes: u32,
    /// Minutes at least that the new version has all traffic while the old one still runs.
    pub bake_minutes: u32,
    /// Minutes that ECS waits at each gate; then it goes back.
    pub gate_minutes: u32,
    /// Minutes without another task coming up after which it goes back.
    pub patience_minutes: u32,
    /// The number of new tasks that stop by themselves at which it goes back.
    pub crashes: u32,
    /// The measures that the new version must keep.
    pub guard: Guard,
    /// Commands that change what both versions use, such as a database.
    pub migrate: Migrate,
    /// Requests that the new version has to answer well before it gets traffic.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub smoke: Vec<Check>,
    /// The name by which these requests call the service, `api.example.com`; left out, its load balancer's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Those who are told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
}

/// Commands that run once for each version, as a task of its own that has the new version's image, network, role and secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Migrate {
    /// The command that only tries what `expand` will do, and runs before it: where it fails, nothing has happened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<String>,
    /// The command before the new version starts. The old one still runs, so it only adds.
    pub expand: Vec<String>,
    /// The command after the old version is gone: it takes away what only that one used.
    pub contract: Vec<String>,
    /// The command that takes back what `expand` did, when somebody asks for it: `trueup rollout undo expand`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expand_back: Vec<String>,
    /// The command that takes back what `contract` did, before one goes back to an older version: `trueup rollout undo contract`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contract_back: Vec<String>,
    /// Minutes after which a command is stopped, and has failed.
    pub minutes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    #[default]
    AllAtOnce,
    Canary,
    Linear,
    Rolling,
}

/// The measures by which the new version is compared with the old one, and limits that it must keep whatever the old one does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Guard {
    /// Compares errors and latency with the old version's; without it only health, crashes, alarms and limits count.
    pub compare: bool,
    /// Per cent of confidence with which a whole rollout that is no worse is not taken for one that is.
    pub confidence: f64,
    /// Requests that each version must have answered before anything is said of it.
    pub least_requests: u64,
    /// Answers with a status of 500 and above.
    pub errors: Errors,
    /// Quantiles of the time to answer: `p50`, `p95`, `p99`.
    pub latency: BTreeMap<Quantile, Latency>,
    /// Names of CloudWatch alarms that must not be in ALARM; the stack's own by reference,
    /// `${monitoring.service.web.errors.name}`.
    pub alarms: Vec<String>,
    /// Limits that the stack's own databases must keep, by the name of the database.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub database: BTreeMap<String, DatabaseLimits>,
    /// Metrics of CloudWatch with a limit, by a name of your own.
    pub metrics: BTreeMap<String, Metric>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Errors {
    /// Per cent of all answers by which they may be more than the old version's.
    pub tolerance_percent: f64,
    /// Per cent of all answers that is too much in any case.
    pub most_percent: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Latency {
    /// Per cent by which it may be slower than the old version.
    pub tolerance_percent: f64,
    /// Milliseconds by which it may be slower in any case.
    pub tolerance_ms: f64,
}

/// Limits that a database must keep while a new version comes up. Each is compared with the average of the newest minute.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseLimits {
    /// Per cent of its CPU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<f64>,
    /// Connections of clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<f64>,
    /// Milliseconds that a read from its disk takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_latency_ms: Option<f64>,
    /// Milliseconds that a write to its disk takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub write_latency_ms: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    pub namespace: String,
    pub metric: String,
    #[serde(default)]
    pub dimensions: BTreeMap<String, String>,
    #[serde(default = "average")]
    pub statistic: String,
    /// It must not be above this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub above: Option<f64>,
    /// It must not be below this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<f64>,
}

fn average() -> String {
    "Average".into()
}

impl Default for Rollout {
    fn default() -> Self {
        Rollout {
            strategy: Strategy::AllAtOnce,
            percent: None,
            dwell_minutes: 5,
            bake_minutes: 10,
            gate_minutes: 60,
            patience_minutes: 10,
            crashes: 3,
            guard: Guard::default(),
            migrate: Migrate::default(),
            smoke: Vec::new(),
            host: None,
            notify: None,
        }
    }
}

impl Default for Migrate {
    fn default() -> Self {
        Migrate {
            dry_run: Vec::new(),
            expand: Vec::new(),
            contract: Vec::new(),
            expand_back: Vec::new(),
            contract_back: Vec::new(),
            minutes: 15,
        }
    }
}

impl Default for Guard {
    fn default() -> Self {
        Guard {
            compare: true,
            confidence: 99.0,
            least_requests: 50,
            errors: Errors::default(),
            latency: BTreeMap::from([(Quantile::P95, Latency::default())]),
            alarms: Vec::new(),
            database: BTreeMap::new(),
            metrics: BTreeMap::new(),
        }
    }
}

impl Default for Errors {
    fn default() -> Self {
        Errors { tolerance_percent: 0.5, most_percent: 5.0 }
    }
}

impl Default for Latency {
    fn default() -> Self {
        Latency { tolerance_percent: 20.0, tolerance_ms: 50.0 }
    }
}

/// Minutes of a day: ECS ends a stage that takes longer.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html>
const DAY: u32 = 1440;

impl Rollout {
    /// The rollout of a service whose file has none, with the minutes for which ECS leaves the old tasks, if they have a group of
    /// their own: ECS goes on by itself, and whoever watches takes back what is worse.
    fn of_ecs(bake_minutes: Option<u32>) -> Self {
        let strategy = bake_minutes.map_or(Strategy::Rolling, |_| Strategy::AllAtOnce);
        Rollout { strategy, bake_minutes: bake_minutes.unwrap_or_default(), gate_minutes: 0, ..Rollout::default() }
    }

    /// True where ECS waits for somebody before each step.
    pub(super) fn is_gated(&self) -> bool {
        self.strategy != Strategy::Rolling && self.gate_minutes > 0
    }

    fn share(&self) -> f64 {
        self.percent.unwrap_or(match self.strategy {
            Strategy::AllAtOnce | Strategy::Rolling => 100.0,
            Strategy::Canary => 10.0,
            Strategy::Linear => 20.0,
        })
    }

    /// Returns the rules by which it is decided.
    pub fn policy(&self) -> Policy {
        let Guard { compare, confidence, least_requests, errors, latency, alarms, database, metrics } = &self.guard;
        let shift = match self.strategy {
            Strategy::AllAtOnce => Shift::AllAtOnce,
            Strategy::Rolling => Shift::Rolling,
            Strategy::Canary => Shift::Canary { percent: self.share() },
            Strategy::Linear => Shift::Linear { percent: self.share() },
        };
        let part = |percent: f64| percent / 100.0;
        let latency = latency.iter().filter(|_| *compare).map(|(quantile, latency)| policy::Latency {
            quantile: *quantile,
            tolerance: part(latency.tolerance_percent),
            floor: latency.tolerance_ms / 1000.0,
        });
        let errors = policy::Errors { tolerance: part(errors.tolerance_percent), most: part(errors.most_percent) };
        Policy {
            shift,
            dwell: self.dwell_minutes,
            bake: if self.strategy == Strategy::Rolling { 0 } else { self.bake_minutes },
            gate: if self.is_gated() { self.gate_minutes } else { 0 },
            patience: self.patience_minutes,
            crashes: self.crashes,
            smoke: self.smoke.clone(),
            host: self.host.clone(),
            notify: self.notify.clone(),
            guard: policy::Guard {
                confidence: part(*confidence),
                least_requests: *least_requests,
                errors: compare.then_some(errors),
                latency: latency.collect(),
                alarms: alarms.clone(),
                metrics: metrics
                    .iter()
                    .flat_map(|(name, metric)| metric.limits(name))
                    .chain(database.iter().flat_map(|(name, limits)| limits.thresholds(name)))
                    .collect(),
            },
            dry_run: self.migrate.dry_run.clone(),
            expand: self.migrate.expand.clone(),
            contract: self.migrate.contract.clone(),
            expand_back: self.migrate.expand_back.clone(),
            contract_back: self.migrate.contract_back.clone(),
            command_minutes: self.migrate.minutes,
            again: None,
            expanded: false,
            contracted: false,
        }
    }

    /// Returns the way in which ECS deploys: with a gate before each step, at which it goes back when nobody comes.
    pub(super) fn deployment(&self) -> deployment::Deployment {
        let (strategy, canary, linear) = match self.strategy {
            Strategy::AllAtOnce | Strategy::Rolling => (deployment::Strategy::BlueGreen, None, None),
            Strategy::Canary => (deployment::Strategy::Canary, Some(Canary { percent: self.share(), bake_time_in_minutes: 0 }), None),
            Strategy::Linear => (deployment::Strategy::Linear, None, Some(Linear { step_percent: self.share(), bake_time_in_minutes: 0 })),
        };
        let tested = (!self.smoke.is_empty()).then_some(Stage::PostTestTrafficShift);
        let hook = Hook {
            target_type: HookTarget::Pause,
            lifecycle_stages: tested.into_iter().chain([Stage::PreProductionTrafficShift, Stage::PostProductionTrafficShift]).collect(),
            hook_target_arn: None,
            role_arn: None,
            timeout_in_minutes: self.gate_minutes,
            timeout_action: TimeoutAction::Rollback,
        };
        deployment::Deployment { strategy, canary, linear, lifecycle_hooks: vec![hook], ..deployment::Deployment::default() }
    }

    pub(super) fn problems(&self, service: &Service, site: &Site<'_>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut wrong = |code: &'static Code, key: &str, message: String, help: &str| {
            let key = if key.is_empty() { "rollout".to_owned() } else { format!("rollout.{key}") };
            found.push(site.wrong(code, &key, message).help(help));
        };
        if self.strategy == Strategy::Rolling {
            if !self.smoke.is_empty() {
                let message = "tasks that are replaced one by one cannot be checked before they get traffic".to_owned();
                wrong(&own::ROLLOUT_WITHOUT_PAIR, "smoke", message, "take another strategy, or the checks out");
            }
        } else if service.port.is_none() {
            wrong(
                &own::ROLLOUT_WITHOUT_PAIR,
                "",
                "this rollout moves a load balancer's traffic, and a worker has none".into(),
                "write strategy = \"rolling\": ECS replaces a worker's tasks one after the other",
            );
        } else if service.deployment == Some(Deployment::Rolling) {
            wrong(
                &own::ROLLOUT_WITHOUT_PAIR,
                "",
                "a rolling deployment has no second version that traffic could move to".into(),
                "take out `deployment`, or write strategy = \"rolling\"",
            );
        }
        let share = self.share();
        let bounds = match self.strategy {
            Strategy::AllAtOnce | Strategy::Rolling => None,
            Strategy::Canary => Some((0.1, 99.9)),
            Strategy::Linear => Some((3.0, 99.9)),
        };
        match bounds {
            None if self.percent.is_some() => {
                let message = "the traffic does not move in shares".to_owned();
                wrong(&own::ROLLOUT_SHARES, "percent", message, "write strategy = \"canary\" or \"linear\", or take it out");
            }
            // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CanaryConfiguration.html
            Some(_) if ((share * 10.0).round() - share * 10.0).abs() > 1e-6 => {
                let message = format!("ECS takes shares in tenths of a per cent, not {share}");
                wrong(&own::ROLLOUT_SHARES, "percent", message, "write one digit behind the point");
            }
            Some((least, most)) if !(least..=most).contains(&share) => {
                let message = format!("ECS takes shares from {least} to {most} per cent here, not {share}");
                wrong(&own::ROLLOUT_SHARES, "percent", message, "for all at once: strategy = \"all-at-once\"");
            }
            _ => {}
        }
        for (key, minutes) in [("dwell_minutes", self.dwell_minutes), ("bake_minutes", self.bake_minutes)] {
            if self.strategy != Strategy::Rolling && minutes >= self.gate_minutes {
                let message = format!("it waits {minutes} minutes at a gate at which ECS goes back after {}", self.gate_minutes);
                wrong(&own::ROLLOUT_TIMES, key, message, "make `gate_minutes` longer, with room for what needs more requests");
            }
        }
        if !(1..=DAY).contains(&self.gate_minutes) {
            let message = format!("a gate is open for 1 to {DAY} minutes: ECS ends a stage after a day");
            wrong(&own::ROLLOUT_TIMES, "gate_minutes", message, "an hour is usual");
        } else if let Some((message, help)) = phases::too_long(&phases::phases(&self.policy())) {
            wrong(&own::ROLLOUT_TIMES, "gate_minutes", message, help);
        }
        if self.patience_minutes == 0 || self.crashes == 0 {
            let key = if self.crashes == 0 { "crashes" } else { "patience_minutes" };
            wrong(&own::ROLLOUT_TIMES, key, format!("`{key}` is at least 1"), "left out, it has a sound value");
        }
        if self.migrate.expand.is_empty() && !self.migrate.dry_run.is_empty() {
            let message = "there is no `expand` that it could try".to_owned();
            wrong(&own::ROLLOUT_TIMES, "migrate.dry_run", message, "write the command that follows it as `expand`");
        }
        for key in ["dry_run", "expand", "contract", "expand_back", "contract_back"] {
            let written = site.part.value.pointer(&format!("/rollout/migrate/{key}")).and_then(serde_json::Value::as_array);
            if written.is_some_and(|words| words.first().is_none_or(|word| word.as_str().is_some_and(|word| word.trim().is_empty()))) {
                let message = format!("`{key}` has no command");
                wrong(
                    &own::ROLLOUT_TIMES,
                    &format!("migrate.{key}"),
                    message,
                    "write it word by word, such as [\"bin/migrate\", \"up\"], or leave it out",
                );
            }
        }
        for (key, command) in self.migrate.commands() {
            if let Some((message, help)) = unfit(key, command) {
                wrong(&own::ROLLOUT_TIMES, &format!("migrate.{key}"), message, help);
            }
        }
        let Migrate { expand, contract, expand_back, contract_back, .. } = &self.migrate;
        for (name, command, back) in [("expand", expand, expand_back), ("contract", contract, contract_back)] {
            if command.is_empty() && !back.is_empty() {
                let message = format!("there is no `{name}` that it could take back");
                wrong(&own::ROLLOUT_TIMES, &format!("migrate.{name}_back"), message, &format!("write the command before it as `{name}`"));
            }
        }
        if !(1..=DAY).contains(&self.migrate.minutes) {
            let message = format!("a command takes 1 to {DAY} minutes at most");
            wrong(&own::ROLLOUT_TIMES, "migrate.minutes", message, "left out, it is a quarter of an hour");
        }
        let Guard { confidence, least_requests, errors, latency, metrics, .. } = &self.guard;
        if !(50.0..=99.999).contains(confidence) {
            let message = format!("a confidence is from 50 to 99.999 per cent, not {confidence}");
            wrong(&own::ROLLOUT_GUARD, "guard.confidence", message, "99 takes one good rollout of a hundred for a bad one, at most");
        }
        if *least_requests == 0 {
            let message = "nothing can be said of a version without requests".to_owned();
            wrong(&own::ROLLOUT_GUARD, "guard.least_requests", message, "where there are none: compare = false");
        }
        let shares = [("errors.tolerance_percent", errors.tolerance_percent), ("errors.most_percent", errors.most_percent)];
        for (key, percent) in shares {
            if !(0.0..=100.0).contains(&percent) {
                let message = format!("a share of answers is from 0 to 100 per cent, not {percent}");
                wrong(&own::ROLLOUT_GUARD, &format!("guard.{key}"), message, "half a per cent is 0.5");
            }
        }
        for (quantile, latency) in latency {
            let word = quantile.word();
            for (key, value) in [("tolerance_percent", latency.tolerance_percent), ("tolerance_ms", latency.tolerance_ms)] {
                if !value.is_finite() || value < 0.0 {
                    let message = format!("a tolerance is 0 or more, not {value}");
                    wrong(&own::ROLLOUT_GUARD, &format!("guard.latency.{word}.{key}"), message, "a fifth slower is 20");
                }
            }
        }
        for (at, name) in self.guard.alarms.iter().enumerate() {
            let of_arn = name.strip_prefix("arn:").map(|rest| rest.split_once(":alarm:").map_or("high-errors", |(_, name)| name));
            if let Some(short) = of_arn {
                let message = "an alarm is known by its name here, and this is an ARN".to_owned();
                wrong(&own::ROLLOUT_GUARD, &format!("guard.alarms.{at}"), message, &format!("write `{short}`"));
            } else if name.trim().is_empty() {
                let message = "an alarm has a name".to_owned();
                wrong(&own::ROLLOUT_GUARD, &format!("guard.alarms.{at}"), message, "write its name, or take it out");
            }
        }
        for (name, metric) in metrics {
            if metric.above.is_none() && metric.below.is_none() {
                let message = format!("the metric `{name}` has no limit");
                wrong(&own::ROLLOUT_GUARD, &format!("guard.metrics.{name}"), message, "give it `above` or `below`");
            }
        }
        found.extend(self.guard.database.iter().flat_map(|(name, limits)| limits.problems(name, site)));
        self.smoke_problems(service, site, &mut found);
        if let Some(notify) = &self.notify {
            found.extend(
                notify::check::problems(notify)
                    .into_iter()
                    .map(|problem| Diagnostic::coded(&site.part.path, problem.below("rollout.notify"))),
            );
            found.extend([("slack", &notify.slack), ("webhook", &notify.webhook)].into_iter().filter_map(|(key, webhook)| {
                let source = webhook.as_ref()?.source()?;
                no_secret(site, &format!("rollout.notify.{key}"), &source)
            }));
        }
        found
    }

    fn smoke_problems(&self, service: &Service, site: &Site<'_>, found: &mut Vec<Diagnostic>) {
        found.extend(
            smoke::check::problems(&self.smoke)
                .into_iter()
                .map(|problem| Diagnostic::coded(&site.part.path, problem.below("rollout.smoke"))),
        );
        for (at, check) in self.smoke.iter().enumerate() {
            let missing = check.token.as_ref().and_then(|source| no_secret(site, &format!("rollout.smoke.{at}.token"), source));
            found.extend(missing);
        }
        let longest = smoke::longest(&self.smoke).as_secs().div_ceil(60);
        if longest > u64::from(self.gate_minutes) {
            let message = format!("the checks may take {longest} minutes, and ECS goes back after {}", self.gate_minutes);
            let one = site.wrong(&own::ROLLOUT_TIMES, "rollout.gate_minutes", message);
            found.push(one.help("make `gate_minutes` longer, or `timeout_ms`, `tries` and `repeat` of the checks less"));
        }
        let plain = |host: &str| {
            let parts = host.split('.').map(str::as_bytes).collect::<Vec<_>>();
            let letters = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
            parts.len() > 1 && host.len() <= 253 && parts.iter().all(|part| !part.is_empty() && part.len() <= 63 && letters(part))
        };
        match &self.host {
            Some(host) if leads_inside(host) => {
                let message =
                    format!("`{host}` is an address inside of a network, this host or a metadata service, and no name of a service");
                let one = site.wrong(&own::ROLLOUT_HOST, "rollout.host", message);
                found.push(one.help("write the name by which users call the service, such as `api.example.com`"));
            }
            Some(host) if !plain(host) => {
                let one = site.wrong(&own::ROLLOUT_HOST, "rollout.host", format!("`{host}` is no host name"));
                found.push(one.help("write it as `api.example.com`, without scheme, port and path"));
            }
            None if service.certificate.is_some() && !self.smoke.is_empty() => {
                let message = "the load balancer's certificate is for a name that nobody has said, so no check could trust it";
                let one = site.wrong(&own::ROLLOUT_HOST, "rollout.smoke", message);
                found.push(one.help("write the name in [rollout]: host = \"api.example.com\""));
            }
            _ => {}
        }
    }
}

impl Service {
    /// The rules by which a new version takes over.
    pub(super) fn rules(&self) -> Policy {
        let of_ecs = || Rollout::of_ecs(self.is_blue_green().then_some(self.bake_minutes));
        self.rollout.clone().unwrap_or_else(of_ecs).policy()
    }
}

/// Finds a secret that the file does not have.
fn no_secret(site: &Site<'_>, key: &str, source: &Source) -> Option<Diagnostic> {
    let Source::Secret(FromSecret { secret, .. }) = source else { return None };
    let known = site.has(&format!("{}.{secret}", Secrets::SECTION)) || site.is_absent(Secrets::SECTION, secret);
    (!known && !secret.trim().is_empty() && !secret.starts_with("arn:")).then(|| {
        let one = site.wrong(&codes::NO_SUCH_MODULE, &format!("{key}.secret"), format!("there is no `[secrets.{secret}]`"));
        let names = site.names(Secrets::SECTION).take(MOST).collect::<Vec<_>>();
        one.help(list_of(secret, &names))
    })
}

impl Migrate {
    /// The commands by their keys.
    fn commands(&self) -> [(&'static str, &[String]); 5] {
        let Migrate { minutes: _, dry_run, expand, contract, expand_back, contract_back } = self;
        [("dry_run", dry_run), ("expand", expand), ("contract", contract), ("expand_back", expand_back), ("contract_back", contract_back)]
    }
}

/// The characters that ECS takes of the overrides of a task, which are JSON; the name of the container stands in them as well.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html>
const OVERRIDES: usize = 8192 - 300;

/// Says why ECS would not run a command, if it would not.
fn unfit(key: &str, command: &[String]) -> Option<(String, &'static str)> {
    if command.iter().any(|word| word.contains('\0')) {
        return Some((format!("`{key}` has a NUL in a word, and no process takes one"), "take it out"));
    }
    let length = serde_json::to_string(command).map_or(0, |json| json.chars().count());
    let message = || format!("`{key}` has {length} characters as JSON, and ECS takes {OVERRIDES}");
    (length > OVERRIDES).then(|| (message(), "put it into a file of the image, and run that"))
}

impl DatabaseLimits {
    /// The metrics of a database, which has them each minute. CloudWatch counts latency in seconds.
    /// <https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html>
    fn thresholds(self, database: &str) -> impl Iterator<Item = Threshold> {
        let metric = |key: &'static str| match key {
            "cpu_percent" => ("CPUUtilization", 1.0),
            "connections" => ("DatabaseConnections", 1.0),
            "read_latency_ms" => ("ReadLatency", 1000.0),
            _ => ("WriteLatency", 1000.0),
        };
        self.limits().into_iter().filter_map(move |(key, value)| {
            let (metric, times) = metric(key);
            Some(Threshold {
                name: format!("database.{database}.{key}"),
                namespace: "AWS/RDS".into(),
                metric: metric.into(),
                dimensions: BTreeMap::from([("DBInstanceIdentifier".into(), format!("${{database.{database}.id}}"))]),
                statistic: average(),
                times,
                value: value?,
                above: true,
            })
        })
    }

    fn limits(self) -> [(&'static str, Option<f64>); 4] {
        let DatabaseLimits { cpu_percent, connections, read_latency_ms, write_latency_ms } = self;
        [
            ("cpu_percent", cpu_percent),
            ("connections", connections),
            ("read_latency_ms", read_latency_ms),
            ("write_latency_ms", write_latency_ms),
        ]
    }

    fn problems(self, database: &str, site: &Site<'_>) -> Vec<Diagnostic> {
        let key = format!("rollout.guard.database.{database}");
        if !site.has(&format!("{}.{database}", Database::SECTION)) {
            if site.is_absent(Database::SECTION, database) {
                return Vec::new();
            }
            let one = site.wrong(&codes::NO_SUCH_MODULE, &key, format!("there is no `[database.{database}]`"));
            let names = site.names(Database::SECTION).take(MOST).collect::<Vec<_>>();
            return vec![one.help(list_of(database, &names))];
        }
        if self.limits().iter().all(|(_, limit)| limit.is_none()) {
            let one = site.wrong(&own::ROLLOUT_GUARD, &key, format!("the database `{database}` has no limit"));
            let keys = self.limits().map(|(key, _)| format!("`{key}`")).join(", ");
            return vec![one.help(format!("give it one of {keys}, or take the table out"))];
        }
        let most = |key: &str| if key == "cpu_percent" { 100.0 } else { f64::MAX };
        let limits = self.limits().into_iter().filter_map(|(key, limit)| Some((key, limit?)));
        let wrong = limits.filter(|(key, limit)| !(*limit > 0.0 && *limit <= most(key))).map(|(limit, value)| {
            let bounds =
                if limit == "cpu_percent" { "a share of the CPU is above 0 and at most 100 per cent" } else { "a limit is above 0" };
            let one = site.wrong(&own::ROLLOUT_GUARD, &format!("{key}.{limit}"), format!("{bounds}, not {value}"));
            one.help("write what it must not go beyond; left out, it is not looked at")
        });
        wrong.collect()
    }
}

impl Metric {
    fn limits<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Threshold> + 'a {
        [(self.above, true), (self.below, false)].into_iter().filter_map(move |(value, above)| {
            Some(Threshold {
                name: name.to_owned(),
                namespace: self.namespace.clone(),
                metric: self.metric.clone(),
                dimensions: self.dimensions.clone(),
                statistic: self.statistic.clone(),
                times: 1.0,
                value: value?,
                above,
            })
        })
    }
}
