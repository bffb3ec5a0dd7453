//! `ecs.cluster`: where services and tasks run.

use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::usage::Measure;
use crate::pricing::{Charge, Facts, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Cluster;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The cluster's name; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// CloudWatch Container Insights: metrics for each service and task, billed as custom metrics.
    #[serde(default)]
    pub container_insights: ContainerInsights,
    /// The capacity providers that services here may use, such as FARGATE and FARGATE_SPOT.
    #[serde(default)]
    pub capacity_providers: Vec<String>,
    /// What services and tasks run on that do not say it themselves.
    #[serde(default)]
    pub default_capacity_provider_strategy: Vec<CapacityProvider>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ContainerInsights {
    #[default]
    Disabled,
    Enabled,
    Enhanced,
}

/// One capacity provider and its share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacityProvider {
    pub capacity_provider: String,
    /// The share of tasks above the base.
    #[serde(default = "one")]
    pub weight: u32,
    /// How many tasks run here before weights count.
    #[serde(default)]
    pub base: u32,
}

fn one() -> u32 {
    1
}

impl Kind for Cluster {
    type Spec = Spec;
    const NAME: &'static str = "ecs.cluster";
    const ABOUT: About = About {
        doc: "Where services and tasks run.",
        outputs: &["name", "arn"],
        naming: Naming::Hyphens { max: 255 },
        arn: "ecs:cluster/",
        minutes: Minutes::new(0.1, 0.0, 0.0),
        console: "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{name}?region={region}",
        ..About::NEW
    };
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("container_insights"),
        update("capacity_providers").set(),
        update("default_capacity_provider_strategy").set(),
        update("tags"),
    ];

    fn example() -> Spec {
        Spec {
            name: None,
            container_insights: ContainerInsights::Enabled,
            capacity_providers: vec!["FARGATE".into(), "FARGATE_SPOT".into()],
            default_capacity_provider_strategy: vec![CapacityProvider { capacity_provider: "FARGATE".into(), weight: 1, base: 0 }],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    fn validate(spec: &Spec) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(name) = spec.name.as_deref().filter(|name| !is_symbolic(name))
            && !is_ecs_name(name)
        {
            problems.push(Problem::new("name", format!("`{name}` cannot be the name of a cluster")).help("up to 255 of A-Z a-z 0-9 _ -"));
        }
        for item in &spec.default_capacity_provider_strategy {
            if !is_symbolic(&item.capacity_provider) && !spec.capacity_providers.contains(&item.capacity_provider) {
                problems.push(
                    Problem::new(
                        "default_capacity_provider_strategy",
                        format!("`{}` is not a capacity provider of this cluster", item.capacity_provider),
                    )
                    .help("add it to `capacity_providers`"),
                );
            }
        }
        problems.extend(strategy_problems("default_capacity_provider_strategy", &spec.default_capacity_provider_strategy));
        problems
    }

    fn normalise(spec: &mut Spec) {
        spec.capacity_providers.sort();
        spec.capacity_providers.dedup();
        spec.default_capacity_provider_strategy.sort();
    }

    const USAGE: &'static [Measure] =
        &[Measure::new("insights_metrics", "metrics", [10, 25, 50], "Metrics that Container Insights makes, if it is on.")];
}

impl Priced for Cluster {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        match spec.container_insights {
            ContainerInsights::Disabled => Vec::new(),
            ContainerInsights::Enabled | ContainerInsights::Enhanced => vec![tariffs::cloudwatch::metrics(facts.usage("insights_metrics"))],
        }
    }
}

/// What ECS would refuse in a capacity provider strategy.
pub(super) fn strategy_problems(field: &str, strategy: &[CapacityProvider]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if strategy.iter().filter(|item| item.base > 0).count() > 1 {
        problems.push(Problem::new(field, "more than one capacity provider has a base"));
    }
    if !strategy.is_empty() && strategy.iter().all(|item| item.weight == 0) {
        problems.push(Problem::new(field, "every capacity provider has weight 0").help("give one of them a weight of 1"));
    }
    if strategy.len() > 20 {
        problems.push(Problem::new(field, "a strategy has at most 20 capacity providers"));
    }
    for item in strategy {
        if item.weight > 1000 || item.base > 100_000 {
            problems.push(Problem::new(field, "a weight is at most 1000, and a base at most 100000"));
        }
    }
    problems
}

/// The names that clusters, services, families and containers may have.
pub(super) fn is_ecs_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
