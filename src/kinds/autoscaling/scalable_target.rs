//! `autoscaling.target`: how many tasks an ECS service runs, and what decides it.

use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::pricing::{Charge, Facts, Given, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct ScalableTarget;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The service: `service/CLUSTER/SERVICE`, which is its output `resource_id`.
    pub resource_id: String,
    /// Never fewer tasks than this.
    pub min_capacity: u32,
    /// Never more tasks than this.
    pub max_capacity: u32,
    /// All target tracking policies, by name. One added elsewhere is drift.
    #[serde(default)]
    pub policies: BTreeMap<String, Policy>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// A target tracking policy: tasks are added and removed so that the metric stays at its target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub metric: Metric,
    /// Per cent, or requests a minute and target.
    pub target_value: f64,
    /// For ALBRequestCountPerTarget: `app/NAME/ID/targetgroup/NAME/ID`.
    #[serde(default)]
    pub resource_label: Option<String>,
    /// Seconds between one reduction and the next.
    #[serde(default = "five_minutes")]
    pub scale_in_cooldown: u32,
    /// Seconds between one increase and the next.
    #[serde(default = "minute")]
    pub scale_out_cooldown: u32,
    /// Whether tasks are only ever added.
    #[serde(default)]
    pub disable_scale_in: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Metric {
    #[serde(rename = "ECSServiceAverageCPUUtilization")]
    Cpu,
    #[serde(rename = "ECSServiceAverageMemoryUtilization")]
    Memory,
    #[serde(rename = "ALBRequestCountPerTarget")]
    RequestCount,
    /// A policy of another sort that somebody made in AWS. It can be seen, and removed, but not written.
    #[serde(rename = "other")]
    Other,
}

fn five_minutes() -> u32 {
    300
}

fn minute() -> u32 {
    60
}

impl Kind for ScalableTarget {
    type Spec = Spec;
    const NAME: &'static str = "autoscaling.target";
    const ABOUT: About = About {
        doc: "How many tasks an ECS service runs, and what decides it.",
        outputs: &["id", "arn"],
        naming: Naming::None,
        arn: "application-autoscaling:scalable-target/",
        exclusive: &[&["resource_id"]],
        ..About::NEW
    };
    const FIELDS: &'static [Field] =
        &[replace("resource_id"), update("min_capacity"), update("max_capacity"), update("policies").document(), update("tags")];

    fn example() -> Spec {
        Spec {
            resource_id: "${example.ecs-service.resource_id}".into(),
            min_capacity: 1,
            max_capacity: 4,
            policies: BTreeMap::from([(
                "cpu".into(),
                Policy {
                    metric: Metric::Cpu,
                    target_value: 70.0,
                    resource_label: None,
                    scale_in_cooldown: 300,
                    scale_out_cooldown: 60,
                    disable_scale_in: false,
                },
            )]),
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        let parts = spec.resource_id.split('/').filter(|part| !part.is_empty()).count();
        if !is_symbolic(&spec.resource_id) && (parts != 3 || !spec.resource_id.starts_with("service/")) {
            problems.push(
                Problem::new("resource_id", format!("`{}` names no ECS service", spec.resource_id)).help("write service/CLUSTER/SERVICE"),
            );
        }
        if spec.min_capacity > spec.max_capacity {
            problems.push(
                Problem::new("min_capacity", format!("the minimum of {} is above the maximum of {}", spec.min_capacity, spec.max_capacity))
                    .help("raise `max_capacity`"),
            );
        }
        for (name, policy) in &spec.policies {
            problems.extend(policy_problems(name, policy));
        }
        for metric in [Metric::Cpu, Metric::Memory] {
            if spec.policies.values().filter(|policy| policy.metric == metric).count() > 1 {
                problems.push(Problem::new("policies", "two policies track the same metric").help("keep one of them"));
            }
        }
        problems
    }

    const USAGE: &'static [Measure] =
        &[Measure::derived("scaling_alarms", "alarms", "Alarms that AWS makes for autoscaling; if nothing is said, two for each policy.")];
}

impl Priced for ScalableTarget {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let alarms = facts.said("scaling_alarms").unwrap_or_else(|| {
            let of = |policy: &Policy| if policy.disable_scale_in { 1 } else { 2 };
            let amount = Range::only(Decimal::from(spec.policies.values().map(of).sum::<u32>()));
            Given { amount, said: "AWS makes two for each policy, one where tasks are only added".into() }
        });
        vec![tariffs::cloudwatch::scaling_alarms(alarms)]
    }
}

fn policy_problems(name: &str, policy: &Policy) -> Vec<Problem> {
    let mut problems = Vec::new();
    let at = |part: &str| format!("policies.{name}.{part}");
    if !(1..=256).contains(&name.len()) || name.chars().any(char::is_control) {
        problems.push(Problem::new(format!("policies.{name}"), "a policy's name has 1 to 256 characters"));
    }
    if policy.metric == Metric::Other {
        problems.push(
            Problem::new(at("metric"), "policies of other sorts are not part of this kind")
                .help("target tracking of CPU, memory or requests"),
        );
        return problems;
    }
    let percent = policy.metric != Metric::RequestCount;
    if !policy.target_value.is_finite() || policy.target_value <= 0.0 || (percent && policy.target_value > 100.0) {
        problems.push(Problem::new(at("target_value"), format!("{} is not a target", policy.target_value)).help(if percent {
            "per cent, above 0 and up to 100"
        } else {
            "requests a minute and target, above 0"
        }));
    }
    match &policy.resource_label {
        None if !percent => problems.push(
            Problem::new(at("resource_label"), "the request count needs the load balancer and the target group")
                .help("write app/NAME/ID/targetgroup/NAME/ID"),
        ),
        Some(_) if percent => problems.push(Problem::new(at("resource_label"), "only ALBRequestCountPerTarget takes a resource label")),
        Some(label) if !(is_symbolic(label) || label.starts_with("app/") && label.contains("/targetgroup/")) => problems.push(
            Problem::new(at("resource_label"), format!("`{label}` is not a resource label")).help("write app/NAME/ID/targetgroup/NAME/ID"),
        ),
        Some(_) | None => {}
    }
    for (part, seconds) in [("scale_in_cooldown", policy.scale_in_cooldown), ("scale_out_cooldown", policy.scale_out_cooldown)] {
        if seconds > 86_400 {
            problems.push(Problem::new(at(part), "a cooldown of more than a day is a mistake"));
        }
    }
    problems
}
