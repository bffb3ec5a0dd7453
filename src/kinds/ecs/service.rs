//! `ecs.service`: tasks that are kept running, behind a load balancer or without one.

use crate::core::code::Check;
use crate::core::identity::Scope;
use crate::core::kind::{About, Field, Kind, Minutes, Naming, replace, update};
use crate::core::money::{Decimal, Range};
use crate::core::plan::{Step, Verb};
use crate::core::problem::Problem;
use crate::core::reference::is_symbolic;
use crate::core::rollout::policy::Policy;
use crate::core::usage::Measure;
use crate::kinds::autoscaling::scalable_target::ScalableTarget;
use crate::kinds::ecs::cluster::{self, CapacityProvider, is_ecs_name};
use crate::kinds::ecs::deployment::{self, Deployment, Strategy};
use crate::kinds::ecs::task_definition::TaskDefinition;
use crate::kinds::yes;
use crate::pricing::tariffs::fargate::Tasks;
use crate::pricing::{Charge, Count, Facts, Given, Overlap, Priced, tariffs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub struct Service;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    /// The service's name; left out, one is made from stack, environment and address.
    #[serde(default)]
    pub name: Option<String>,
    /// The cluster's name.
    pub cluster: String,
    /// The revision to run: output `arn` of a task definition.
    pub task_definition_arn: String,
    /// The number of tasks that run; left out, autoscaling decides and nothing here ever sets it.
    #[serde(default)]
    pub desired_count: Option<u32>,
    /// The number of tasks it is created with if autoscaling decides later on; never changed.
    #[serde(default)]
    pub initial_count: Option<u32>,
    /// The capacity providers that tasks run on; left out, on demand on Fargate.
    #[serde(default)]
    pub capacity_provider_strategy: Vec<CapacityProvider>,
    #[serde(default = "latest")]
    pub platform_version: String,
    pub subnet_ids: Vec<String>,
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Gives tasks public IP addresses, which they need in subnets without NAT.
    #[serde(default)]
    pub assign_public_ip: bool,
    #[serde(default)]
    pub load_balancers: Vec<LoadBalancer>,
    /// The way tasks are replaced.
    #[serde(default)]
    pub deployment: Deployment,
    /// Seconds after a task's start in which failed health checks do not count.
    #[serde(default)]
    pub health_check_grace_period_seconds: u32,
    /// Lets `aws ecs execute-command` open a shell in a task (ECS Exec).
    #[serde(default)]
    pub enable_execute_command: bool,
    /// Tags tasks with the names of cluster and service, for cost reports.
    #[serde(default = "yes")]
    pub enable_ecs_managed_tags: bool,
    #[serde(default)]
    pub propagate_tags: PropagateTags,
    /// With ENABLED, ECS spreads tasks evenly over zones again after a zone was lost.
    #[serde(default)]
    pub availability_zone_rebalancing: Rebalancing,
    /// Nodes that must exist first although no other field names them, such as the listener rule of the target group.
    #[serde(default)]
    pub after: Vec<String>,
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// The container and port that a target group's traffic goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadBalancer {
    pub target_group_arn: String,
    pub container_name: String,
    pub container_port: u16,
    /// The second target group, for deployments that shift traffic.
    #[serde(default)]
    pub advanced_configuration: Option<Advanced>,
}

/// The second target group of blue-green, linear and canary deployments. ECS decides which of the two is active.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advanced {
    pub alternate_target_group_arn: String,
    /// The rule that users come through; it forwards to both target groups.
    pub production_listener_rule_arn: String,
    /// The rule that tests come through.
    #[serde(default)]
    pub test_listener_rule_arn: Option<String>,
    /// The role that ECS changes rules and target groups with.
    pub role_arn: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PropagateTags {
    #[default]
    Service,
    TaskDefinition,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Rebalancing {
    #[default]
    Enabled,
    Disabled,
}

pub(super) fn latest() -> String {
    "LATEST".into()
}

/// An example whose traffic can shift between two target groups, with this deployment.
macro_rules! shifting {
    ($deployment:literal) => {
        concat!(
            r#"{"load_balancers": [{
                "target_group_arn": "${one.group.arn}", "container_name": "web", "container_port": 80,
                "advanced_configuration": {
                    "alternate_target_group_arn": "${two.group.arn}", "production_listener_rule_arn": "${one.rule.arn}",
                    "role_arn": "${one.role.arn}"
                }
            }], "deployment": "#,
            $deployment,
            "}"
        )
    };
}

