//! `ecs.cluster`: a logical grouping of services and tasks.

use crate::core::code::Check;
use crate::core::identity::Scope;
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
    /// The capacity providers of services and tasks that name none themselves.
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
    /// The number of tasks that run here before weights count.
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
        doc: "A logical grouping of services and tasks.",
        outputs: &["name", "arn"],
        foretold: &["name", "arn"],
        naming: Naming::Hyphens { max: 255 },
        arn: "ecs:cluster/",
        minutes: Minutes::new(0.1, 0.0, 0.0),
        console: "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{name}?region={region}",
        ..About::NEW
    };
    // UpdateCluster knows a cluster by its name.
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateCluster.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        update("container_insights"),
        update("capacity_providers").set().lent(),
        update("default_capacity_provider_strategy").set(),
        update("tags"),
    ];

    fn foretell(scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("name".into(), name.to_owned()), ("arn".into(), scope.arn("ecs", &format!("cluster/{name}")))])
    }

    fn example() -> Spec {
        Spec {
            name: None,
            container_insights: ContainerInsights::Enabled,
            capacity_providers: vec!["FARGATE".into(), "FARGATE_SPOT".into()],
            default_capacity_provider_strategy: vec![CapacityProvider { capacity_provider: "FARGATE".into(), weight: 1, base: 0 }],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECS001",
            about: "The name of a cluster has another form than AWS takes.",
            why: "CreateCluster refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html",
            wrong: &[r#"{"name": "web servers"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "web_servers-1"}"#],
            find: name,
        },
        Check {
            id: "ECS002",
            about: "The default strategy of a cluster uses a capacity provider that the cluster does not have.",
            why: "PutClusterCapacityProviders refuses it: what is a default must be there first.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html",
            wrong: &[r#"{"capacity_providers": ["FARGATE_SPOT"]}"#],
            right: &[r#"{"capacity_providers": ["FARGATE"]}"#],
            find: own_providers,
        },
        Check {
            id: "ECS003",
            about: "Two capacity providers of a strategy have a base.",
            why: "PutClusterCapacityProviders refuses it: the first tasks go to one provider, and its base says how many.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
            wrong: &[r#"{
                    "default_capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "base": 1}, {"capacity_provider": "FARGATE_SPOT", "base": 1}
                    ]
                }"#],
            right: &[r#"{
                    "default_capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "base": 1}, {"capacity_provider": "FARGATE_SPOT"}
                    ]
                }"#],
            find: |spec| one_base("default_capacity_provider_strategy", &spec.default_capacity_provider_strategy),
        },
        Check {
            id: "ECS004",
            about: "Every capacity provider of a strategy has weight 0.",
            why: "PutClusterCapacityProviders refuses it, since no task above the base could be placed anywhere.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
            wrong: &[r#"{
                    "default_capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "weight": 0}, {"capacity_provider": "FARGATE_SPOT", "weight": 0}
                    ]
                }"#],
            right: &[r#"{
                    "default_capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "weight": 0, "base": 1}, {"capacity_provider": "FARGATE_SPOT"}
                    ]
                }"#],
            find: |spec| some_weight("default_capacity_provider_strategy", &spec.default_capacity_provider_strategy),
        },
        Check {
            id: "ECS005",
            about: "A strategy has more capacity providers than AWS takes.",
            why: "PutClusterCapacityProviders takes 20 at most.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutClusterCapacityProviders.html",
            wrong: &[r#"{
                    "default_capacity_provider_strategy": [
                        {"capacity_provider": "${p1.provider.name}"}, {"capacity_provider": "${p2.provider.name}"},
                        {"capacity_provider": "${p3.provider.name}"}, {"capacity_provider": "${p4.provider.name}"},
                        {"capacity_provider": "${p5.provider.name}"}, {"capacity_provider": "${p6.provider.name}"},
                        {"capacity_provider": "${p7.provider.name}"}, {"capacity_provider": "${p8.provider.name}"},
                        {"capacity_provider": "${p9.provider.name}"}, {"capacity_provider": "${p10.provider.name}"},
                        {"capacity_provider": "${p11.provider.name}"}, {"capacity_provider": "${p12.provider.name}"},
                        {"capacity_provider": "${p13.provider.name}"}, {"capacity_provider": "${p14.provider.name}"},
                        {"capacity_provider": "${p15.provider.name}"}, {"capacity_provider": "${p16.provider.name}"},
                        {"capacity_provider": "${p17.provider.name}"}, {"capacity_provider": "${p18.provider.name}"},
                        {"capacity_provider": "${p19.provider.name}"}, {"capacity_provider": "${p20.provider.name}"},
                        {"capacity_provider": "${p21.provider.name}"}
                    ]
                }"#],
            right: &[
                r#"{"default_capacity_provider_strategy": [{"capacity_provider": "FARGATE"}, {"capacity_provider": "FARGATE_SPOT"}]}"#,
            ],
            find: |spec| few_providers("default_capacity_provider_strategy", &spec.default_capacity_provider_strategy),
        },
        Check {
            id: "ECS006",
            about: "The weight or the base of a capacity provider is larger than AWS takes.",
            why: "PutClusterCapacityProviders takes a weight of up to 1000 and a base of up to 100000, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
            wrong: &[
                r#"{"default_capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1001}]}"#,
                r#"{"default_capacity_provider_strategy": [{"capacity_provider": "FARGATE", "base": 100001}]}"#,
            ],
            right: &[r#"{"default_capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1000, "base": 100000}]}"#],
            find: |spec| small_numbers("default_capacity_provider_strategy", &spec.default_capacity_provider_strategy),
        },
    ];

    fn normalise(spec: &mut Spec) {
        spec.capacity_providers.sort();
        spec.capacity_providers.dedup();
        spec.default_capacity_provider_strategy.sort();
    }

    const USAGE: &'static [Measure] = &[
        Measure::new("insights_metrics", "metrics", [10, 25, 50], "Metrics that Container Insights makes, if it is on.")
            .idle("Container Insights is off", "set `container_insights` of the cluster"),
        Measure::new(
            "insights_gb",
            "GB",
            [0, 1, 5],
            "Log lines that Container Insights makes its metrics of; with enhanced observability, none if nothing is said.",
        )
        .idle("Container Insights is off", "set `container_insights` of the cluster"),
    ];
}

