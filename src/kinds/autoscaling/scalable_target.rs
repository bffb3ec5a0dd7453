//! `autoscaling.target`: the bounds of an ECS service's number of tasks, and the policies that scale it between them.

use crate::core::code::Check;
use crate::core::kind::{About, Field, Kind, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::problem::Problem;
use crate::core::reference::{Piece, is_symbolic, pieces};
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
    /// The smallest number of tasks.
    pub min_capacity: u32,
    /// The largest number of tasks.
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
    /// The target value: per cent, or requests a minute and target.
    pub target_value: f64,
    /// The resource label of ALBRequestCountPerTarget: `app/NAME/ID/targetgroup/NAME/ID`.
    #[serde(default)]
    pub resource_label: Option<String>,
    /// Seconds between one reduction and the next.
    #[serde(default = "five_minutes")]
    pub scale_in_cooldown: u32,
    /// Seconds between one increase and the next.
    #[serde(default = "minute")]
    pub scale_out_cooldown: u32,
    /// Turns scaling in off: tasks are only ever added.
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
        doc: "The bounds of an ECS service's number of tasks, and the policies that scale it between them.",
        outputs: &["id", "arn"],
        naming: Naming::None,
        arn: "application-autoscaling:scalable-target/",
        exclusive: &[&["resource_id"]],
        ..About::NEW
    };
    // RegisterScalableTarget knows a target by its resource.
    // https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
    const FIELDS: &'static [Field] =
        &[replace("resource_id"), update("min_capacity"), update("max_capacity"), update("policies").document().loose(), update("tags")];

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

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ASG001",
            about: "A scalable target names no ECS service.",
            why: "RegisterScalableTarget refuses it: the resource is a service by its cluster and its own name.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
            wrong: &[r#"{"resource_id": "web"}"#, r#"{"resource_id": "service/web"}"#, r#"{"resource_id": "table/main/web"}"#],
            right: &[r#"{"resource_id": "service/main/web"}"#],
            find: resource,
        },
        Check {
            id: "ASG002",
            about: "The smallest number of tasks is above the largest.",
            why: "RegisterScalableTarget refuses it, since no number would be between them.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html",
            wrong: &[r#"{"min_capacity": 5}"#],
            right: &[r#"{"min_capacity": 4}"#],
            find: capacity,
        },
        Check {
            id: "ASG003",
            about: "A scaling policy has a name that it cannot have.",
            why: "PutScalingPolicy takes 1 to 256 characters on one line and refuses anything else.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScalingPolicy.html",
            wrong: &[
                r#"{"policies": {"": {"metric": "ECSServiceAverageMemoryUtilization", "target_value": 70}}}"#,
                r#"{"policies": {"one\ntwo": {"metric": "ECSServiceAverageMemoryUtilization", "target_value": 70}}}"#,
            ],
            right: &[r#"{"policies": {"memory": {"metric": "ECSServiceAverageMemoryUtilization", "target_value": 70}}}"#],
            find: names,
        },
        Check {
            id: "ASG004",
            about: "A scaling policy is of a sort that Trueup does not make.",
            why: "Somebody has made it in AWS; Trueup can see and remove it, but has nothing to write it with.",
            page: "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html",
            wrong: &[r#"{"policies": {"steps": {"metric": "other", "target_value": 0}}}"#],
            right: &[r#"{"policies": {"memory": {"metric": "ECSServiceAverageMemoryUtilization", "target_value": 70}}}"#],
            find: sorts,
        },
        Check {
            id: "ASG005",
            about: "The target of a scaling policy is none that its metric can reach.",
            why: "At 0 a service would grow without end, and above 100 % of CPU or memory it would never grow.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html",
            wrong: &[r#"{"policies": {"cpu": {"target_value": 0}}}"#, r#"{"policies": {"cpu": {"target_value": 170}}}"#],
            right: &[
                r#"{"policies": {"cpu": {"target_value": 100}}}"#,
                r#"{
                    "policies": {
                        "cpu": {
                            "metric": "ALBRequestCountPerTarget", "target_value": 1000,
                            "resource_label": "app/web/0a/targetgroup/web/1b"
                        }
                    }
                }"#,
            ],
            find: targets,
        },
        Check {
            id: "ASG006",
            about: "A policy by requests does not say whose requests.",
            why: "PutScalingPolicy refuses the request count without a load balancer and a target group.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html",
            wrong: &[r#"{"policies": {"cpu": {"metric": "ALBRequestCountPerTarget"}}}"#],
            right: &[r#"{"policies": {"cpu": {"metric": "ALBRequestCountPerTarget", "resource_label": "app/web/0a/targetgroup/web/1b"}}}"#],
            find: without_label,
        },
        Check {
            id: "ASG007",
            about: "A policy by CPU or memory names a load balancer.",
            why: "PutScalingPolicy refuses a resource label there, since these metrics are the service's own.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html",
            wrong: &[r#"{"policies": {"cpu": {"resource_label": "app/web/0a/targetgroup/web/1b"}}}"#],
            right: &[r#"{"policies": {"cpu": {"metric": "ALBRequestCountPerTarget", "resource_label": "app/web/0a/targetgroup/web/1b"}}}"#],
            find: needless_label,
        },
        Check {
            id: "ASG008",
            about: "The resource label of a policy has another form than AWS takes.",
            why: "PutScalingPolicy refuses it: the label is the last part of the load balancer's ARN and that of the target group's.",
            page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PredefinedMetricSpecification.html",
            wrong: &[
                r#"{"policies": {"cpu": {"metric": "ALBRequestCountPerTarget", "resource_label": "web"}}}"#,
                r#"{"policies": {"cpu": {"metric": "ALBRequestCountPerTarget", "resource_label": "${example.load-balancer.arn}/${example.target-group.arn}"}}}"#,
            ],
            right: &[r#"{"policies": {"cpu": {"metric": "ALBRequestCountPerTarget", "resource_label": "app/web/0a/targetgroup/web/1b"}}}"#],
            find: label,
        },
        Check {
            id: "ASG009",
            about: "The cooldown of a policy is longer than a day.",
            why: "AWS may take it, and then a service that has scaled once stands still for that long, whatever its load.",
            page: "https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html",
            wrong: &[
                r#"{"policies": {"cpu": {"scale_in_cooldown": 86401}}}"#,
                r#"{"policies": {"cpu": {"scale_out_cooldown": 4294967295}}}"#,
            ],
            right: &[r#"{"policies": {"cpu": {"scale_in_cooldown": 86400}}}"#],
            find: cooldowns,
        },
        Check {
            id: "ASG010",
            about: "Two policies of a scalable target track the same metric.",
            why: "PutScalingPolicy refuses the second one: a target has one policy for each predefined metric.",
            page: "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html",
            wrong: &[r#"{"policies": {"more-cpu": {"metric": "ECSServiceAverageCPUUtilization", "target_value": 90}}}"#],
            right: &[r#"{"policies": {"memory": {"metric": "ECSServiceAverageMemoryUtilization", "target_value": 90}}}"#],
            find: same_metric,
        },
    ];

    const USAGE: &'static [Measure] =
        &[Measure::derived("scaling_alarms", "alarms", "Alarms that AWS makes for autoscaling; if nothing is said, two for each policy.")];
}

impl Priced for ScalableTarget {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let alarms = facts.said("scaling_alarms").unwrap_or_else(|| {
            let of = |policy: &Policy| if policy.disable_scale_in { 1 } else { 2 };
            let amount = Range::only(Decimal::from(spec.policies.values().map(of).sum::<u32>()));
            Given::assumed(amount, "AWS makes two for each policy, one where tasks are only added")
        });
        vec![tariffs::cloudwatch::scaling_alarms(alarms)]
    }
}

fn resource(spec: &Spec) -> Vec<Problem> {
    let id = &spec.resource_id;
    let parts = id.split('/').filter(|part| !part.is_empty()).count();
    // A reference to a name has no slash in it.
    let names = pieces(id).iter().all(|piece| match piece {
        Piece::Text(_) => true,
        Piece::Reference(reference) => reference.output == "name",
    });
    let fits = parts == 3 && id.starts_with("service/") || is_symbolic(id) && !(names && id.starts_with("service/"));
    let problem = || Problem::new("resource_id", format!("`{id}` names no ECS service")).help("write service/CLUSTER/SERVICE");
    (!fits).then(problem).into_iter().collect()
}

fn capacity(spec: &Spec) -> Vec<Problem> {
    let (min, max) = (spec.min_capacity, spec.max_capacity);
    let problem =
        || Problem::new("min_capacity", format!("the minimum of {min} is above the maximum of {max}")).help("raise `max_capacity`");
    (min > max).then(problem).into_iter().collect()
}

fn names(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.policies.keys().filter(|name| !(1..=256).contains(&name.len()) || name.chars().any(char::is_control));
    wrong.map(|name| Problem::new(format!("policies.{name}"), "a policy's name has 1 to 256 characters")).collect()
}

fn sorts(spec: &Spec) -> Vec<Problem> {
    let others = spec.policies.iter().filter(|(_, policy)| policy.metric == Metric::Other);
    let problem = |(name, _): (&String, &Policy)| {
        Problem::new(format!("policies.{name}.metric"), "policies of other sorts are not part of this kind")
            .help("target tracking of CPU, memory or requests")
    };
    others.map(problem).collect()
}

/// Returns the policies that can be written; of the others nothing else is known.
fn ours(spec: &Spec) -> impl Iterator<Item = (&String, &Policy)> {
    spec.policies.iter().filter(|(_, policy)| policy.metric != Metric::Other)
}

/// True where the metric is a share of what the tasks have.
fn is_share(policy: &Policy) -> bool {
    policy.metric != Metric::RequestCount
}

fn targets(spec: &Spec) -> Vec<Problem> {
    let fits = |policy: &Policy| {
        let target = policy.target_value;
        target.is_finite() && target > 0.0 && (!is_share(policy) || target <= 100.0)
    };
    let problem = |(name, policy): (&String, &Policy)| {
        let help = if is_share(policy) { "per cent, above 0 and up to 100" } else { "requests a minute and target, above 0" };
        Problem::new(format!("policies.{name}.target_value"), format!("{} is not a target", policy.target_value)).help(help)
    };
    ours(spec).filter(|(_, policy)| !fits(policy)).map(problem).collect()
}

fn without_label(spec: &Spec) -> Vec<Problem> {
    let wrong = ours(spec).filter(|(_, policy)| !is_share(policy) && policy.resource_label.is_none());
    let problem = |(name, _): (&String, &Policy)| {
        Problem::new(format!("policies.{name}.resource_label"), "the request count needs the load balancer and the target group")
            .help("write app/NAME/ID/targetgroup/NAME/ID")
    };
    wrong.map(problem).collect()
}

fn needless_label(spec: &Spec) -> Vec<Problem> {
    let wrong = ours(spec).filter(|(_, policy)| is_share(policy) && policy.resource_label.is_some());
    let problem = |(name, _): (&String, &Policy)| {
        Problem::new(format!("policies.{name}.resource_label"), "only ALBRequestCountPerTarget takes a resource label")
    };
    wrong.map(problem).collect()
}

fn label(spec: &Spec) -> Vec<Problem> {
    let given = ours(spec).filter(|(_, policy)| !is_share(policy));
    let given = given.filter_map(|(name, policy)| Some((name, policy.resource_label.as_ref()?)));
    // No other output of a load balancer or a target group is a part of one.
    let whole = |label: &str| {
        let outputs = ["id", "arn", "dns_name", "hosted_zone_id"];
        pieces(label).iter().any(|piece| matches!(piece, Piece::Reference(reference) if outputs.contains(&reference.output.as_str())))
    };
    let form = |label: &str| is_symbolic(label) || label.starts_with("app/") && label.contains("/targetgroup/");
    let wrong = given.filter(|(_, label)| !form(label) || whole(label));
    let problem = |(name, label): (&String, &String)| {
        let problem = Problem::new(format!("policies.{name}.resource_label"), format!("`{label}` is not a resource label"));
        problem.help("write app/NAME/ID/targetgroup/NAME/ID: the `arn_suffix` of the load balancer, a slash, and that of the target group")
    };
    wrong.map(problem).collect()
}

fn cooldowns(spec: &Spec) -> Vec<Problem> {
    let of = |(name, policy): (&String, &Policy)| {
        let given = [("scale_in_cooldown", policy.scale_in_cooldown), ("scale_out_cooldown", policy.scale_out_cooldown)];
        let long = given.into_iter().filter(|(_, seconds)| *seconds > 86_400);
        let problem = |(part, _)| Problem::new(format!("policies.{name}.{part}"), "a cooldown of more than a day is a mistake");
        long.map(problem).collect::<Vec<_>>()
    };
    ours(spec).flat_map(of).collect()
}

fn same_metric(spec: &Spec) -> Vec<Problem> {
    let mut seen = Vec::new();
    let shares = ours(spec).filter(|(_, policy)| is_share(policy));
    let again = shares.filter(|(_, policy)| {
        let known = seen.contains(&policy.metric);
        seen.push(policy.metric);
        known
    });
    let problem = |(name, _): (&String, &Policy)| {
        Problem::new(format!("policies.{name}.metric"), "another policy tracks the same metric").help("keep one of them")
    };
    again.map(problem).collect()
}
