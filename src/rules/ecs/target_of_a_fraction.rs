//! OPS203: a service scales by a share that is written as a fraction.

use crate::core::code::{Category, Code, Example, Level};
use crate::core::graph::Finding;
use crate::core::rule::{Look, Rule};
use crate::core::view::View;
use crate::kinds::autoscaling::scalable_target::{Metric, ScalableTarget};

pub const RULE: Rule = Rule {
    code: Code {
        id: "OPS203",
        level: Level::Warning,
        category: Category::Reliability,
        about: "A service scales by less than one per cent of its CPU or memory.",
        why: "The target is in per cent: 0.6 is not sixty. Every task is above it at once, so the service grows to its largest number and stays there.",
        page: "https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html",
        example: Example::Stack {
            wrong: &[r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        scale = { min = 1, max = 4, cpu = 0.6 }
    "#],
            right: &[r#"
        [network]
        [service.api]
        image = "nginx:1.29"
        scale = { min = 1, max = 4, cpu = 60 }
    "#],
        },
    },
    look: Look::Resources(find),
};

fn find(view: &View<'_>) -> Vec<Finding> {
    let found = view.all::<ScalableTarget>().flat_map(|(seen, spec)| {
        let shares = spec.policies.iter().filter(|(_, policy)| matches!(policy.metric, Metric::Cpu | Metric::Memory));
        let small = shares.filter(|(_, policy)| policy.target_value > 0.0 && policy.target_value < 1.0);
        small.map(|(name, policy)| {
            let message = format!("{} is in per cent, and less than one of them is not meant", policy.target_value);
            let (field, meant) = (format!("policies.{name}.target_value"), (policy.target_value * 100.0).round());
            seen.finding(&field, message).help(format!("write {meant}")).set(field, meant)
        })
    });
    found.collect()
}
