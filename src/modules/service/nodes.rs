//! The nodes of a service: its own, and the cluster that all share.

use super::{CLUSTER, Deployment, Scale, Service, Subnets};
use crate::core::module::{Module, Nodes};
use crate::kinds::autoscaling::scalable_target::{self, Metric, Policy};
use crate::kinds::ec2::security_group;
use crate::kinds::ec2::security_group::Rule;
use crate::kinds::ecr::repository;
use crate::kinds::ecs::cluster::{self, CapacityProvider, ContainerInsights};
use crate::kinds::ecs::{deployment, service};
use crate::kinds::logs::log_group;
use crate::modules::network::{Nat, Network, Tier};
use serde_json::{Value, json};
use std::collections::BTreeMap;

impl Service {
    pub(super) fn expand_nodes(&self, nodes: &mut Nodes<'_>) {
        let network = nodes.site.get::<Network>("").unwrap_or_default();
        self.expand_cluster(nodes);
        let tags = || self.tags.clone();
        if self.has_repository() {
            let spec = repository::Spec {
                name: None,
                image_tag_mutability: if self.image.is_some() {
                    repository::Mutability::Immutable
                } else {
                    repository::Mutability::Mutable
                },
                scan_on_push: true,
                encryption_type: repository::Encryption::Aes256,
                kms_key_arn: None,
                lifecycle_policy: Some(keep_last(self.keep_images)),
                force_delete: self.force_delete,
                tags: tags(),
            };
            nodes.add::<repository::Repository>("repository", spec);
        }
        let spec = log_group::Spec {
            name: None,
            retention_in_days: self.log_days,
            log_group_class: log_group::Class::Standard,
            kms_key_arn: None,
            tags: tags(),
        };
        nodes.add::<log_group::LogGroup>("log-group", spec);
        let ingress = self.port.map(|port| {
            Rule::tcp(i32::from(port), "from the load balancer").from_group(nodes.site.out("load-balancer-security-group", "id"))
        });
        let spec = security_group::Spec {
            name: None,
            description: format!("The tasks of the service {}", nodes.site.name()),
            vpc_id: "${network.vpc.id}".into(),
            ingress: ingress.into_iter().collect(),
            egress: Rule::everywhere(),
            tags: tags(),
        };
        let group = nodes.add::<security_group::SecurityGroup>("security-group", spec);
        self.expand_roles(nodes);
        let task = self.expand_task(nodes);
        let front = self.port.map(|port| self.expand_front(nodes, &network, port));
        let tier = self.tier(&network);
        let rules = front.as_ref().map(|front| front.rules.clone()).unwrap_or_default();
        let spec = service::Spec {
            name: None,
            cluster: format!("${{{CLUSTER}.name}}"),
            task_definition_arn: task.out("arn"),
            desired_count: if self.scale.is_some() { None } else { Some(self.tasks) },
            initial_count: self.scale.as_ref().map(|scale| scale.min.max(1)),
            capacity_provider_strategy: if self.spot { vec![capacity("FARGATE_SPOT")] } else { Vec::new() },
            platform_version: "LATEST".into(),
            subnet_ids: network.subnet_ids(&nodes.site.settings.region, tier),
            security_group_ids: vec![group.out("id")],
            assign_public_ip: tier == Tier::Public,
            load_balancers: front.iter().map(|front| front.target()).collect(),
            deployment: self.deployment(),
            health_check_grace_period_seconds: if front.is_some() { self.health.grace } else { 0 },
            enable_execute_command: self.execute_command,
            enable_ecs_managed_tags: true,
            propagate_tags: service::PropagateTags::Service,
            availability_zone_rebalancing: service::Rebalancing::Enabled,
            after: network.ways_out(&nodes.site.settings.region, tier).into_iter().chain(rules).collect(),
            tags: tags(),
        };
        let service = nodes.add::<service::Service>("service", spec);
        nodes.rolls_out(&service, self.rules());
        if let Some(scale) = &self.scale {
            let spec = scalable_target::Spec {
                resource_id: service.out("resource_id"),
                min_capacity: scale.min,
                max_capacity: scale.max,
                policies: scale.policies(),
                tags: tags(),
            };
            nodes.add::<scalable_target::ScalableTarget>("scaling", spec);
        }
    }

    fn tier(&self, network: &Network) -> Tier {
        match self.subnets {
            Some(Subnets::Private) => Tier::Private,
            Some(Subnets::Public) => Tier::Public,
            None if network.nat == Nat::None => Tier::Public,
            None => Tier::Private,
        }
    }

    fn deployment(&self) -> deployment::Deployment {
        if let Some(rollout) = self.rollout.as_ref().filter(|rollout| rollout.is_gated()) {
            return rollout.deployment();
        }
        let blue_green = self.is_blue_green();
        deployment::Deployment {
            strategy: if blue_green { deployment::Strategy::BlueGreen } else { deployment::Strategy::Rolling },
            bake_time_in_minutes: if blue_green { self.bake_minutes } else { 0 },
            ..deployment::Deployment::default()
        }
    }

    /// True where ECS starts the new tasks beside the old ones, and then moves the traffic.
    pub(super) fn is_blue_green(&self) -> bool {
        let rolling = self.deployment == Some(Deployment::Rolling) || self.rollout.as_ref().is_some_and(|rollout| !rollout.is_gated());
        self.port.is_some() && !rolling
    }

    // Cluster of the stack: the first service by place adds it for all.
    fn expand_cluster(&self, nodes: &mut Nodes<'_>) {
        let first = nodes.site.parts.iter().find(|part| part.row.section == Service::SECTION);
        if first.is_none_or(|first| first.name != nodes.site.name()) {
            return;
        }
        let services = nodes.site.all::<Service>();
        let spot = services.iter().any(|(_, service)| service.spot);
        let providers = if spot { vec!["FARGATE".to_owned(), "FARGATE_SPOT".to_owned()] } else { vec!["FARGATE".to_owned()] };
        let spec = cluster::Spec {
            name: None,
            container_insights: ContainerInsights::Disabled,
            capacity_providers: providers,
            default_capacity_provider_strategy: vec![capacity("FARGATE")],
            tags: BTreeMap::new(),
        };
        nodes.add_shared::<cluster::Cluster>(CLUSTER, spec);
    }
}

impl Scale {
    fn policies(&self) -> BTreeMap<String, Policy> {
        let cpu = self.cpu.or(if self.memory.is_none() { Some(70.0) } else { None });
        let policy = |metric, target_value| Policy {
            metric,
            target_value,
            resource_label: None,
            scale_in_cooldown: 300,
            scale_out_cooldown: 60,
            disable_scale_in: false,
        };
        let cpu = cpu.map(|target| ("cpu".to_owned(), policy(Metric::Cpu, target)));
        cpu.into_iter().chain(self.memory.map(|target| ("memory".to_owned(), policy(Metric::Memory, target)))).collect()
    }
}

fn capacity(provider: &str) -> CapacityProvider {
    CapacityProvider { capacity_provider: provider.into(), weight: 1, base: 0 }
}

fn keep_last(images: u32) -> Value {
    json!({ "rules": [{
        "rulePriority": 1,
        "description": format!("keep the last {images} images"),
        "selection": { "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": images },
        "action": { "type": "expire" },
    }] })
}