impl Priced for Cluster {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        match spec.container_insights {
            ContainerInsights::Disabled => Vec::new(),
            // Its metrics come in log lines, which are billed as any that arrive.
            ContainerInsights::Enabled => vec![
                tariffs::cloudwatch::metrics(facts.usage("insights_metrics")),
                tariffs::cloudwatch::ingested("standard", facts.usage("insights_gb")),
            ],
            // AWS names the metrics alone: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_billing.html
            ContainerInsights::Enhanced => {
                let lines = facts.said("insights_gb").map(|gb| tariffs::cloudwatch::ingested("standard", gb));
                std::iter::once(tariffs::cloudwatch::container_metrics(facts.usage("insights_metrics"))).chain(lines).collect()
            }
        }
    }
}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.iter().filter(|name| !is_symbolic(name) && !is_ecs_name(name));
    let problem =
        |name: &String| Problem::new("name", format!("`{name}` cannot be the name of a cluster")).help("up to 255 of A-Z a-z 0-9 _ -");
    wrong.map(problem).collect()
}

fn own_providers(spec: &Spec) -> Vec<Problem> {
    let used = spec.default_capacity_provider_strategy.iter().map(|item| &item.capacity_provider);
    let wrong = used.filter(|name| !is_symbolic(name) && !spec.capacity_providers.contains(name));
    let problem = |name: &String| {
        Problem::new("default_capacity_provider_strategy", format!("`{name}` is not a capacity provider of this cluster"))
            .help("add it to `capacity_providers`")
    };
    wrong.map(problem).collect()
}

// The checks of strategies, which services have too. `field` is where the strategy stands.

pub(super) fn one_base(field: &str, strategy: &[CapacityProvider]) -> Vec<Problem> {
    let based = strategy.iter().filter(|item| item.base > 0).count();
    (based > 1)
        .then(|| {
            Problem::new(field, "more than one capacity provider has a base").help("keep the `base` of one, and leave the others' out")
        })
        .into_iter()
        .collect()
}

pub(super) fn some_weight(field: &str, strategy: &[CapacityProvider]) -> Vec<Problem> {
    let none = !strategy.is_empty() && strategy.iter().all(|item| item.weight == 0);
    let problem = || Problem::new(field, "every capacity provider has weight 0").help("give one of them a weight of 1");
    none.then(problem).into_iter().collect()
}

pub(super) fn few_providers(field: &str, strategy: &[CapacityProvider]) -> Vec<Problem> {
    (strategy.len() > 20).then(|| Problem::new(field, "a strategy has at most 20 capacity providers")).into_iter().collect()
}

pub(super) fn small_numbers(field: &str, strategy: &[CapacityProvider]) -> Vec<Problem> {
    let large = strategy.iter().filter(|item| item.weight > 1000 || item.base > 100_000);
    large.map(|_| Problem::new(field, "a weight is at most 1000, and a base at most 100000")).collect()
}

/// True for names that clusters, services, families and containers may have.
pub(super) fn is_ecs_name(name: &str) -> bool {
    (1..=255).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}