/// Fields that ECS answers with a deployment.
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html>
pub const DEPLOYED: [&str; 7] = [
    "task_definition_arn",
    "subnet_ids",
    "security_group_ids",
    "assign_public_ip",
    "platform_version",
    "load_balancers",
    "capacity_provider_strategy",
];

/// True when ECS answers a step on a service with a deployment.
pub fn deploys(step: &Step, policy: &Policy) -> bool {
    // A first version has none before it that ECS could go back to: without gates and commands there is nothing to decide.
    let first = step.verb == Verb::Create && (policy.is_gated() || policy.has_commands());
    first || step.verb != Verb::Create && step.fields.iter().any(|field| DEPLOYED.contains(&field.as_str()))
}

impl Kind for Service {
    type Spec = Spec;
    const NAME: &'static str = "ecs.service";
    const ABOUT: About = About {
        doc: "Tasks that are kept running, behind a load balancer or without one.",
        outputs: &["id", "name", "arn", "cluster", "resource_id"],
        foretold: &["name"],
        naming: Naming::Hyphens { max: 255 },
        named_within: "cluster",
        arn: "ecs:service/",
        minutes: Minutes::new(2.0, 5.0, 3.0),
        console: "https://{region}.console.aws.amazon.com/ecs/v2/clusters/{id}/health?region={region}",
        ..About::NEW
    };
    // UpdateService knows a service by its cluster and its name.
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
    const FIELDS: &'static [Field] = &[
        replace("name").unmanaged(),
        replace("cluster"),
        update("task_definition_arn"),
        update("desired_count").unmanaged().shared(),
        update("capacity_provider_strategy").set(),
        update("platform_version"),
        update("subnet_ids").set(),
        update("security_group_ids").set(),
        update("assign_public_ip"),
        update("load_balancers").set(),
        update("deployment").settled(),
        update("health_check_grace_period_seconds"),
        update("enable_execute_command"),
        update("enable_ecs_managed_tags"),
        update("propagate_tags"),
        update("availability_zone_rebalancing"),
        update("initial_count").order_only(),
        update("after").order_only(),
        update("tags"),
    ];

    // A pair of target groups comes by a rolling deployment before the strategy that shifts traffic between them, and goes after it:
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html and
    // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/update-bluegreen-to-rolling.html
    fn later(live: &Spec, wanted: &Spec) -> &'static [&'static str] {
        let shifts = |spec: &Spec| spec.deployment.strategy != Strategy::Rolling;
        let paired = |spec: &Spec| spec.load_balancers.iter().any(|balancer| balancer.advanced_configuration.is_some());
        match (shifts(live), shifts(wanted)) {
            (false, true) if !paired(live) && paired(wanted) => &[
                "deployment",
                "task_definition_arn",
                "capacity_provider_strategy",
                "platform_version",
                "subnet_ids",
                "security_group_ids",
                "assign_public_ip",
            ],
            (true, false) => &DEPLOYED,
            _ => &[],
        }
    }

    fn foretell(_scope: &Scope, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("name".into(), name.to_owned())])
    }

    fn example() -> Spec {
        Spec {
            name: None,
            cluster: "${example.cluster.name}".into(),
            task_definition_arn: "${example.task-definition.arn}".into(),
            desired_count: Some(1),
            initial_count: None,
            capacity_provider_strategy: Vec::new(),
            platform_version: latest(),
            subnet_ids: vec!["${example.subnet-a.id}".into(), "${example.subnet-b.id}".into()],
            security_group_ids: vec!["${example.security-group.id}".into()],
            assign_public_ip: true,
            load_balancers: vec![LoadBalancer {
                target_group_arn: "${example.target-group.arn}".into(),
                container_name: "web".into(),
                container_port: 80,
                advanced_configuration: None,
            }],
            deployment: Deployment::default(),
            health_check_grace_period_seconds: 60,
            enable_execute_command: false,
            enable_ecs_managed_tags: true,
            propagate_tags: PropagateTags::Service,
            availability_zone_rebalancing: Rebalancing::Enabled,
            after: vec!["${example.listener-rule.arn}".into()],
            tags: BTreeMap::from([("Name".into(), "example".into())]),
        }
    }

    const CHECKS: &'static [Check<Spec>] = &[
        Check {
            id: "ECS021",
            about: "The name of a service has another form than AWS takes.",
            why: "CreateService refuses it, and a name cannot be changed afterwards.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
            wrong: &[r#"{"name": "web server"}"#, r#"{"name": ""}"#],
            right: &[r#"{"name": "web_server-1"}"#],
            find: name,
        },
        Check {
            id: "ECS022",
            about: "A service runs in no subnet, or in more than AWS takes.",
            why: "CreateService takes 1 to 16 subnets.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
            wrong: &[
                r#"{"subnet_ids": []}"#,
                r#"{
                    "subnet_ids": [
                        "${s1.subnet.id}", "${s2.subnet.id}", "${s3.subnet.id}", "${s4.subnet.id}", "${s5.subnet.id}",
                        "${s6.subnet.id}", "${s7.subnet.id}", "${s8.subnet.id}", "${s9.subnet.id}", "${s10.subnet.id}",
                        "${s11.subnet.id}", "${s12.subnet.id}", "${s13.subnet.id}", "${s14.subnet.id}", "${s15.subnet.id}",
                        "${s16.subnet.id}", "${s17.subnet.id}"
                    ]
                }"#,
            ],
            right: &[r#"{
                    "subnet_ids": [
                        "${s1.subnet.id}", "${s2.subnet.id}", "${s3.subnet.id}", "${s4.subnet.id}", "${s5.subnet.id}",
                        "${s6.subnet.id}", "${s7.subnet.id}", "${s8.subnet.id}", "${s9.subnet.id}", "${s10.subnet.id}",
                        "${s11.subnet.id}", "${s12.subnet.id}", "${s13.subnet.id}", "${s14.subnet.id}", "${s15.subnet.id}",
                        "${s16.subnet.id}"
                    ]
                }"#],
            find: subnets,
        },
        Check {
            id: "ECS023",
            about: "A service has more security groups than AWS takes.",
            why: "CreateService takes five at most.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AwsVpcConfiguration.html",
            wrong: &[r#"{
                    "security_group_ids": [
                        "${g1.group.id}", "${g2.group.id}", "${g3.group.id}", "${g4.group.id}", "${g5.group.id}", "${g6.group.id}"
                    ]
                }"#],
            right: &[
                r#"{"security_group_ids": ["${g1.group.id}", "${g2.group.id}", "${g3.group.id}", "${g4.group.id}", "${g5.group.id}"]}"#,
            ],
            find: groups,
        },
        Check {
            id: "ECS024",
            about: "A service without a load balancer waits for health checks.",
            why: "CreateService refuses the grace period: it is about the health checks of a load balancer.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
            wrong: &[r#"{"load_balancers": []}"#],
            right: &[r#"{"load_balancers": [], "health_check_grace_period_seconds": 0}"#],
            find: grace,
        },
        Check {
            id: "ECS025",
            about: "A service has more target groups than AWS takes.",
            why: "CreateService takes five at most.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/register-multiple-targetgroups.html",
            wrong: &[r#"{
                    "load_balancers": [
                        {"target_group_arn": "${g1.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g2.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g3.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g4.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g5.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g6.group.arn}", "container_name": "web", "container_port": 80}
                    ]
                }"#],
            right: &[r#"{
                    "load_balancers": [
                        {"target_group_arn": "${g1.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g2.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g3.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g4.group.arn}", "container_name": "web", "container_port": 80},
                        {"target_group_arn": "${g5.group.arn}", "container_name": "web", "container_port": 80}
                    ]
                }"#],
            find: target_groups,
        },
        Check {
            id: "ECS026",
            about: "A load balancer sends requests to port 0 of a container.",
            why: "CreateService refuses it, since no container listens there.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LoadBalancer.html",
            wrong: &[r#"{"load_balancers": [{"target_group_arn": "${one.group.arn}", "container_name": "web", "container_port": 0}]}"#],
            right: &[r#"{"load_balancers": [{"target_group_arn": "${one.group.arn}", "container_name": "web", "container_port": 8080}]}"#],
            find: container_ports,
        },
        Check {
            id: "ECS027",
            about: "Both target groups of a service are the same.",
            why: "CreateService refuses it: traffic shifts from one to the other, so there must be two.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_AdvancedConfiguration.html",
            wrong: &[r#"{
                    "load_balancers": [
                        {
                            "target_group_arn": "${one.group.arn}", "container_name": "web", "container_port": 80,
                            "advanced_configuration": {
                                "alternate_target_group_arn": "${one.group.arn}", "production_listener_rule_arn": "${one.rule.arn}",
                                "role_arn": "${one.role.arn}"
                            }
                        }
                    ]
                }"#],
            right: &[r#"{
                    "load_balancers": [
                        {
                            "target_group_arn": "${one.group.arn}", "container_name": "web", "container_port": 80,
                            "advanced_configuration": {
                                "alternate_target_group_arn": "${two.group.arn}", "production_listener_rule_arn": "${one.rule.arn}",
                                "role_arn": "${one.role.arn}"
                            }
                        }
                    ]
                }"#],
            find: same_group,
        },
        Check {
            id: "ECS028",
            about: "A service is spread over zones again although no more tasks may run than it has.",
            why: "CreateService refuses rebalancing with at most 100 %: a task is started in the new zone before one stops in the old.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html",
            wrong: &[r#"{"deployment": {"maximum_percent": 100, "minimum_healthy_percent": 50}}"#],
            right: &[
                r#"{"deployment": {"maximum_percent": 100, "minimum_healthy_percent": 50}, "availability_zone_rebalancing": "DISABLED"}"#,
            ],
            find: rebalancing,
        },
        Check {
            id: "ECS029",
            about: "Two capacity providers of a strategy have a base.",
            why: "CreateService refuses it: the first tasks go to one provider, and its base says how many.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
            wrong: &[r#"{
                    "capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "base": 1}, {"capacity_provider": "FARGATE_SPOT", "base": 1}
                    ]
                }"#],
            right: &[
                r#"{"capacity_provider_strategy": [{"capacity_provider": "FARGATE", "base": 1}, {"capacity_provider": "FARGATE_SPOT"}]}"#,
            ],
            find: |spec| cluster::one_base("capacity_provider_strategy", &spec.capacity_provider_strategy),
        },
        Check {
            id: "ECS030",
            about: "Every capacity provider of a strategy has weight 0.",
            why: "CreateService refuses it, since no task above the base could be placed anywhere.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
            wrong: &[r#"{
                    "capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "weight": 0}, {"capacity_provider": "FARGATE_SPOT", "weight": 0}
                    ]
                }"#],
            right: &[r#"{
                    "capacity_provider_strategy": [
                        {"capacity_provider": "FARGATE", "weight": 0, "base": 1}, {"capacity_provider": "FARGATE_SPOT"}
                    ]
                }"#],
            find: |spec| cluster::some_weight("capacity_provider_strategy", &spec.capacity_provider_strategy),
        },
        Check {
            id: "ECS031",
            about: "A strategy has more capacity providers than AWS takes.",
            why: "CreateService takes 20 at most.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html",
            wrong: &[r#"{
                    "capacity_provider_strategy": [
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
            right: &[r#"{"capacity_provider_strategy": [{"capacity_provider": "FARGATE"}, {"capacity_provider": "FARGATE_SPOT"}]}"#],
            find: |spec| cluster::few_providers("capacity_provider_strategy", &spec.capacity_provider_strategy),
        },
        Check {
            id: "ECS032",
            about: "The weight or the base of a capacity provider is larger than AWS takes.",
            why: "CreateService takes a weight of up to 1000 and a base of up to 100000, and refuses anything else.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html",
            wrong: &[
                r#"{"capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1001}]}"#,
                r#"{"capacity_provider_strategy": [{"capacity_provider": "FARGATE", "base": 100001}]}"#,
            ],
            right: &[r#"{"capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1000, "base": 100000}]}"#],
            find: |spec| cluster::small_numbers("capacity_provider_strategy", &spec.capacity_provider_strategy),
        },
        Check {
            id: "ECS033",
            about: "Traffic is to shift to the new tasks, and there is no second target group.",
            why: "CreateService refuses BLUE_GREEN, LINEAR and CANARY for a target group that has no second one beside it, since the new tasks would have nowhere to get their traffic from.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html",
            wrong: &[
                r#"{"deployment": {"strategy": "CANARY"}}"#,
                r#"{"deployment": {"strategy": "LINEAR"}}"#,
                r#"{
                    "deployment": {"strategy": "BLUE_GREEN"},
                    "load_balancers": [{"target_group_arn": "${one.group.arn}", "container_name": "web", "container_port": 80}]
                }"#,
            ],
            right: &[shifting!(r#"{"strategy": "CANARY"}"#), shifting!(r#"{"strategy": "BLUE_GREEN"}"#)],
            find: second_group,
        },
        Check {
            id: "ECS034",
            about: "No task of a service could ever be replaced.",
            why: "A deployment neither starts a task beyond the most that may run nor stops one below the least, and so never ends.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html",
            wrong: &[r#"{"deployment": {"maximum_percent": 100}, "availability_zone_rebalancing": "DISABLED"}"#],
            right: &[r#"{"deployment": {"maximum_percent": 150}}"#],
            find: |spec| deployment::room(&spec.deployment),
        },
        Check {
            id: "ECS035",
            about: "More tasks are to stay healthy than there are.",
            why: "CreateService refuses more than 100 %, since a deployment could never come to its end.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
            wrong: &[r#"{"deployment": {"minimum_healthy_percent": 101}}"#],
            right: &[r#"{"deployment": {"minimum_healthy_percent": 50}}"#],
            find: |spec| deployment::healthy(&spec.deployment),
        },
        Check {
            id: "ECS036",
            about: "More tasks may run at once than AWS takes.",
            why: "CreateService takes up to 200 %, which is every old task beside every new one.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
            wrong: &[r#"{"deployment": {"maximum_percent": 201}}"#],
            right: &[r#"{"deployment": {"maximum_percent": 200}}"#],
            find: |spec| deployment::at_once(&spec.deployment),
        },
        Check {
            id: "ECS037",
            about: "Both revisions run for longer after a deployment than AWS has.",
            why: "CreateService takes up to 1440 minutes, which is a day.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
            wrong: &[shifting!(r#"{"strategy": "BLUE_GREEN", "bake_time_in_minutes": 1441}"#)],
            right: &[shifting!(r#"{"strategy": "BLUE_GREEN", "bake_time_in_minutes": 1440}"#)],
            find: |spec| deployment::bake_time(&spec.deployment),
        },
        Check {
            id: "ECS038",
            about: "A deployment has the settings of a strategy that it does not follow.",
            why: "CreateService refuses the steps of a canary or of a linear shift with any other strategy.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
            wrong: &[r#"{"deployment": {"canary": {}}}"#, r#"{"deployment": {"linear": {}}}"#],
            right: &[shifting!(r#"{"strategy": "CANARY", "canary": {}}"#)],
            find: |spec| deployment::other_strategy(&spec.deployment),
        },
        Check {
            id: "ECS039",
            about: "The steps in which traffic shifts are outside what AWS has.",
            why: "CreateService takes 0.1 to 100 % for a canary and 3 to 100 % for a linear step, each for up to a day.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LinearConfiguration.html",
            wrong: &[
                shifting!(r#"{"strategy": "CANARY", "canary": {"percent": 0.05}}"#),
                shifting!(r#"{"strategy": "CANARY", "canary": {"bake_time_in_minutes": 1441}}"#),
                shifting!(r#"{"strategy": "LINEAR", "linear": {"step_percent": 2.5}}"#),
            ],
            right: &[shifting!(r#"{"strategy": "LINEAR", "linear": {"step_percent": 3.0}}"#)],
            find: |spec| deployment::steps(&spec.deployment),
        },
        Check {
            id: "ECS040",
            about: "A hook that pauses names a function.",
            why: "CreateService refuses it: a PAUSE waits for somebody to continue and calls nothing.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html",
            wrong: &[shifting!(
                r#"{
                        "strategy": "BLUE_GREEN",
                        "lifecycle_hooks": [
                            {
                                "lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"],
                                "hook_target_arn": "arn:aws:lambda:us-east-1:123456789012:function:check", "role_arn": "${one.role.arn}"
                            }
                        ]
                    }"#
            )],
            right: &[shifting!(r#"{"strategy": "BLUE_GREEN", "lifecycle_hooks": [{"lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"]}]}"#)],
            find: |spec| deployment::needless_function(&spec.deployment),
        },
        Check {
            id: "ECS041",
            about: "A hook that calls a function lacks the function, or the role to call it with.",
            why: "CreateService refuses it, since nobody could be asked.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/lambda-lifecycle-hooks.html",
            wrong: &[shifting!(
                r#"{
                        "strategy": "BLUE_GREEN",
                        "lifecycle_hooks": [{"target_type": "AWS_LAMBDA", "lifecycle_stages": ["POST_SCALE_UP"]}]
                    }"#
            )],
            right: &[shifting!(
                r#"{
                        "strategy": "BLUE_GREEN",
                        "lifecycle_hooks": [
                            {
                                "target_type": "AWS_LAMBDA", "lifecycle_stages": ["POST_SCALE_UP"],
                                "hook_target_arn": "arn:aws:lambda:us-east-1:123456789012:function:check", "role_arn": "${one.role.arn}"
                            }
                        ]
                    }"#
            )],
            find: |spec| deployment::missing_function(&spec.deployment),
        },
        Check {
            id: "ECS042",
            about: "A hook pauses while traffic shifts.",
            why: "CreateService refuses it: a deployment pauses before or after a shift, not within one.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/pause-lifecycle-hooks.html",
            wrong: &[shifting!(r#"{"strategy": "BLUE_GREEN", "lifecycle_hooks": [{"lifecycle_stages": ["PRODUCTION_TRAFFIC_SHIFT"]}]}"#)],
            right: &[shifting!(
                r#"{"strategy": "BLUE_GREEN", "lifecycle_hooks": [{"lifecycle_stages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"]}]}"#
            )],
            find: |spec| deployment::pause_in_shift(&spec.deployment),
        },
        Check {
            id: "ECS043",
            about: "A hook has no stage.",
            why: "CreateService refuses it, since the hook would never come.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHook.html",
            wrong: &[shifting!(r#"{"strategy": "BLUE_GREEN", "lifecycle_hooks": [{"lifecycle_stages": []}]}"#)],
            right: &[shifting!(r#"{"strategy": "BLUE_GREEN", "lifecycle_hooks": [{"lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"]}]}"#)],
            find: |spec| deployment::some_stage(&spec.deployment),
        },
        Check {
            id: "ECS044",
            about: "A hook waits for a time that AWS does not have.",
            why: "CreateService takes 1 to 20160 minutes, which is 14 days.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentLifecycleHookTimeoutConfiguration.html",
            wrong: &[
                shifting!(
                    r#"{
                        "strategy": "BLUE_GREEN", "lifecycle_hooks": [{"lifecycle_stages": ["POST_SCALE_UP"], "timeout_in_minutes": 0}]
                    }"#
                ),
                shifting!(
                    r#"{
                        "strategy": "BLUE_GREEN",
                        "lifecycle_hooks": [{"lifecycle_stages": ["POST_SCALE_UP"], "timeout_in_minutes": 20161}]
                    }"#
                ),
            ],
            right: &[shifting!(
                r#"{
                        "strategy": "BLUE_GREEN",
                        "lifecycle_hooks": [{"lifecycle_stages": ["POST_SCALE_UP"], "timeout_in_minutes": 20160}]
                    }"#
            )],
            find: |spec| deployment::hook_time(&spec.deployment),
        },
        Check {
            id: "ECS045",
            about: "A rolling deployment is to bake.",
            why: "Only the strategies that shift traffic run both revisions for a time; a rolling deployment would pass without it.",
            page: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html",
            wrong: &[r#"{"deployment": {"bake_time_in_minutes": 5}}"#],
            right: &[shifting!(r#"{"strategy": "BLUE_GREEN", "bake_time_in_minutes": 5}"#)],
            find: |spec| deployment::needless_bake(&spec.deployment),
        },
        Check {
            id: "ECS046",
            about: "A service runs on a platform version that Fargate does not have.",
            why: "CreateService refuses it: there are LATEST, 1.4.0 and 1.3.0 for Linux, and 1.0.0 for Windows.",
            // Read in November 2026.
            page: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-linux-fargate.html",
            wrong: &[r#"{"platform_version": "latest"}"#, r#"{"platform_version": "2.0"}"#],
            right: &[r#"{"platform_version": "1.4.0"}"#],
            find: platform,
        },
    ];

    /// A deployment takes as long as its traffic takes to shift, and as its hooks hold it.
    fn minutes(spec: &Spec) -> Minutes {
        let (typical, rest) = (Self::ABOUT.minutes, spec.deployment.rest());
        Minutes { update: typical.update + rest, held: rest + spec.deployment.held(), ..typical }
    }

    fn normalise(spec: &mut Spec) {
        // A cluster's ARN ends in its name.
        if let Some((_, name)) = spec.cluster.split_once(":cluster/") {
            spec.cluster = name.to_owned();
        }
        for list in [&mut spec.subnet_ids, &mut spec.security_group_ids] {
            list.sort();
            list.dedup();
        }
        // All on demand on Fargate is what no strategy means.
        if let [only] = spec.capacity_provider_strategy.as_slice()
            && only.capacity_provider == "FARGATE"
        {
            spec.capacity_provider_strategy.clear();
        }
        spec.capacity_provider_strategy.sort();
        for balancer in &mut spec.load_balancers {
            if let Some(pair) = &mut balancer.advanced_configuration
                && pair.alternate_target_group_arn < balancer.target_group_arn
            {
                std::mem::swap(&mut pair.alternate_target_group_arn, &mut balancer.target_group_arn);
            }
        }
        spec.load_balancers.sort();
        spec.deployment.normalise();
    }

    const USAGE: &'static [Measure] = &[
        Measure::derived("tasks", "tasks", "Tasks that run under autoscaling; if nothing is said, its smallest number, up to its largest.")
            .idle("no autoscaling decides how many tasks run there", "set `scale` of the service"),
        Measure::new("cross_zone_gb", "GB", [0, 1, 10], "Data that tasks exchange with databases, caches and others in another zone.")
            .idle("its tasks run in one subnet, and so in one zone", "give the service subnets in more zones"),
        Measure::new("task_sent_gb", "GB", [0, 1, 10], "Data that tasks with public addresses send to the internet themselves.").idle(
            "its tasks have no public addresses, and so send nothing themselves",
            "say what a NAT gateway sends for them as `nat_gb` and `nat_sent_gb` of the network",
        ),
    ];
}

impl Priced for Service {
    fn price(spec: &Spec, facts: &Facts<'_>) -> Vec<Charge> {
        let arn = &spec.task_definition_arn;
        // A service may run an older revision than the newest of the family, which is the one that AWS lists.
        let family = arn.rsplit_once(":task-definition/").and_then(|(_, name)| name.split(':').next()).unwrap_or_default();
        let task = facts.target::<TaskDefinition>(arn).or_else(|| facts.target::<TaskDefinition>(family));
        let count = running(spec, facts);
        let mut charges = Vec::new();
        if task.is_none() {
            charges.push(tariffs::fargate::unknown_tasks(arn, &count));
        }
        let sized = task.map(|task| (task, shares(&spec.capacity_provider_strategy, &count)));
        for (task, (spot, share)) in sized.iter().flat_map(|(task, shares)| shares.iter().cloned().map(move |share| (task, share))) {
            charges.extend(tariffs::fargate::tasks(&Tasks {
                count: share,
                cpu_units: task.cpu.into(),
                memory_mib: task.memory.into(),
                platform: task.platform(),
                scratch_gib: task.ephemeral_storage,
                spot,
            }));
        }
        if spec.assign_public_ip {
            charges.push(tariffs::vpc::public_addresses(&count, true));
            charges.push(tariffs::transfer::internet(facts.usage("task_sent_gb")));
        }
        if spec.subnet_ids.len() > 1 {
            charges.push(tariffs::transfer::between_zones(facts.usage("cross_zone_gb")));
        }
        charges
    }

    /// A deployment runs new tasks beside the old ones.
    fn overlap(spec: &Spec) -> Overlap {
        let share = match spec.deployment.strategy {
            Strategy::Rolling => spec.deployment.maximum_percent.saturating_sub(100),
            Strategy::BlueGreen | Strategy::Linear | Strategy::Canary => 100,
        };
        // A float of minutes becomes a whole number of them, the largest there is at the most.
        Overlap { share, minutes: Self::minutes(spec).update as u32 }
    }
}

/// Returns how many tasks run: what the file says, what is there now, or the range that autoscaling moves in.
fn running(spec: &Spec, facts: &Facts<'_>) -> Count {
    let now = spec.desired_count.filter(|_| facts.running());
    if let Some(now) = now {
        return Count::of(now);
    }
    let Some(scaling) = facts.users::<ScalableTarget>().into_iter().next() else {
        return Count::of(spec.desired_count.unwrap_or(1));
    };
    let (min, max) = (Decimal::from(scaling.min_capacity), Decimal::from(scaling.max_capacity));
    match facts.said("tasks") {
        Some(said) => Count::scaled(said.within(min, max, &format!("autoscaling runs {min} to {max} tasks"))),
        None if min == max => Count::of(min),
        None => Count::scaled(Given::assumed(Range { low: min, likely: min, high: max }, format!("{min} tasks, up to {max}"))),
    }
}

/// Returns how many tasks are on demand and how many on spare capacity: first the bases, then by weight.
fn shares(strategy: &[CapacityProvider], count: &Count) -> Vec<(bool, Count)> {
    if strategy.is_empty() {
        return vec![(false, count.clone())];
    }
    let of = |spot: bool| {
        let chosen = strategy.iter().filter(|one| (one.capacity_provider == "FARGATE_SPOT") == spot);
        let base = chosen.clone().map(|one| Decimal::from(one.base)).sum::<Decimal>();
        let weight = chosen.map(|one| Decimal::from(one.weight)).sum::<Decimal>();
        (base, weight)
    };
    let ((base, weight), (spot_base, spot_weight)) = (of(false), of(true));
    let weights = weight + spot_weight;
    let on_demand = |all: Decimal| {
        // AWS lets one provider have a base.
        let (fixed, spare) = if base.is_zero() { (Decimal::ZERO, spot_base.min(all)) } else { (base.min(all), Decimal::ZERO) };
        let rest = all - fixed - spare;
        fixed + if weights.is_zero() { rest } else { rest * weight / weights }
    };
    let part = |amount: Range<Decimal>| Count { amount, ..count.clone() };
    let here = count.amount.map(on_demand);
    let parts = [(false, part(here)), (true, part(count.amount - here))];
    parts.into_iter().filter(|(_, part)| part.amount != Range::only(Decimal::ZERO)).collect()
}

fn name(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.name.iter().filter(|name| !is_symbolic(name) && !is_ecs_name(name));
    let problem =
        |name: &String| Problem::new("name", format!("`{name}` cannot be the name of a service")).help("up to 255 of A-Z a-z 0-9 _ -");
    wrong.map(problem).collect()
}

fn subnets(spec: &Spec) -> Vec<Problem> {
    let fits = (1..=16).contains(&spec.subnet_ids.len());
    (!fits).then(|| Problem::new("subnet_ids", "a service runs in 1 to 16 subnets")).into_iter().collect()
}

fn groups(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("security_group_ids", "a service has at most 5 security groups").help("put the rules of some of them into one group")
    };
    (spec.security_group_ids.len() > 5).then(problem).into_iter().collect()
}

fn grace(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("health_check_grace_period_seconds", "there is no load balancer whose health checks could fail").help("leave it out")
    };
    (spec.load_balancers.is_empty() && spec.health_check_grace_period_seconds > 0).then(problem).into_iter().collect()
}

fn target_groups(spec: &Spec) -> Vec<Problem> {
    let problem = || Problem::new("load_balancers", "a service has at most 5 target groups");
    (spec.load_balancers.len() > 5).then(problem).into_iter().collect()
}

fn container_ports(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.load_balancers.iter().enumerate().filter(|(_, balancer)| balancer.container_port == 0);
    let problem = |(index, _)| Problem::new(format!("load_balancers.{index}.container_port"), "a container cannot listen on port 0");
    wrong.map(problem).collect()
}

fn same_group(spec: &Spec) -> Vec<Problem> {
    let wrong = spec.load_balancers.iter().enumerate().filter(|(_, balancer)| {
        balancer.advanced_configuration.as_ref().is_some_and(|pair| pair.alternate_target_group_arn == balancer.target_group_arn)
    });
    let problem = |(index, _)| {
        Problem::new(format!("load_balancers.{index}.advanced_configuration"), "both target groups are the same")
            .help("blue-green needs two")
    };
    wrong.map(problem).collect()
}

fn platform(spec: &Spec) -> Vec<Problem> {
    let version = spec.platform_version.as_str();
    // Three numbers may be a version that is newer than this list.
    let numbers = version.split('.').map(|part| part.parse::<u8>().ok()).collect::<Option<Vec<_>>>();
    let fits = version == "LATEST" || is_symbolic(version) || numbers.is_some_and(|numbers| numbers.len() == 3);
    let problem = || Problem::new("platform_version", format!("`{version}` is no platform version")).help("LATEST, or one such as 1.4.0");
    (!fits).then(problem).into_iter().collect()
}

fn rebalancing(spec: &Spec) -> Vec<Problem> {
    let problem = || {
        Problem::new("deployment.maximum_percent", "rebalancing needs room for more than 100 % of the tasks")
            .or("availability_zone_rebalancing")
            .help("raise deployment.maximum_percent, or write DISABLED")
    };
    // Where no task could be replaced at all, that is said alone.
    let wrong = spec.availability_zone_rebalancing == Rebalancing::Enabled
        && spec.deployment.maximum_percent <= 100
        && deployment::room(&spec.deployment).is_empty();
    wrong.then(problem).into_iter().collect()
}

fn second_group(spec: &Spec) -> Vec<Problem> {
    if spec.deployment.strategy == Strategy::Rolling {
        return Vec::new();
    }
    let problem = |field: String, what: &str| {
        let help = "give it `advanced_configuration`: the second target group, the rule that users come through, and the role that ECS moves them with";
        Problem::new(field, format!("traffic cannot shift without {what}")).help(help)
    };
    // Without a load balancer ECS replaces all tasks at once in a BLUE_GREEN deployment, and has nothing to shift in parts.
    if spec.load_balancers.is_empty() && spec.deployment.strategy != Strategy::BlueGreen {
        return vec![problem("deployment.strategy".into(), "a load balancer with two target groups")];
    }
    let single = spec.load_balancers.iter().enumerate().filter(|(_, balancer)| balancer.advanced_configuration.is_none());
    single.map(|(at, _)| problem(format!("load_balancers.{at}"), "a second target group")).collect()
}
